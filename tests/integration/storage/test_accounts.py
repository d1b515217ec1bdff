"""What stores of people, sign-ins and first answers promise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from museaika.accounts.user import Preferences, Session, User
from museaika.errors import Conflict

T0 = datetime(2026, 1, 5, 12, 0, 0, 250_000, tzinfo=UTC)


def person(user_id: str = "ada", **changes) -> User:
    preferences = Preferences(privacy_level="full", auto_generate=True)
    return replace(
        User(user_id, "guest", "Ada 🎹", T0, T0, preferences=preferences, mood_shares=("bo", "cy")), **changes
    )


def sign_in(session_id: str = "s1", user_id: str = "ada", expires_at: datetime = T0) -> Session:
    return Session(session_id, user_id, "hash-1", T0, expires_at)


class TestUsers:
    @pytest.fixture
    def users(self, new_store):
        return new_store("users")

    def test_a_person_comes_back_as_they_went_in(self, users):
        users.create(person())
        assert users.get("ada") == person()

    def test_an_id_is_given_once(self, users):
        users.create(person())
        with pytest.raises(Conflict, match="already"):
            users.create(person(display_name="Somebody else"))
        assert users.get("ada").display_name == "Ada 🎹"

    def test_nobody_is_none(self, users):
        assert users.get("nobody") is None
        assert users.replace(person("nobody"), expected_version=1) is None
        assert users.delete("nobody") is False

    def test_a_replacement_counts_versions_and_refuses_stale_ones(self, users):
        users.create(person())
        second = users.replace(person(display_name="Ada L."), expected_version=1)
        assert second.version == 2
        assert users.replace(person(display_name="Late"), expected_version=1) is None
        assert users.get("ada") == second

    def test_of_sixteen_who_write_at_once_one_wins(self, users, at_once):
        users.create(person())
        outcomes = at_once(16, lambda n: users.replace(person(display_name=f"writer {n}"), expected_version=1))
        (winner,) = [outcome for outcome in outcomes if outcome]
        assert users.get("ada") == winner

    def test_who_is_deleted_is_gone(self, users):
        users.create(person())
        assert users.delete("ada") is True
        assert users.get("ada") is None


class TestSessions:
    @pytest.fixture
    def sessions(self, new_store):
        return new_store("sessions")

    def test_a_sign_in_comes_back_as_it_went_in(self, sessions):
        sessions.create(sign_in())
        assert sessions.get("s1") == sign_in()
        assert sessions.get("s2") is None

    def test_rotating_keeps_the_hash_before(self, sessions):
        sessions.create(sign_in())
        later = T0 + timedelta(minutes=5)
        assert sessions.rotate("s1", expected_hash="hash-1", new_hash="hash-2", at=later)
        assert sessions.get("s1") == replace(
            sign_in(), refresh_hash="hash-2", previous_hash="hash-1", rotated_at=later
        )

    def test_of_sixteen_refreshes_at_once_one_wins(self, sessions, at_once):
        sessions.create(sign_in())
        outcomes = at_once(
            16, lambda n: sessions.rotate("s1", expected_hash="hash-1", new_hash=f"new-{n}", at=T0)
        )
        assert outcomes.count(True) == 1
        assert sessions.get("s1").refresh_hash == f"new-{outcomes.index(True)}"

    def test_an_unknown_or_rotated_hash_changes_nothing(self, sessions):
        sessions.create(sign_in())
        assert not sessions.rotate("s1", expected_hash="stolen", new_hash="mine", at=T0)
        assert not sessions.rotate("s9", expected_hash="hash-1", new_hash="mine", at=T0)
        assert sessions.get("s1") == sign_in()

    def test_a_persons_sign_ins_are_listed_newest_first(self, sessions):
        for day, session_id in enumerate(("first", "second", "third")):
            sessions.create(replace(sign_in(session_id), created_at=T0 + timedelta(days=day)))
        sessions.create(sign_in("other", user_id="bo"))
        assert [one.session_id for one in sessions.of("ada")] == ["third", "second", "first"]
        assert sessions.of("nobody") == []

    def test_sign_ins_go_one_by_one_all_at_once_or_when_they_expire(self, sessions):
        for session_id in ("a", "b", "c"):
            sessions.create(sign_in(session_id, expires_at=T0 + timedelta(days=1)))
        sessions.create(sign_in("old", expires_at=T0))
        sessions.create(sign_in("other", user_id="bo", expires_at=T0 + timedelta(days=1)))
        assert sessions.delete("a") is True
        assert sessions.delete("a") is False
        assert sessions.delete_expired(T0) == 1
        assert sessions.get("old") is None
        assert sessions.delete_all("ada") == 2
        assert sessions.get("other") is not None


class TestReplays:
    @pytest.fixture
    def replays(self, new_store):
        return new_store("replays")

    def test_a_first_request_is_fresh_and_its_answer_is_remembered(self, replays):
        assert replays.begin("ada", "k", "body", T0).state == "fresh"
        assert replays.begin("ada", "k", "body", T0).state == "running"
        headers = (("Location", "/api/v1/generate/gen_1"), ("X-Note", "ä"))
        replays.finish("ada", "k", status=202, headers=headers, body=b"\x00\xff")
        again = replays.begin("ada", "k", "body", T0 + timedelta(hours=23))
        assert (again.state, again.status, again.headers, again.body) == ("done", 202, headers, b"\x00\xff")

    def test_another_body_under_the_same_key_is_a_mismatch(self, replays):
        replays.begin("ada", "k", "body", T0)
        assert replays.begin("ada", "k", "other body", T0).state == "mismatch"

    def test_keys_belong_to_their_person(self, replays):
        replays.begin("ada", "k", "body", T0)
        assert replays.begin("bo", "k", "body", T0).state == "fresh"

    def test_of_sixteen_at_once_one_may_work(self, replays, at_once):
        states = at_once(16, lambda _: replays.begin("ada", "k", "body", T0).state)
        assert sorted(states) == ["fresh"] + ["running"] * 15

    def test_a_request_that_died_gives_its_key_back_after_a_minute(self, replays):
        replays.begin("ada", "k", "body", T0)
        assert replays.begin("ada", "k", "body", T0 + timedelta(seconds=59)).state == "running"
        assert replays.begin("ada", "k", "body", T0 + timedelta(seconds=61)).state == "fresh"

    def test_a_failed_request_may_be_tried_again(self, replays):
        replays.begin("ada", "k", "body", T0)
        replays.forget("ada", "k")
        assert replays.begin("ada", "k", "another body", T0).state == "fresh"

    def test_answers_are_kept_for_a_day_and_no_longer(self, replays):
        replays.begin("ada", "k", "body", T0)
        replays.finish("ada", "k", status=201, headers=(), body=b"{}")
        assert replays.delete_expired(T0 + timedelta(hours=23)) == 0
        assert replays.begin("ada", "k", "body", T0 + timedelta(hours=24)).state == "fresh"
        assert replays.delete_expired(T0 + timedelta(hours=49)) == 1

    def test_whoever_comes_in_sweeps_out_what_is_older_than_a_day(self, replays):
        replays.begin("ada", "k", "body", T0)
        replays.finish("ada", "k", status=201, headers=(), body=b"how she felt")
        replays.begin("bo", "k", "body", T0 + timedelta(hours=25))
        assert replays.delete_all("ada") == 0

    def test_a_person_takes_their_answers_along(self, replays):
        replays.begin("ada", "k1", "body", T0)
        replays.begin("ada", "k2", "body", T0)
        replays.begin("bo", "k1", "body", T0)
        assert replays.delete_all("ada") == 2
        assert replays.begin("bo", "k1", "body", T0).state == "running"
