"""Accounts over real stores: sessions rotate, thieves are noticed, profiles survive races."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from museaika.accounts.service import REUSE_GRACE, AccountService
from museaika.errors import Invalid, NotFound, Unauthenticated
from museaika.events import SessionEnded
from museaika.storage.sqlite.database import documents_at
from museaika.storage.sqlite.sessions import SqliteSessions
from museaika.storage.sqlite.users import SqliteUsers


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, time: timedelta) -> None:
        self.at += time


class Told:
    def __init__(self) -> None:
        self.events: list[Any] = []

    def publish(self, event: Any) -> None:
        self.events.append(event)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock, told: Told) -> AccountService:
    database = documents_at(tmp_path / "people.sqlite3")
    database.init()
    return AccountService(
        SqliteUsers(database), SqliteSessions(database), told, jwt_key="k" * 32, access_minutes=15,
        refresh_days=30, clock=clock,
    )  # fmt: skip


def refused(code: str) -> Any:
    return pytest.raises(Unauthenticated, check=lambda error: error.code == code)


def test_a_guest_has_careful_preferences_and_tokens_that_work(accounts: AccountService) -> None:
    guest = accounts.guest("Ada")
    caller = accounts.authenticate(guest.access_token)
    assert (caller.user, caller.session_id) == (guest.user, guest.session.session_id)
    assert (guest.user.display_name, guest.user.preferences.privacy_level) == ("Ada", "standard")
    assert guest.expires_in == 15 * 60
    assert accounts.authenticate_cookie(guest.cookie).user_id == guest.user.user_id


def test_an_access_token_ends_after_its_minutes_but_the_session_goes_on(
    accounts: AccountService, clock: Clock
) -> None:
    guest = accounts.guest()
    clock.pass_by(timedelta(minutes=15))
    with refused("token_expired"):
        accounts.authenticate(guest.access_token)
    assert (
        accounts.authenticate(accounts.refresh(guest.refresh_token).access_token).user_id == guest.user.user_id
    )


def test_a_session_ends_after_its_days_and_no_token_outlives_it(accounts: AccountService, clock: Clock) -> None:
    guest = accounts.guest()
    clock.pass_by(timedelta(days=30) - timedelta(minutes=5))
    late = accounts.refresh(guest.refresh_token)
    assert late.expires_in == 5 * 60
    clock.pass_by(timedelta(minutes=5))
    with refused("session_revoked"):
        accounts.refresh(late.refresh_token)


def test_an_old_refresh_token_that_comes_back_ends_the_session(
    accounts: AccountService, clock: Clock, told: Told
) -> None:
    guest = accounts.guest()
    successor = accounts.refresh(guest.refresh_token)
    clock.pass_by(REUSE_GRACE + timedelta(seconds=1))
    with refused("session_revoked"):
        accounts.refresh(guest.refresh_token)
    for token in (guest.access_token, successor.access_token):
        with refused("session_revoked"):
            accounts.authenticate(token)
    with refused("session_revoked"):
        accounts.refresh(successor.refresh_token)
    assert told.events == [SessionEnded(guest.user.user_id, guest.session.session_id)]


def test_within_the_grace_a_repeat_gets_the_same_successor(accounts: AccountService, clock: Clock) -> None:
    guest = accounts.guest()
    first = accounts.refresh(guest.refresh_token)
    clock.pass_by(REUSE_GRACE)
    assert accounts.refresh(guest.refresh_token).refresh_token == first.refresh_token
    assert accounts.refresh(first.refresh_token).refresh_token != first.refresh_token


def test_a_made_up_refresh_token_does_not_end_somebody_elses_session(accounts: AccountService) -> None:
    guest = accounts.guest()
    session_id = guest.session.session_id
    for made_up in (f"{session_id}.guess", session_id, "ses_x.y", "", ".", "\ud800"):
        with pytest.raises(Unauthenticated):
            accounts.refresh(made_up)
    assert accounts.refresh(guest.refresh_token)


def test_many_tabs_that_refresh_at_once_all_get_the_same_token(accounts: AccountService) -> None:
    guest = accounts.guest()
    got: list[str] = []
    tabs = [
        threading.Thread(target=lambda: got.append(accounts.refresh(guest.refresh_token).refresh_token))
        for _ in range(8)
    ]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert len(got) == 8
    assert len(set(got)) == 1


def test_no_token_works_after_signing_out_or_erasing(accounts: AccountService, told: Told) -> None:
    first, second = accounts.guest(), accounts.guest()
    accounts.logout(accounts.authenticate(first.access_token))
    accounts.erase(second.user.user_id)
    for guest in (first, second):
        with refused("session_revoked"):
            accounts.authenticate(guest.access_token)
        with refused("session_revoked"):
            accounts.authenticate_cookie(guest.cookie)
    assert told.events[-1] == SessionEnded(second.user.user_id, None)
    accounts.erase(second.user.user_id)


def test_changes_at_the_same_time_are_all_kept(accounts: AccountService) -> None:
    user_id = accounts.guest().user.user_id
    others = [accounts.guest().user.user_id for _ in range(6)]
    changes = [lambda other=other: accounts.share_moods(user_id, other) for other in others]
    changes.append(lambda: accounts.update(user_id, {"privacy_level": "full", "display_name": "Ada"}))
    threads = [threading.Thread(target=change) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    user = accounts.get(user_id)
    assert set(user.mood_shares) == set(others)
    assert (user.display_name, user.preferences.privacy_level) == ("Ada", "full")
    assert user.preferences.auto_generate is False


def test_moods_are_followed_by_those_they_are_shared_with(accounts: AccountService) -> None:
    ada, bob, eve = (accounts.guest().user.user_id for _ in range(3))
    accounts.share_moods(ada, bob)
    assert accounts.share_moods(ada, bob).mood_shares == (bob,)
    assert accounts.may_follow(ada, ada)
    assert accounts.may_follow(bob, ada)
    assert not accounts.may_follow(ada, bob)
    assert not accounts.may_follow(eve, ada)
    assert not accounts.may_follow(eve, "usr_nobody")
    accounts.unshare_moods(ada, bob)
    assert not accounts.may_follow(bob, ada)
    with pytest.raises(Invalid):
        accounts.share_moods(ada, ada)
    with pytest.raises(NotFound):
        accounts.share_moods(ada, "usr_nobody")


def test_the_store_never_sees_a_refresh_token(accounts: AccountService, tmp_path: Path) -> None:
    guest = accounts.guest()
    secret = guest.refresh_token.partition(".")[2].encode()
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert guest.session.session_id.encode() in files
    assert secret not in files
