"""Diaries in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from museaika.clock import rfc3339
from museaika.mood.ports import Bucket, MoodBucket, MoodEntry, Source
from museaika.paging import Page
from museaika.storage.cursors import read_cursor, write_cursor
from museaika.storage.documents import from_document, to_document
from museaika.storage.sqlite.database import Database, Row

_BUCKET_DAY_AND_HOUR = {
    "hour": "substr(timestamp, 1, 13) || ':00'",
    "day": "substr(timestamp, 1, 10) || 'T00:00'",
    # On to Sunday (a Sunday stays), then back to the Monday that began its ISO week.
    "week": "date(substr(timestamp, 1, 10), 'weekday 0', '-6 days') || 'T00:00'",
}


class SqliteMoodEntries:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, entry: MoodEntry) -> None:
        self._database.write(
            "INSERT INTO moods (mood_id, doc) VALUES (?, ?)", entry.mood_id, to_document(entry)
        )

    def get(self, user_id: str, mood_id: str) -> MoodEntry | None:
        row = self._database.row("SELECT doc FROM moods WHERE mood_id = ? AND user_id = ?", mood_id, user_id)
        return from_document(MoodEntry, row["doc"]) if row else None

    def latest(self, user_id: str) -> MoodEntry | None:
        return next(iter(self.page(user_id, limit=1).items), None)

    def replace(self, entry: MoodEntry, *, expected_version: int) -> MoodEntry | None:
        stored = replace(entry, version=expected_version + 1)
        changed = self._database.write(
            "UPDATE moods SET doc = ? WHERE mood_id = ? AND user_id = ? AND version = ?",
            to_document(stored), entry.mood_id, entry.user_id, expected_version,
        )  # fmt: skip
        return stored if changed else None

    def page(
        self,
        user_id: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        source: Source | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> Page[MoodEntry]:
        where, values = _within(user_id, start, end)
        if source is not None:
            where, values = f"{where} AND source = ?", [*values, source]
        if cursor is not None:
            where, values = f"{where} AND (timestamp, mood_id) < (?, ?)", [*values, *read_cursor(cursor)]
        rows = self._database.rows(
            f"SELECT doc, timestamp, mood_id FROM moods WHERE {where}"  # noqa: S608
            " ORDER BY timestamp DESC, mood_id DESC LIMIT ?",
            *values, limit + 1,
        )  # fmt: skip
        items = [from_document(MoodEntry, row["doc"]) for row in rows[:limit]]
        last = rows[limit - 1] if len(rows) > limit else None
        return Page(items, write_cursor(last["timestamp"], last["mood_id"]) if last else None)

    def buckets(
        self, user_id: str, *, unit: Bucket, start: datetime | None = None, end: datetime | None = None
    ) -> Sequence[MoodBucket]:
        where, values = _within(user_id, start, end)
        rows = self._database.rows(
            f"SELECT {_BUCKET_DAY_AND_HOUR[unit]} || ':00.000Z' AS start, primary_mood,"  # noqa: S608
            " count(*) AS count, sum(valence) AS valence, sum(arousal) AS arousal"
            f" FROM moods WHERE {where} GROUP BY 1, 2 ORDER BY 1, 2",
            *values,
        )
        return [_bucket(start, list(group)) for start, group in groupby(rows, key=lambda row: row["start"])]

    def delete(self, user_id: str, mood_id: str) -> bool:
        return self._database.erase(
            "DELETE FROM moods WHERE mood_id = ? AND user_id = ?", mood_id, user_id
        ) > 0  # fmt: skip

    def delete_all(self, user_id: str) -> int:
        return self._database.erase("DELETE FROM moods WHERE user_id = ?", user_id)


def _within(user_id: str, start: datetime | None, end: datetime | None) -> tuple[str, list[str | int]]:
    where, values = "user_id = ?", [user_id]
    if start is not None:
        where, values = f"{where} AND timestamp >= ?", [*values, rfc3339(start)]
    if end is not None:
        where, values = f"{where} AND timestamp < ?", [*values, rfc3339(end)]
    return where, list(values)


def _bucket(start: str, rows: Sequence[Row]) -> MoodBucket:
    count = sum(row["count"] for row in rows)
    return MoodBucket(
        start=datetime.fromisoformat(start),
        count=count,
        valence=sum(row["valence"] for row in rows) / count,
        arousal=sum(row["arousal"] for row in rows) / count,
        moods={row["primary_mood"]: row["count"] / count for row in rows},
    )
