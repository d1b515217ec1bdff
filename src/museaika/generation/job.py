"""A generation job, and which way it may go: queued → processing → completed, failed or cancelled.

The stored job is the truth; a queue only wakes a worker. A worker claims a job for a while (a lease) and
gets a number (a fence) that grows with every claim. Every later write carries the fence, so a worker that
was thought dead, and comes back, changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Status = Literal["queued", "processing", "completed", "failed", "cancelled"]

TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    "queued": frozenset({"processing", "cancelled", "failed"}),
    "processing": frozenset({"queued", "completed", "failed", "cancelled"}),
    "completed": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Job:
    """`parameters` as they were asked, validated; `progress` 0…1; `result` the metadata and file sizes of
    a completed job; `attempts` counts the claims that ended without progress."""

    job_id: str
    user_id: str
    parameters: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    status: Status = "queued"
    stage: str = "queued"
    progress: float = 0.0
    fence: int = 0
    attempts: int = 0
    lease_until: datetime | None = None
    cancel_requested: bool = False
    started_at: datetime | None = None
    completed_at: datetime | None = None
    plan: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] | None = None
    error: str | None = None

    @property
    def ended(self) -> bool:
        return not TRANSITIONS[self.status]
