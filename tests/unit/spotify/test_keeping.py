"""Tokens are refreshed by one at a time, kept sealed, and given up when Spotify wants a new yes."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from museaika.errors import Conflict, Unavailable
from museaika.spotify.keeping import CLAIM, Keeper
from museaika.spotify.oauth import Grant
from museaika.spotify.sealing import Sealer
from museaika.spotify.shapes import Me
from museaika.spotify.troubles import reconnect, unreachable
from museaika.storage.memory.spotify import MemoryConnections
from museaika.storage.sqlite.database import documents_at
from museaika.storage.sqlite.spotify import SqliteConnections

ANNA = Me(id="anna.s", display_name="Anna", product="premium")


class FakeOAuth:
    """Gives `access-1`, `access-2` …; each takes a moment."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.problem: Exception | None = None
        self.rotated: str | None = None
        self._lock = threading.Lock()

    def refresh(self, refresh_token: str) -> Grant:
        with self._lock:
            self.asked.append(refresh_token)
            number = len(self.asked)
        time.sleep(0.05)
        if self.problem:
            raise self.problem
        return Grant(f"access-{number}", self.rotated, datetime.now(UTC) + timedelta(hours=1), ())


def grant(*, left: timedelta = timedelta(hours=1)) -> Grant:
    return Grant("access-0", "refresh-0", datetime.now(UTC) + left, ("user-top-read",))


@pytest.fixture
def oauth() -> FakeOAuth:
    return FakeOAuth()


@pytest.fixture
def connections() -> MemoryConnections:
    return MemoryConnections()


@pytest.fixture
def keeper(oauth, connections) -> Keeper:
    return Keeper(oauth, connections, Sealer("k" * 40))


def test_a_good_token_is_handed_out_and_nothing_is_kept_in_plain_text(keeper, oauth, connections) -> None:
    keeper.keep("usr_anna", ANNA, grant())
    assert keeper.token("usr_anna") == "access-0"
    assert oauth.asked == []
    assert "access-0" not in str(connections.get("usr_anna"))
    assert "refresh-0" not in str(connections.get("usr_anna"))


def test_an_expired_token_is_refreshed_and_the_scopes_and_the_refresh_token_stay(keeper, oauth) -> None:
    keeper.keep("usr_anna", ANNA, grant(left=timedelta(seconds=30)))
    assert keeper.token("usr_anna") == "access-1"
    assert keeper.token("usr_anna") == "access-1"
    assert keeper.connection("usr_anna").scopes == ("user-top-read",)
    assert keeper.token("usr_anna", refused="access-1") == "access-2"
    assert oauth.asked == ["refresh-0", "refresh-0"]


def test_a_rotated_refresh_token_takes_the_place_of_the_old_one(keeper, oauth) -> None:
    keeper.keep("usr_anna", ANNA, grant(left=timedelta(0)))
    oauth.rotated = "refresh-1"
    keeper.token("usr_anna")
    keeper.token("usr_anna", refused="access-1")
    assert oauth.asked == ["refresh-0", "refresh-1"]


def test_a_token_that_was_refused_but_is_refreshed_already_is_not_refreshed_again(keeper, oauth) -> None:
    keeper.keep("usr_anna", ANNA, grant())
    assert keeper.token("usr_anna", refused="an-older-one") == "access-0"
    assert oauth.asked == []


def test_two_hundred_requests_in_two_processes_cause_one_refresh(oauth, tmp_path: Path) -> None:
    keepers = []
    for _ in range(2):
        database = documents_at(tmp_path / "museaika.sqlite3")
        database.init()
        keepers.append(Keeper(oauth, SqliteConnections(database), Sealer("k" * 40)))
    keepers[0].keep("usr_anna", ANNA, grant(left=timedelta(0)))
    with ThreadPoolExecutor(50) as pool:
        tokens = set(pool.map(lambda number: keepers[number % 2].token("usr_anna"), range(200)))
    assert tokens == {"access-1"}
    assert len(oauth.asked) == 1


def test_when_spotify_wants_a_new_yes_it_is_not_asked_again(keeper, oauth, connections) -> None:
    keeper.keep("usr_anna", ANNA, grant(left=timedelta(0)))
    oauth.problem = reconnect()
    for _ in range(3):
        with pytest.raises(Conflict) as caught:
            keeper.token("usr_anna")
        assert caught.value.code == "spotify_reconnect"
    assert len(oauth.asked) == 1
    assert connections.get("usr_anna").refresh_token == ""
    keeper.keep("usr_anna", ANNA, grant())
    assert keeper.token("usr_anna") == "access-0", "connecting again heals it"


def test_a_network_that_is_down_costs_nothing_but_this_try(keeper, oauth) -> None:
    keeper.keep("usr_anna", ANNA, grant(left=timedelta(0)))
    oauth.problem = unreachable("ConnectTimeout")
    with pytest.raises(Unavailable):
        keeper.token("usr_anna")
    oauth.problem = None
    assert keeper.token("usr_anna") == "access-2"


def test_a_refresh_that_died_half_way_is_taken_over(oauth, connections) -> None:
    at = [datetime.now(UTC)]
    keeper = Keeper(oauth, connections, Sealer("k" * 40), clock=lambda: at[0])
    keeper.keep("usr_anna", ANNA, grant(left=timedelta(0)))
    held = connections.get("usr_anna")
    connections.replace(replace(held, refreshing_until=at[0] + CLAIM), expected_version=held.version)
    at[0] += CLAIM
    assert keeper.token("usr_anna") == "access-1"


def test_nobody_is_not_connected(keeper) -> None:
    with pytest.raises(Conflict) as caught:
        keeper.token("usr_nobody")
    assert caught.value.code == "spotify_not_connected"
    assert not keeper.forget("usr_nobody")


def test_tokens_sealed_with_an_old_key_are_sealed_anew_when_they_are_refreshed(oauth, connections) -> None:
    Keeper(oauth, connections, Sealer("o" * 40)).keep("usr_anna", ANNA, grant(left=timedelta(0)))
    new = Sealer("n" * 40)
    assert Keeper(oauth, connections, Sealer("n" * 40, "o" * 40)).token("usr_anna") == "access-1"
    assert new.open(connections.get("usr_anna").refresh_token, "usr_anna") == "refresh-0"


def test_without_the_old_key_a_new_yes_is_needed(oauth, connections) -> None:
    Keeper(oauth, connections, Sealer("o" * 40)).keep("usr_anna", ANNA, grant())
    with pytest.raises(Conflict) as caught:
        Keeper(oauth, connections, Sealer("n" * 40)).token("usr_anna")
    assert caught.value.code == "spotify_reconnect"
