"""Spotify accounts, sign-ins on their way, found tracks and the shared gate in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from museaika.clock import rfc3339
from museaika.spotify.ports import Block, Connection, Export, Login, Match
from museaika.spotify.troubles import taken
from museaika.storage.documents import from_document, to_document
from museaika.storage.sqlite.database import Database

AT_ONCE = 500
"""Ids in one query: SQLite has a limit."""


class SqliteConnections:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, connection: Connection) -> None:
        try:
            self._database.write(
                "INSERT INTO spotify_connections (user_id, doc) VALUES (?, ?)"
                " ON CONFLICT (user_id) DO UPDATE SET doc = excluded.doc",
                connection.user_id, to_document(connection),
            )  # fmt: skip
        except sqlite3.IntegrityError as error:
            raise taken() from error

    def get(self, user_id: str) -> Connection | None:
        row = self._database.row("SELECT doc FROM spotify_connections WHERE user_id = ?", user_id)
        return from_document(Connection, row["doc"]) if row else None

    def by_spotify_id(self, spotify_id: str) -> Connection | None:
        row = self._database.row("SELECT doc FROM spotify_connections WHERE spotify_id = ?", spotify_id)
        return from_document(Connection, row["doc"]) if row else None

    def replace(self, connection: Connection, *, expected_version: int) -> Connection | None:
        stored = replace(connection, version=expected_version + 1)
        changed = self._database.write(
            "UPDATE spotify_connections SET doc = ? WHERE user_id = ? AND version = ?",
            to_document(stored), connection.user_id, expected_version,
        )  # fmt: skip
        return stored if changed else None

    def delete(self, user_id: str) -> bool:
        return self._database.erase("DELETE FROM spotify_connections WHERE user_id = ?", user_id) > 0


class SqliteLogins:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, login: Login) -> None:
        self._database.write(
            "INSERT INTO spotify_logins (state, doc) VALUES (?, ?)", login.state, to_document(login)
        )

    def take(self, state: str) -> Login | None:
        with self._database.transaction() as connection:
            row = connection.execute(
                "DELETE FROM spotify_logins WHERE state = ? RETURNING doc", (state,)
            ).fetchone()
        return from_document(Login, row["doc"]) if row else None

    def delete_expired(self, at: datetime) -> int:
        return self._database.write("DELETE FROM spotify_logins WHERE expires_at <= ?", rfc3339(at))


class SqliteMatches:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, track_ids: Sequence[str]) -> Mapping[str, Match]:
        found: dict[str, Match] = {}
        for start in range(0, len(track_ids), AT_ONCE):
            some = track_ids[start : start + AT_ONCE]
            rows = self._database.rows(
                "SELECT track_id, spotify_id, score, at FROM spotify_matches"  # noqa: S608 - marks alone
                f" WHERE track_id IN ({', '.join('?' * len(some))})",
                *some,
            )
            for row in rows:
                at = datetime.fromisoformat(row["at"])
                found[row["track_id"]] = Match(row["track_id"], row["spotify_id"], row["score"], at)
        return found

    def put(self, match: Match) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO spotify_matches (track_id, spotify_id, score, at) VALUES (?, ?, ?, ?)",
            match.track_id, match.spotify_id, match.score, rfc3339(match.at),
        )  # fmt: skip


class SqliteExports:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, user_id: str, playlist_id: str) -> Export | None:
        row = self._database.row(
            "SELECT doc FROM spotify_exports WHERE user_id = ? AND playlist_id = ?", user_id, playlist_id
        )
        return from_document(Export, row["doc"]) if row else None

    def put(self, export: Export) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO spotify_exports (user_id, playlist_id, doc) VALUES (?, ?, ?)",
            export.user_id, export.playlist_id, to_document(export),
        )  # fmt: skip

    def delete_all(self, user_id: str) -> int:
        return self._database.erase("DELETE FROM spotify_exports WHERE user_id = ?", user_id)


class SqliteGate:
    """Counts requests by the second: `per_30_s` and `per_day` are the budgets of rolling windows."""

    def __init__(self, database: Database, *, per_30_s: int, per_day: int) -> None:
        self._database = database
        self._budgets = ((30, per_30_s, "OWN_BUDGET"), (86_400, per_day, "OWN_DAILY_BUDGET"))

    def blocked(self, at: datetime) -> Block | None:
        row = self._database.row("SELECT until, reason FROM spotify_block")
        block = Block(datetime.fromisoformat(row["until"]), row["reason"]) if row else None
        return block if block and block.until > at else None

    def block(self, block: Block) -> None:
        self._database.write(
            "INSERT INTO spotify_block (only, until, reason) VALUES (1, ?, ?) ON CONFLICT (only) DO UPDATE"
            " SET until = excluded.until, reason = excluded.reason WHERE excluded.until > until",
            rfc3339(block.until), block.reason,
        )  # fmt: skip

    def spend(self, at: datetime) -> Block | None:
        second = int(at.timestamp())
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM spotify_spent WHERE second <= ?", (second - 86_400,))
            for window, budget, reason in self._budgets:
                if until := _full_until(connection, second - window, budget):
                    return Block(datetime.fromtimestamp(until + window, UTC), reason)
            connection.execute(
                "INSERT INTO spotify_spent VALUES (?, 1) ON CONFLICT (second) DO UPDATE SET count = count + 1",
                (second,),
            )
        return None


def _full_until(connection: sqlite3.Connection, since: int, budget: int) -> int | None:
    """Of the seconds after `since`, the one whose requests have to pass out of the window before another fits
    in; None when one fits in now."""
    (spent,) = connection.execute(
        "SELECT coalesce(sum(count), 0) FROM spotify_spent WHERE second > ?", (since,)
    ).fetchone()
    if spent < budget:
        return None
    rows = connection.execute(
        "SELECT second, sum(count) OVER (ORDER BY second) AS so_far FROM spotify_spent WHERE second > ?",
        (since,),
    )
    return next(int(row["second"]) for row in rows if row["so_far"] > spent - budget)
