"""Generation jobs in SQLite: each write looks the job up, compares, and saves, inside one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from statistics import median
from typing import Any, Literal

from museaika.clock import rfc3339
from museaika.generation import job as moves
from museaika.generation.job import FinalStatus, Job
from museaika.paging import Page
from museaika.storage.cursors import read_cursor, write_cursor
from museaika.storage.documents import from_document, to_document
from museaika.storage.sqlite.database import Database

_WAITING_FIRST = "SELECT doc FROM jobs WHERE status = 'queued' ORDER BY created_at, number LIMIT 1"
_LEASE_RAN_OUT = "SELECT doc FROM jobs WHERE status = 'processing' AND lease_until < ?"
_MEASURED_OVER = 50


class SqliteJobs:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, job: Job, *, max_waiting: int) -> None:
        with self._database.transaction() as connection:
            (waiting,) = connection.execute(
                "SELECT count(*) FROM jobs WHERE user_id = ? AND status IN ('queued', 'processing')",
                (job.user_id,),
            ).fetchone()
            if waiting >= max_waiting:
                raise moves.too_many_waiting(max_waiting)
            connection.execute("INSERT INTO jobs (job_id, doc) VALUES (?, ?)", (job.job_id, to_document(job)))

    def get(self, job_id: str) -> Job | None:
        row = self._database.row("SELECT doc FROM jobs WHERE job_id = ?", job_id)
        return from_document(Job, row["doc"]) if row else None

    def page(self, user_id: str, *, cursor: str | None = None, limit: int = 20) -> Page[Job]:
        before = read_cursor(cursor) if cursor is not None else ("~", "")
        rows = self._database.rows(
            "SELECT doc, created_at, job_id FROM jobs WHERE user_id = ? AND (created_at, job_id) < (?, ?)"
            " ORDER BY created_at DESC, job_id DESC LIMIT ?",
            user_id, *before, limit + 1,
        )  # fmt: skip
        items = [from_document(Job, row["doc"]) for row in rows[:limit]]
        last = rows[limit - 1] if len(rows) > limit else None
        return Page(items, write_cursor(last["created_at"], last["job_id"]) if last else None)

    def claim(self, *, at: datetime, lease_s: float) -> Job | None:
        if self._database.row(_WAITING_FIRST) is None:  # an idle worker asks often, and locks nobody out
            return None
        with self._database.transaction() as connection:
            row = connection.execute(_WAITING_FIRST).fetchone()
            if row is None:
                return None
            return _save(connection, moves.claimed(from_document(Job, row["doc"]), at=at, lease_s=lease_s))

    def progress(
        self, job_id: str, fence: int, *, progress: float, stage: str, at: datetime, lease_s: float
    ) -> Literal["go_on", "cancel", "lost"]:
        job = self._held(
            job_id,
            fence,
            lambda job: moves.progressed(job, progress=progress, stage=stage, at=at, lease_s=lease_s),
        )
        if job is None:
            return "lost"
        return "cancel" if job.cancel_requested else "go_on"

    def finish(
        self,
        job_id: str,
        fence: int,
        *,
        status: FinalStatus,
        at: datetime,
        result: Mapping[str, Any] | None = None,
        error: str | None = None,
    ) -> bool:
        move = lambda job: moves.ended(job, status, at=at, result=result, error=error)  # noqa: E731
        return self._held(job_id, fence, move) is not None

    def release(self, job_id: str, fence: int, *, at: datetime) -> bool:
        return self._held(job_id, fence, lambda job: moves.released(job, at=at)) is not None

    def reap(self, *, at: datetime, max_attempts: int) -> list[Job]:
        if self._database.row(_LEASE_RAN_OUT, rfc3339(at)) is None:
            return []
        with self._database.transaction() as connection:
            rows = connection.execute(_LEASE_RAN_OUT, (rfc3339(at),)).fetchall()
            lost = [from_document(Job, row["doc"]) for row in rows]
            return [_save(connection, moves.reaped(job, at=at, max_attempts=max_attempts)) for job in lost]

    def request_cancel(self, user_id: str, job_id: str, *, at: datetime) -> Job | None:
        with self._database.transaction() as connection:
            job = _load(connection, job_id)
            if job is None or job.user_id != user_id:
                return None
            return job if job.ended else _save(connection, moves.cancelled(job, at=at))

    def delete(self, user_id: str, job_id: str) -> bool:
        return self._database.write(
            "DELETE FROM jobs WHERE job_id = ? AND user_id = ?"
            " AND status IN ('completed', 'failed', 'cancelled')",
            job_id, user_id,
        ) > 0  # fmt: skip

    def delete_all(self, user_id: str) -> list[str]:
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT job_id FROM jobs WHERE user_id = ?", (user_id,)).fetchall()
            connection.execute("DELETE FROM jobs WHERE user_id = ?", (user_id,))
        return [row["job_id"] for row in rows]

    def queue_position(self, job_id: str) -> int:
        row = self._database.row(
            "SELECT (SELECT count(*) FROM jobs WHERE status = 'processing')"
            " + (SELECT count(*) FROM jobs WHERE status = 'queued'"
            "    AND (created_at, number) < (mine.created_at, mine.number)) AS ahead"
            " FROM jobs AS mine WHERE job_id = ? AND status = 'queued'",
            job_id,
        )
        return row["ahead"] if row else 0

    def music_ahead(self, job_id: str) -> Mapping[str, float]:
        rows = self._database.rows(
            "SELECT other.doc AS doc FROM jobs AS mine, jobs AS other"
            " WHERE mine.job_id = ? AND mine.status = 'queued' AND other.status IN ('processing', 'queued')"
            " AND (other.status = 'processing'"
            "  OR (other.created_at, other.number) < (mine.created_at, mine.number))",
            job_id,
        )
        return moves.music_by_engine(from_document(Job, row["doc"]) for row in rows)

    def seconds_per_second(self, engine: str) -> float | None:
        rows = self._database.rows(
            "SELECT doc FROM jobs WHERE status = 'completed' AND engine = ? ORDER BY completed_at DESC LIMIT ?",
            engine, _MEASURED_OVER,
        )  # fmt: skip
        speeds = [moves.speed(from_document(Job, row["doc"])) for row in rows]
        known = [speed for speed in speeds if speed is not None]
        return median(known) if known else None

    def _held(self, job_id: str, fence: int, move: Callable[[Job], Job]) -> Job | None:
        """Save the job as `move` makes it, if the claim with this fence still has it."""
        with self._database.transaction() as connection:
            job = _load(connection, job_id)
            return _save(connection, move(job)) if job and job.held_by(fence) else None


def _load(connection: sqlite3.Connection, job_id: str) -> Job | None:
    row = connection.execute("SELECT doc FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
    return from_document(Job, row["doc"]) if row else None


def _save(connection: sqlite3.Connection, job: Job) -> Job:
    connection.execute("UPDATE jobs SET doc = ? WHERE job_id = ?", (to_document(job), job.job_id))
    return job
