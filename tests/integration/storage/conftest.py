"""Every store promises the same: each suite runs once per adapter."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from museaika.storage.memory.accounts import MemoryReplays, MemorySessions, MemoryUsers
from museaika.storage.memory.jobs import MemoryJobs
from museaika.storage.memory.moods import MemoryMoodEntries
from museaika.storage.memory.playlists import MemoryPlaylists
from museaika.storage.memory.tracks import MemoryTracks
from museaika.storage.memory.verdicts import MemoryVerdicts
from museaika.storage.sqlite.database import Database, catalogue_at, documents_at, signals_at
from museaika.storage.sqlite.jobs import SqliteJobs
from museaika.storage.sqlite.moods import SqliteMoodEntries
from museaika.storage.sqlite.playlists import SqlitePlaylists
from museaika.storage.sqlite.replays import SqliteReplays
from museaika.storage.sqlite.sessions import SqliteSessions
from museaika.storage.sqlite.tracks import SqliteTracks
from museaika.storage.sqlite.users import SqliteUsers
from museaika.storage.sqlite.verdicts import SqliteVerdicts

T0 = datetime(2026, 1, 5, 12, 0, 0, 250_000, tzinfo=UTC)

MEMORY = {
    "users": MemoryUsers,
    "sessions": MemorySessions,
    "moods": MemoryMoodEntries,
    "jobs": MemoryJobs,
    "replays": MemoryReplays,
    "verdicts": MemoryVerdicts,
    "playlists": MemoryPlaylists,
    "tracks": MemoryTracks,
}
SQLITE = {
    "users": SqliteUsers,
    "sessions": SqliteSessions,
    "moods": SqliteMoodEntries,
    "jobs": SqliteJobs,
    "replays": SqliteReplays,
    "verdicts": SqliteVerdicts,
    "playlists": SqlitePlaylists,
    "tracks": SqliteTracks,
}


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = documents_at(tmp_path / "museaika.sqlite3")
    database.init()
    return database


@pytest.fixture
def signals(tmp_path: Path) -> Database:
    signals = signals_at(tmp_path / "signals.sqlite3")
    signals.init()
    return signals


@pytest.fixture(params=["memory", "sqlite"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], object]:
    """Make a store of a kind; on SQLite every store made here is in a file of its own."""
    made = []

    def make(kind: str) -> object:
        if request.param == "memory":
            return MEMORY[kind]()
        made.append(kind)
        open_at = catalogue_at if kind == "tracks" else documents_at
        database = open_at(tmp_path / f"{len(made)}.sqlite3")
        database.init()
        return SQLITE[kind](database)

    return make


@pytest.fixture
def at_once() -> Callable[..., list]:
    """Run a function in many threads that start at the same moment; give back what each returned."""

    def run(threads: int, work: Callable[[int], object]) -> list:
        start = threading.Barrier(threads)

        def one(number: int) -> object:
            start.wait()
            return work(number)

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(one, range(threads)))

    return run
