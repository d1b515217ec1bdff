"""Imported tracks in SQLite."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields

from museaika.catalogue.track import Track
from museaika.storage.sqlite.database import Database, Row

_FIELDS = tuple(field.name for field in fields(Track))
_INSERT = (
    f"INSERT OR REPLACE INTO tracks ({', '.join(_FIELDS)})"  # noqa: S608 - names of our own
    f" VALUES ({', '.join('?' * len(_FIELDS))})"
)


class SqliteTracks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put_all(self, tracks: Iterable[Track]) -> tuple[int, int]:
        with self._database.transaction() as connection:
            (before,) = connection.execute("SELECT count(*) FROM tracks").fetchone()
            put = connection.executemany(_INSERT, (_row(track) for track in tracks)).rowcount
            (after,) = connection.execute("SELECT count(*) FROM tracks").fetchone()
        return after - before, max(put, 0) - (after - before)

    def all(self) -> Sequence[Track]:
        return [
            _track(row)
            for row in self._database.rows(f"SELECT {', '.join(_FIELDS)} FROM tracks ORDER BY track_id")  # noqa: S608
        ]

    def remove(self, source: str) -> int:
        return self._database.write("DELETE FROM tracks WHERE source = ?", source)


def _row(track: Track) -> list[object]:
    return [_plain(getattr(track, name)) for name in _FIELDS]


def _plain(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value


def _track(row: Row) -> Track:
    told = dict(zip(_FIELDS, row, strict=True))
    told["artists"] = tuple(json.loads(told["artists"]))
    told["tags"] = tuple(json.loads(told["tags"]))
    told["explicit"] = None if told["explicit"] is None else bool(told["explicit"])
    return Track(**told)
