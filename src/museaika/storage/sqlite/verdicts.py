"""What listeners said of tracks, in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from museaika.clock import rfc3339
from museaika.paging import Page
from museaika.recommendations.taste import Verdict
from museaika.storage.cursors import read_cursor, write_cursor
from museaika.storage.sqlite.database import Database, Row


class SqliteVerdicts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, user_id: str, verdict: Verdict) -> None:
        if verdict.at is None:
            raise ValueError("a verdict to be kept needs its time")
        self._database.write(
            "INSERT OR REPLACE INTO verdicts (user_id, track_id, verdict, mood, at) VALUES (?, ?, ?, ?, ?)",
            user_id, verdict.track_id, verdict.verdict, verdict.mood, rfc3339(verdict.at),
        )  # fmt: skip

    def remove(self, user_id: str, track_id: str) -> bool:
        return self._database.write(
            "DELETE FROM verdicts WHERE user_id = ? AND track_id = ?", user_id, track_id
        ) > 0  # fmt: skip

    def of(self, user_id: str) -> Sequence[Verdict]:
        rows = self._database.rows(
            "SELECT * FROM verdicts WHERE user_id = ? ORDER BY at, track_id", user_id
        )  # fmt: skip
        return [_verdict(row) for row in rows]

    def page(self, user_id: str, *, cursor: str | None = None, limit: int = 20) -> Page[Verdict]:
        where, values = "user_id = ?", [user_id]
        if cursor is not None:
            where, values = f"{where} AND (at, track_id) < (?, ?)", [*values, *read_cursor(cursor)]
        rows = self._database.rows(
            f"SELECT * FROM verdicts WHERE {where} ORDER BY at DESC, track_id DESC LIMIT ?",  # noqa: S608
            *values, limit + 1,
        )  # fmt: skip
        last = rows[limit - 1] if len(rows) > limit else None
        next_cursor = write_cursor(last["at"], last["track_id"]) if last else None
        return Page([_verdict(row) for row in rows[:limit]], next_cursor)

    def delete_all(self, user_id: str) -> int:
        return self._database.write("DELETE FROM verdicts WHERE user_id = ?", user_id)


def _verdict(row: Row) -> Verdict:
    return Verdict(row["track_id"], row["verdict"], row["mood"], datetime.fromisoformat(row["at"]))
