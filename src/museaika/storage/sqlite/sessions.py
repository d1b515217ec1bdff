"""Sign-ins in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from museaika.accounts.user import Session, newest_first
from museaika.clock import rfc3339
from museaika.storage.documents import from_document, to_document
from museaika.storage.sqlite.database import Database


class SqliteSessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, session: Session) -> None:
        self._database.write(
            "INSERT INTO sessions (session_id, doc) VALUES (?, ?)", session.session_id, to_document(session)
        )

    def get(self, session_id: str) -> Session | None:
        row = self._database.row("SELECT doc FROM sessions WHERE session_id = ?", session_id)
        return from_document(Session, row["doc"]) if row else None

    def of(self, user_id: str) -> Sequence[Session]:
        rows = self._database.rows("SELECT doc FROM sessions WHERE user_id = ?", user_id)
        return sorted((from_document(Session, row["doc"]) for row in rows), key=newest_first)

    def rotate(self, session_id: str, *, expected_hash: str, new_hash: str, at: datetime) -> bool:
        changed = self._database.write(
            "UPDATE sessions SET doc = json_set(doc, '$.previous_hash', refresh_hash, '$.refresh_hash', ?,"
            " '$.rotated_at', ?) WHERE session_id = ? AND refresh_hash = ?",
            new_hash, rfc3339(at), session_id, expected_hash,
        )  # fmt: skip
        return changed > 0

    def delete(self, session_id: str) -> bool:
        return self._database.write("DELETE FROM sessions WHERE session_id = ?", session_id) > 0

    def delete_all(self, user_id: str) -> int:
        return self._database.write("DELETE FROM sessions WHERE user_id = ?", user_id)

    def delete_expired(self, at: datetime) -> int:
        return self._database.write("DELETE FROM sessions WHERE expires_at <= ?", rfc3339(at))
