"""Generation jobs in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from statistics import median
from typing import Any, Literal

from museaika.generation import job as moves
from museaika.generation.job import FinalStatus, Job
from museaika.paging import Page
from museaika.storage.memory.paging import newest_first


class MemoryJobs:
    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def create(self, job: Job, *, max_waiting: int) -> None:
        with self._lock:
            if sum(j.user_id == job.user_id and not j.ended for j in self._jobs.values()) >= max_waiting:
                raise moves.too_many_waiting(max_waiting)
            self._jobs[job.job_id] = job

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def page(self, user_id: str, *, cursor: str | None = None, limit: int = 20) -> Page[Job]:
        with self._lock:
            theirs = [job for job in self._jobs.values() if job.user_id == user_id]
        return newest_first(theirs, lambda job: (job.created_at, job.job_id), cursor, limit)

    def claim(self, *, at: datetime, lease_s: float) -> Job | None:
        with self._lock:
            waiting = self._waiting()
            return self._save(moves.claimed(waiting[0], at=at, lease_s=lease_s)) if waiting else None

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
        with self._lock:
            lost = [job for job in self._jobs.values() if job.lease_until and job.lease_until < at]
            return [self._save(moves.reaped(job, at=at, max_attempts=max_attempts)) for job in lost]

    def request_cancel(self, user_id: str, job_id: str, *, at: datetime) -> Job | None:
        with self._lock:
            job = self._jobs.get(job_id)
            return self._save(moves.cancelled(job, at=at)) if job and job.user_id == user_id else None

    def delete(self, user_id: str, job_id: str) -> bool:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.user_id != user_id or not job.ended:
                return False
            del self._jobs[job_id]
            return True

    def delete_all(self, user_id: str) -> list[str]:
        with self._lock:
            theirs = [job.job_id for job in self._jobs.values() if job.user_id == user_id]
            for job_id in theirs:
                del self._jobs[job_id]
        return theirs

    def queue_position(self, job_id: str) -> int:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.status != "queued":
                return 0
            running = sum(other.status == "processing" for other in self._jobs.values())
            return running + self._waiting().index(job)

    def music_ahead(self, job_id: str) -> Mapping[str, float]:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.status != "queued":
                return {}
            waiting = self._waiting()
            running = [other for other in self._jobs.values() if other.status == "processing"]
            return moves.music_by_engine((*running, *waiting[: waiting.index(job)]))

    def seconds_per_second(self, engine: str) -> float | None:
        with self._lock:
            speeds = [moves.speed(job) for job in self._jobs.values() if job.parameters.get("engine") == engine]
        known = [speed for speed in speeds if speed is not None]
        return median(known) if known else None

    def _waiting(self) -> list[Job]:
        waiting = [job for job in self._jobs.values() if job.status == "queued"]
        return sorted(waiting, key=lambda job: job.created_at)

    def _held(self, job_id: str, fence: int, move: Callable[[Job], Job]) -> Job | None:
        with self._lock:
            job = self._jobs.get(job_id)
            return self._save(move(job)) if job and job.held_by(fence) else None

    def _save(self, job: Job) -> Job:
        self._jobs[job.job_id] = job
        return job
