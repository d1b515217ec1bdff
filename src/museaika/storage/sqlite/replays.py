"""First answers to idempotency keys, in SQLite."""

from __future__ import annotations

import json
from datetime import datetime

from museaika.accounts.ports import Remembered
from museaika.clock import rfc3339
from museaika.storage.retention import REPLAY_KEPT, REPLAY_RUNS_AT_MOST
from museaika.storage.sqlite.database import Database, Row

_FORGET_OLD = "DELETE FROM replays WHERE began_at <= ?"


class SqliteReplays:
    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, user_id: str, key: str, fingerprint: str, at: datetime) -> Remembered:
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT * FROM replays WHERE user_id = ? AND key = ?", (user_id, key)
            ).fetchone()
            if row and not _outlived(row, at):
                return _remembered(row, fingerprint)
            connection.execute(_FORGET_OLD, (rfc3339(at - REPLAY_KEPT),))  # whoever comes in also sweeps
            connection.execute(
                "INSERT OR REPLACE INTO replays (user_id, key, fingerprint, began_at) VALUES (?, ?, ?, ?)",
                (user_id, key, fingerprint, rfc3339(at)),
            )
        return Remembered("fresh")

    def finish(
        self, user_id: str, key: str, *, status: int, headers: tuple[tuple[str, str], ...], body: bytes
    ) -> None:
        self._database.write(
            "UPDATE replays SET status = ?, headers = ?, body = ? WHERE user_id = ? AND key = ?",
            status, json.dumps(headers), body, user_id, key,
        )  # fmt: skip

    def forget(self, user_id: str, key: str) -> None:
        self._database.write("DELETE FROM replays WHERE user_id = ? AND key = ?", user_id, key)

    def delete_all(self, user_id: str) -> int:
        return self._database.write("DELETE FROM replays WHERE user_id = ?", user_id)

    def delete_expired(self, at: datetime) -> int:
        return self._database.write(_FORGET_OLD, rfc3339(at - REPLAY_KEPT))


def _outlived(row: Row, at: datetime) -> bool:
    kept = REPLAY_RUNS_AT_MOST if row["status"] is None else REPLAY_KEPT
    return datetime.fromisoformat(row["began_at"]) + kept <= at


def _remembered(row: Row, fingerprint: str) -> Remembered:
    if row["fingerprint"] != fingerprint:
        return Remembered("mismatch")
    if row["status"] is None:
        return Remembered("running")
    headers = tuple((name, value) for name, value in json.loads(row["headers"]))
    return Remembered("done", row["status"], headers, row["body"])
