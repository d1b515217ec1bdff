"""A SQLite file as several threads and processes use it at once: write-ahead log, one connection a thread."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from museaika.errors import Unavailable
from museaika.storage.sqlite.schema import CATALOGUE, DOCUMENTS, SIGNALS, Migration

Row = sqlite3.Row

_TROUBLES = {
    sqlite3.SQLITE_BUSY: "is busy with other writes. Try again in a moment.",
    sqlite3.SQLITE_LOCKED: "is busy with other writes. Try again in a moment.",
    sqlite3.SQLITE_READONLY: "can't be written to. Check who owns the file and its folder.",
    sqlite3.SQLITE_PERM: "can't be written to. Check who owns the file and its folder.",
    sqlite3.SQLITE_FULL: "can't grow: the disk is full. Free some space and try again.",
    sqlite3.SQLITE_IOERR: "can't be read or written: the disk reports an error. Check the disk and its space.",
    sqlite3.SQLITE_CANTOPEN: "can't be opened. Check that its folder exists and may be written to.",
    sqlite3.SQLITE_CORRUPT: "is damaged. Restore it from a backup.",
    sqlite3.SQLITE_NOTADB: "is not a database of ours. Move it away, or choose another DATA_DIR.",
}


class Database:
    """One file. Reads run side by side, writes one after the other, and each is on the disk (unless
    `synchronous` is NORMAL) once it returned. Trouble with the file is Unavailable, in words. Use it in
    the process that made it: SQLite does not survive a fork."""

    def __init__(
        self,
        path: Path,
        migrations: Sequence[Migration],
        *,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        busy_timeout_s: float = 10.0,
    ) -> None:
        self.path = path
        self._migrations = migrations
        self._synchronous = synchronous
        self._busy_timeout_s = busy_timeout_s
        self._local = threading.local()
        # SQLite makes writers poll for their turn, and with many threads some never get it; the threads
        # of one process wait in line here instead (64 threads: 4 times the writes, and none refused).
        self._turn = threading.Lock()

    def init(self) -> None:
        """Make the file and its tables, or bring them up to date; harmless when there is nothing to do."""
        with self._in_words():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._turn_on_write_ahead_log()
        with self.transaction() as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > len(self._migrations):
                raise Unavailable(
                    f"{self.path.name} was written by a newer MuseAIka (schema {version}, this one knows "
                    f"{len(self._migrations)}). Update MuseAIka, or choose another DATA_DIR."
                )
            for statement in (s for migration in self._migrations[version:] for s in migration):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(self._migrations)}")

    def rows(self, sql: str, *values: Any) -> list[Row]:
        with self._in_words():
            return self._connection().execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> Row | None:
        with self._in_words():
            row: Row | None = self._connection().execute(sql, values).fetchone()
            return row

    def write(self, sql: str, *values: Any) -> int:
        """Run one writing statement on its own; return how many rows it touched."""
        with self.transaction() as connection:
            return connection.execute(sql, values).rowcount

    def erase(self, sql: str, *values: Any) -> int:
        """Like `write`, for what a person wants gone: afterwards no file holds the old bytes, the
        write-ahead log included."""
        touched = self.write(sql, *values)
        with self._in_words():
            self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return touched

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Read and write as if alone; all of it counts, or, after an exception, nothing."""
        with self._in_words(), self._own_turn():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def quick_check(self) -> None:
        """Raise Unavailable when the file can't be read, is damaged, or was never initialised."""
        with self._in_words():
            connection = self._connection()
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
        if verdict != "ok":
            raise Unavailable(f"{self.path.name} {_TROUBLES[sqlite3.SQLITE_CORRUPT]}")
        if version != len(self._migrations):
            raise Unavailable(f"{self.path.name} has no tables of this version yet. Run `museaika init-db`.")

    def close(self) -> None:
        """Close the calling thread's connection; the others close when their threads end."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        self._local = threading.local()
        if connection is not None:
            connection.close()

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._busy_timeout_s):
            raise Unavailable(f"{self.path.name} {_TROUBLES[sqlite3.SQLITE_BUSY]}", retry_after_s=2.0)
        try:
            yield
        finally:
            self._turn.release()

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            connection = sqlite3.connect(self.path, timeout=self._busy_timeout_s, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            connection.execute("PRAGMA secure_delete = ON")  # what a person erased is not left in free pages
            self._local.connection = connection
        kept: sqlite3.Connection = self._local.connection
        return kept

    def _turn_on_write_ahead_log(self) -> None:
        """The switch does not wait for other processes that start at the same moment, so we do."""
        deadline = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                self._connection().execute("PRAGMA journal_mode = WAL").fetchone()
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            if code not in _TROUBLES:
                raise
            raise Unavailable(f"{self.path.name} {_TROUBLES[code]}", retry_after_s=2.0) from error
        except PermissionError as error:
            raise Unavailable(f"{self.path.name} {_TROUBLES[sqlite3.SQLITE_PERM]}") from error


def documents_at(path: Path) -> Database:
    """People, diaries and jobs: a write that returned survives a power cut."""
    return Database(path, DOCUMENTS)


def signals_at(path: Path) -> Database:
    """Events and wake-ups between processes: quick, and allowed to be lost with the power."""
    return Database(path, SIGNALS, synchronous="NORMAL")


def catalogue_at(path: Path) -> Database:
    """Imported tracks: apart from what people said and did, so that either can be deleted or copied alone."""
    return Database(path, CATALOGUE)
