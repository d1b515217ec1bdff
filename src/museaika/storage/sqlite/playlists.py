"""Playlists in SQLite: the log of operations is the truth, the rest is read from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from museaika.clock import rfc3339
from museaika.paging import Page
from museaika.playlists.people import PEOPLE_EDITS
from museaika.playlists.playlist import Invitation, Operation, Playlist, Snapshot
from museaika.playlists.ports import Appended
from museaika.storage.cursors import read_cursor, write_cursor
from museaika.storage.documents import from_document, to_document
from museaika.storage.sqlite.database import Database

_TABLES = ("playlist_invitations", "playlist_edits", "playlist_snapshots", "playlist_members", "playlists")
_NAMED_IN = ("playlist_edits", "playlist_snapshots", "playlists")
_PUBLIC_LOOKED_AT = 1_000
"""Public lists, the last edited first, among which one for a mood is looked for."""


class SqlitePlaylists:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, snapshot: Snapshot) -> None:
        playlist = snapshot.playlist
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO playlists (playlist_id, doc) VALUES (?, ?)",
                (playlist.playlist_id, to_document(playlist)),
            )
            connection.execute(
                "INSERT INTO playlist_snapshots (playlist_id, doc) VALUES (?, ?)",
                (playlist.playlist_id, to_document(snapshot)),
            )
            _note_members(connection, playlist)

    def get(self, playlist_id: str) -> Playlist | None:
        row = self._database.row("SELECT doc FROM playlists WHERE playlist_id = ?", playlist_id)
        return from_document(Playlist, row["doc"]) if row else None

    def snapshot(self, playlist_id: str) -> Snapshot | None:
        row = self._database.row("SELECT doc FROM playlist_snapshots WHERE playlist_id = ?", playlist_id)
        return from_document(Snapshot, row["doc"]) if row else None

    def append(self, playlist: Playlist, operations: Sequence[Operation]) -> Appended:
        rows = [(playlist.playlist_id, one.version, one.op_id, to_document(one)) for one in operations]
        document = to_document(playlist)
        try:
            with self._database.transaction() as connection:
                moved = connection.execute(
                    "UPDATE playlists SET doc = ? WHERE playlist_id = ? AND version = ?",
                    (document, playlist.playlist_id, operations[0].version - 1),
                ).rowcount
                if not moved:
                    return "behind"
                connection.executemany(
                    "INSERT INTO playlist_edits (playlist_id, version, op_id, doc) VALUES (?, ?, ?, ?)", rows
                )
                if not {one.action for one in operations}.isdisjoint(PEOPLE_EDITS):
                    _note_members(connection, playlist)
        except sqlite3.IntegrityError:  # the version was free: it is the op_id
            return "repeated"
        return "stored"

    def find(self, playlist_id: str, op_id: str) -> Operation | None:
        row = self._database.row(
            "SELECT doc FROM playlist_edits WHERE playlist_id = ? AND op_id = ?", playlist_id, op_id
        )
        return from_document(Operation, row["doc"]) if row else None

    def since(self, playlist_id: str, version: int, limit: int | None = None) -> Sequence[Operation]:
        rows = self._database.rows(
            "SELECT doc FROM playlist_edits WHERE playlist_id = ? AND version > ? ORDER BY version LIMIT ?",
            playlist_id, version, -1 if limit is None else limit,
        )  # fmt: skip
        return [from_document(Operation, row["doc"]) for row in rows]

    def save(self, snapshot: Snapshot) -> None:
        self._database.write(
            "UPDATE playlist_snapshots SET doc = ? WHERE playlist_id = ? AND version < ?",
            to_document(snapshot), snapshot.playlist.playlist_id, snapshot.playlist.version,
        )  # fmt: skip

    def page(self, user_id: str, *, cursor: str | None = None, limit: int = 20) -> Page[Playlist]:
        where, values = "m.user_id = ? AND m.active = 1", [user_id]
        if cursor is not None:
            where, values = (
                f"{where} AND (m.created_at, m.playlist_id) < (?, ?)",
                [*values, *read_cursor(cursor)],
            )
        rows = self._database.rows(
            "SELECT p.doc, m.created_at, m.playlist_id FROM playlist_members m"  # noqa: S608
            f" JOIN playlists p ON p.playlist_id = m.playlist_id WHERE {where}"
            " ORDER BY m.created_at DESC, m.playlist_id DESC LIMIT ?",
            *values, limit + 1,
        )  # fmt: skip
        last = rows[limit - 1] if len(rows) > limit else None
        next_cursor = write_cursor(last["created_at"], last["playlist_id"]) if last else None
        return Page([from_document(Playlist, row["doc"]) for row in rows[:limit]], next_cursor)

    def tagged(self, user_id: str, mood: str, limit: int) -> Sequence[Playlist]:
        rows = self._database.rows(
            """SELECT doc, 0 AS turn, updated_at, playlist_id FROM playlists
                 WHERE playlist_id IN (
                     SELECT playlist_id FROM playlist_members WHERE user_id = ?1 AND active = 1)
                 AND EXISTS (SELECT 1 FROM json_each(doc, '$.mood_tags') WHERE value = ?2)
               UNION ALL
               SELECT doc, 1, updated_at, playlist_id FROM (
                     SELECT doc, updated_at, playlist_id FROM playlists WHERE is_public = 1
                     ORDER BY updated_at DESC, playlist_id DESC LIMIT ?4)
                 WHERE playlist_id NOT IN (
                     SELECT playlist_id FROM playlist_members WHERE user_id = ?1 AND active = 1)
                 AND EXISTS (SELECT 1 FROM json_each(doc, '$.mood_tags') WHERE value = ?2)
               ORDER BY turn, updated_at DESC, playlist_id DESC LIMIT ?3""",
            user_id, mood, limit, _PUBLIC_LOOKED_AT,
        )  # fmt: skip
        return [from_document(Playlist, row["doc"]) for row in rows]

    def touched(self, user_id: str) -> Sequence[str]:
        rows = self._database.rows(
            "SELECT playlist_id FROM playlist_members WHERE user_id = ? ORDER BY playlist_id", user_id
        )
        return [row["playlist_id"] for row in rows]

    def forget(self, user_id: str, playlist_id: str, stand_in: str) -> None:
        with self._database.transaction() as connection:
            for table in _NAMED_IN:
                connection.execute(
                    f"UPDATE {table} SET doc = replace(doc, ?, ?)"  # noqa: S608 - names of our own
                    " WHERE playlist_id = ? AND instr(doc, ?)",
                    (f'"{user_id}"', f'"{stand_in}"', playlist_id, f'"{user_id}"'),
                )
        self._database.erase(
            "DELETE FROM playlist_members WHERE user_id = ? AND playlist_id = ?", user_id, playlist_id
        )

    def delete(self, playlist_id: str) -> bool:
        with self._database.transaction() as connection:
            for table in _TABLES:
                touched = connection.execute(
                    f"DELETE FROM {table} WHERE playlist_id = ?",  # noqa: S608 - names of our own
                    (playlist_id,),
                ).rowcount
        self._database.erase("DELETE FROM playlists WHERE playlist_id = ?", playlist_id)
        return touched > 0

    def invite(self, invitation: Invitation) -> None:
        self._database.write(
            "INSERT INTO playlist_invitations (invitation_id, doc) VALUES (?, ?)",
            invitation.invitation_id, to_document(invitation),
        )  # fmt: skip

    def invitation(self, invitation_id: str) -> Invitation | None:
        row = self._database.row("SELECT doc FROM playlist_invitations WHERE invitation_id = ?", invitation_id)
        return from_document(Invitation, row["doc"]) if row else None

    def invitations(self, playlist_id: str) -> Sequence[Invitation]:
        rows = self._database.rows(
            "SELECT doc FROM playlist_invitations WHERE playlist_id = ?"
            " ORDER BY created_at DESC, invitation_id DESC",
            playlist_id,
        )
        return [from_document(Invitation, row["doc"]) for row in rows]

    def revoke(self, invitation_id: str, at: datetime) -> bool:
        changed = self._database.write(
            "UPDATE playlist_invitations SET doc = json_set(doc, '$.revoked_at', ?)"
            " WHERE invitation_id = ? AND json_extract(doc, '$.revoked_at') IS NULL",
            rfc3339(at), invitation_id,
        )  # fmt: skip
        return changed > 0

    def forget_invitations(self, expired_before: datetime) -> int:
        return self._database.write(
            "DELETE FROM playlist_invitations WHERE expires_at < ?", rfc3339(expired_before)
        )


def _note_members(connection: sqlite3.Connection, playlist: Playlist) -> None:
    """Who has the list among their own; who had it once stays noted, for the day they want to be forgotten."""
    connection.execute("UPDATE playlist_members SET active = 0 WHERE playlist_id = ?", (playlist.playlist_id,))
    connection.executemany(
        "INSERT OR REPLACE INTO playlist_members VALUES (?, ?, ?, 1)",
        [(user_id, playlist.playlist_id, rfc3339(playlist.created_at))
         for user_id in playlist.members],
    )  # fmt: skip
