"""What the Spotify part asks of the stores: connections, sign-ins, matches and the gate."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from museaika.errors import Conflict
from museaika.spotify.client import Cached
from museaika.spotify.ports import Block, Connection, Export, Login, Match
from museaika.storage.memory.spotify import (
    MemoryConnections,
    MemoryExports,
    MemoryLogins,
    MemoryMatches,
    MemoryTrackCache,
)
from museaika.storage.sqlite.database import documents_at
from museaika.storage.sqlite.spotify import (
    SqliteConnections,
    SqliteExports,
    SqliteGate,
    SqliteLogins,
    SqliteMatches,
)

T0 = datetime(2026, 1, 5, 12, tzinfo=UTC)
ANNA = Connection("usr_anna", "anna.s", "Anna", "premium", ("user-top-read",), "k.a", "k.r", T0, T0)


@pytest.fixture(params=["memory", "sqlite"])
def stores(request, database):
    if request.param == "memory":
        return MemoryConnections(), MemoryLogins(), MemoryMatches(), MemoryExports()
    return (
        SqliteConnections(database),
        SqliteLogins(database),
        SqliteMatches(database),
        SqliteExports(database),
    )


@pytest.fixture
def connections(stores):
    return stores[0]


def test_a_connection_is_kept_found_by_either_name_and_forgotten(connections) -> None:
    connections.put(ANNA)
    assert connections.get("usr_anna") == connections.by_spotify_id("anna.s") == ANNA
    assert connections.delete("usr_anna")
    assert not connections.delete("usr_anna")
    assert connections.get("usr_anna") is None
    assert connections.by_spotify_id("anna.s") is None


def test_one_person_holds_a_spotify_account(connections) -> None:
    connections.put(ANNA)
    with pytest.raises(Conflict) as caught:
        connections.put(replace(ANNA, user_id="usr_ben"))
    assert caught.value.code == "spotify_taken"
    connections.put(replace(ANNA, spotify_id="anna.new"))
    assert connections.by_spotify_id("anna.s") is None


def test_of_two_writes_to_one_version_one_wins(connections) -> None:
    connections.put(ANNA)
    won = connections.replace(replace(ANNA, access_token="k.b"), expected_version=1)
    assert won is not None
    assert won.version == 2
    assert connections.replace(replace(ANNA, access_token="k.c"), expected_version=1) is None
    assert connections.get("usr_anna").access_token == "k.b"


def test_a_sign_in_is_good_once(stores, at_once) -> None:
    logins = stores[1]
    logins.put(Login("state", "browser", "k.v", ("a",), T0 + timedelta(minutes=10)))
    taken = at_once(8, lambda _: logins.take("state"))
    assert sum(login is not None for login in taken) == 1


def test_old_sign_ins_go(stores) -> None:
    logins = stores[1]
    for number in range(3):
        logins.put(Login(f"s{number}", "b", "k.v", (), T0 + timedelta(minutes=number)))
    assert logins.delete_expired(T0 + timedelta(minutes=1)) == 2
    assert logins.take("s2") is not None


def test_matches_are_remembered_also_that_there_is_none(stores) -> None:
    matches = stores[2]
    matches.put(Match("ma_1", "4iV5W9uYEdYUVa79Axb7Rh", 0.97, T0))
    matches.put(Match("ma_2", None, 0.2, T0))
    matches.put(Match("ma_1", "11dFghVXANMlKmJXsNCbNl", 0.99, T0))
    found = matches.of(["ma_1", "ma_2", "ma_3", *map(str, range(2000))])
    assert {one: (match.spotify_id, match.score) for one, match in found.items()} == {
        "ma_1": ("11dFghVXANMlKmJXsNCbNl", 0.99),
        "ma_2": (None, 0.2),
    }


def test_what_was_written_to_spotify_is_remembered_until_its_owner_goes(stores) -> None:
    exports = stores[3]
    exports.put(Export("usr_anna", "pl_1", "sp1", ("spotify:track:a",)))
    exports.put(Export("usr_anna", "pl_1", "sp1", ("spotify:track:b",)))
    exports.put(Export("usr_ben", "pl_1", "sp2", ()))
    assert exports.get("usr_anna", "pl_1").uris == ("spotify:track:b",)
    assert exports.delete_all("usr_anna") == 1
    assert exports.get("usr_anna", "pl_1") is None
    assert exports.get("usr_ben", "pl_1") is not None


@pytest.fixture
def gate(database):
    return SqliteGate(database, per_30_s=5, per_day=12)


def test_a_block_holds_in_another_process_and_a_shorter_one_does_not_end_it(gate, database) -> None:
    gate.block(Block(T0 + timedelta(hours=13), "QUOTA_EXCEEDED"))
    gate.block(Block(T0 + timedelta(seconds=3), "RATE_LIMITED"))
    again = documents_at(database.path)
    other = SqliteGate(again, per_30_s=5, per_day=12)
    assert other.blocked(T0) == Block(T0 + timedelta(hours=13), "QUOTA_EXCEEDED")
    assert other.blocked(T0 + timedelta(hours=13)) is None


def test_the_short_budget_fills_and_empties_as_its_window_rolls(gate) -> None:
    for second in range(5):
        assert gate.spend(T0 + timedelta(seconds=second)) is None
    assert gate.spend(T0 + timedelta(seconds=5)) == Block(T0 + timedelta(seconds=30), "OWN_BUDGET")
    assert gate.spend(T0 + timedelta(seconds=30)) is None
    assert gate.spend(T0 + timedelta(seconds=30)) == Block(T0 + timedelta(seconds=31), "OWN_BUDGET")


def test_the_daily_budget_holds_too(gate) -> None:
    for minute in range(12):
        assert gate.spend(T0 + timedelta(minutes=minute)) is None
    full = gate.spend(T0 + timedelta(hours=1))
    assert full == Block(T0 + timedelta(days=1), "OWN_DAILY_BUDGET")
    assert gate.spend(T0 + timedelta(days=1)) is None


def test_many_at_once_spend_no_more_than_the_budget(database, at_once) -> None:
    gate = SqliteGate(database, per_30_s=20, per_day=1000)
    spent = at_once(64, lambda _: gate.spend(T0))
    assert sum(block is None for block in spent) == 20


def test_a_cached_track_is_fresh_for_a_day_and_the_least_used_goes_first(monkeypatch) -> None:
    at = [0.0]
    cache = MemoryTrackCache(lambda: at[0])
    monkeypatch.setattr("museaika.storage.memory.spotify.MOST_KEPT", 2)
    cache.put("a", "W/1", {"id": "a"})
    cache.put("b", None, {"id": "b"})
    assert cache.get("a") == Cached({"id": "a"}, "W/1", fresh=True)
    cache.put("c", None, {"id": "c"})
    assert cache.get("b") is None
    at[0] = 24 * 3600
    assert cache.get("a") == Cached({"id": "a"}, "W/1", fresh=False)
    at[0] = 48 * 3600
    assert cache.get("a") is None
