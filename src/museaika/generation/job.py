"""A generation job, and which way it may go: queued → processing → completed, failed or cancelled.

The stored job is the truth; a queue only wakes a worker. A worker claims a job for a while (a lease) and
gets a number (a fence) that grows with every claim. Every later write carries the fence, so a worker that
was thought dead, and comes back, changes nothing. The functions below are the moves; stores do nothing
but look up, compare and save around them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from museaika.errors import RateLimited

Status = Literal["queued", "processing", "completed", "failed", "cancelled"]
FinalStatus = Literal["completed", "failed", "cancelled"]

TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    "queued": frozenset({"processing", "cancelled", "failed"}),
    "processing": frozenset({"queued", "completed", "failed", "cancelled"}),
    "completed": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}

WORTH_ANOTHER_TRY = 0.1
"""A claim that was lost but got this much further than any before it does not count as an attempt."""

GAVE_UP = (
    "The workers that took this on were lost before they could finish it, several times over. "
    "Try a shorter piece, or ask whoever runs this server to look at its workers."
)


@dataclass(frozen=True, slots=True)
class Job:
    """`parameters` as they were asked, validated; `progress` 0…1, the furthest that any claim got, and
    `claimed_progress` what it was at the latest claim; `plan` what is decided before the first note,
    for people, `material` the composer's own plan of a piece that this one goes on with; `result` what a
    completed job made; `attempts` counts the claims that ended without progress."""

    job_id: str
    user_id: str
    parameters: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    status: Status = "queued"
    stage: str = "queued"
    progress: float = 0.0
    claimed_progress: float = 0.0
    fence: int = 0
    attempts: int = 0
    lease_until: datetime | None = None
    cancel_requested: bool = False
    started_at: datetime | None = None
    completed_at: datetime | None = None
    plan: Mapping[str, Any] = field(default_factory=dict)
    material: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None
    error: str | None = None

    @property
    def ended(self) -> bool:
        return not TRANSITIONS[self.status]

    def held_by(self, fence: int) -> bool:
        """Whether the worker that got this fence still has the job."""
        return self.status == "processing" and self.fence == fence


def claimed(job: Job, *, at: datetime, lease_s: float) -> Job:
    """A worker takes it on, under the next fence."""
    return _moved(
        job,
        "processing",
        at,
        stage="starting",
        fence=job.fence + 1,
        lease_until=at + timedelta(seconds=lease_s),
        started_at=at,
        claimed_progress=job.progress,
    )


def progressed(job: Job, *, progress: float, stage: str, at: datetime, lease_s: float) -> Job:
    """It got further (never back: a second start is shown once it overtakes the first)."""
    return replace(
        job,
        progress=min(max(job.progress, progress), 1.0),
        stage=stage,
        updated_at=at,
        lease_until=at + timedelta(seconds=lease_s),
    )


def ended(
    job: Job,
    status: FinalStatus,
    *,
    at: datetime,
    result: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> Job:
    """It reaches a status that it never leaves."""
    progress = 1.0 if status == "completed" else job.progress
    return _moved(
        job, status, at, stage=status, progress=progress, lease_until=None, completed_at=at, result=result,
        error=error,
    )  # fmt: skip


def released(job: Job, *, at: datetime) -> Job:
    """Its worker puts it back unharmed."""
    return _moved(job, "queued", at, stage="queued", lease_until=None)


def reaped(job: Job, *, at: datetime, max_attempts: int) -> Job:
    """Its worker was lost: once more from the queue, or the end."""
    if job.cancel_requested:
        return ended(job, "cancelled", at=at)
    moved_on = job.progress - job.claimed_progress >= WORTH_ANOTHER_TRY
    attempts = 0 if moved_on else job.attempts + 1
    if attempts >= max_attempts:
        return ended(replace(job, attempts=attempts), "failed", at=at, error=GAVE_UP)
    return replace(released(job, at=at), attempts=attempts)


def cancelled(job: Job, *, at: datetime) -> Job:
    """Its owner no longer wants it: a waiting job ends at once, a running one is told; an ended one stays."""
    if job.status == "queued":
        return ended(job, "cancelled", at=at)
    if job.status == "processing":
        return replace(job, cancel_requested=True, updated_at=at)
    return job


def seconds_of_music(result: Mapping[str, Any]) -> float:
    """How long all variations of a completed job's `result` are together."""
    return sum(float(variation["metadata"]["duration_s"]) for variation in result["variations"])


def music_left_s(job: Job) -> float:
    """Seconds of music that are still to be made, all variations together."""
    asked = job.parameters
    return float(asked["length"]) * int(asked.get("variations", 1)) * (1.0 - job.progress)


def music_by_engine(jobs: Iterable[Job]) -> dict[str, float]:
    """Seconds of music that are still to be made, by engine; the order of `jobs` is of no matter."""
    left: dict[str, list[float]] = {}
    for job in jobs:
        left.setdefault(job.parameters["engine"], []).append(music_left_s(job))
    return {engine: math.fsum(seconds) for engine, seconds in left.items()}


def speed(job: Job) -> float | None:
    """Working seconds per second of music of a completed job; None where it can't be told."""
    if job.result is None or job.started_at is None or job.completed_at is None:
        return None
    music_s = seconds_of_music(job.result)
    return (job.completed_at - job.started_at).total_seconds() / music_s if music_s > 0 else None


def too_many_waiting(limit: int) -> RateLimited:
    """What a person is told who has as many unfinished jobs as allowed."""
    return RateLimited(
        f"You have {limit} pieces in the making, which is as many as fit. Wait for one, or cancel one.",
        code="too_many_jobs",
        retry_after_s=10.0,
    )


def _moved(job: Job, status: Status, at: datetime, **changes: Any) -> Job:
    if status not in TRANSITIONS[job.status]:
        raise ValueError(f"a job that is {job.status} can't become {status}")
    return replace(job, status=status, updated_at=at, **changes)
