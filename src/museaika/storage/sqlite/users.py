"""People in SQLite."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from museaika.accounts.user import User
from museaika.errors import Conflict
from museaika.storage.documents import from_document, to_document
from museaika.storage.sqlite.database import Database


class SqliteUsers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, user: User) -> None:
        try:
            self._database.write(
                "INSERT INTO users (user_id, doc) VALUES (?, ?)", user.user_id, to_document(user)
            )
        except sqlite3.IntegrityError as error:
            raise Conflict("There is an account with this id already.", code="already_exists") from error

    def get(self, user_id: str) -> User | None:
        row = self._database.row("SELECT doc FROM users WHERE user_id = ?", user_id)
        return from_document(User, row["doc"]) if row else None

    def replace(self, user: User, *, expected_version: int) -> User | None:
        stored = replace(user, version=expected_version + 1)
        changed = self._database.write(
            "UPDATE users SET doc = ? WHERE user_id = ? AND version = ?",
            to_document(stored), user.user_id, expected_version,
        )  # fmt: skip
        return stored if changed else None

    def delete(self, user_id: str) -> bool:
        return self._database.erase("DELETE FROM users WHERE user_id = ?", user_id) > 0
