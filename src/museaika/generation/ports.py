"""What generation asks of its stores and of its queue."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from museaika.generation.job import Job
from museaika.paging import Page


class Jobs(Protocol):
    """Keeps jobs and hands each to one worker at a time.

    Every write of a worker names the fence that it got with its claim; with an older one it returns
    False (or None) and changes nothing.
    """

    def create(self, job: Job, *, max_waiting: int) -> None:
        """Store a queued job. Raises RateLimited when the user has `max_waiting` that have not ended."""
        ...

    def get(self, job_id: str) -> Job | None: ...

    def page(self, user_id: str, *, cursor: str | None = None, limit: int = 20) -> Page[Job]:
        """Newest first. A damaged cursor raises Invalid."""
        ...

    def claim(self, *, at: datetime, lease_s: float) -> Job | None:
        """Take the job that waits longest, with a new fence and a lease; None when nothing waits."""
        ...

    def progress(
        self, job_id: str, fence: int, *, progress: float, stage: str, at: datetime, lease_s: float
    ) -> Literal["go_on", "cancel", "lost"]:
        """Record how far it is and renew the lease; learn whether to go on."""
        ...

    def finish(
        self,
        job_id: str,
        fence: int,
        *,
        status: Literal["completed", "failed", "cancelled"],
        at: datetime,
        result: Mapping[str, Any] | None = None,
        error: str | None = None,
    ) -> bool: ...

    def release(self, job_id: str, fence: int, *, at: datetime) -> bool:
        """Put a claimed job back unharmed, as a worker does that is asked to stop."""
        ...

    def reap(self, *, at: datetime, max_attempts: int) -> list[Job]:
        """Put jobs whose lease ran out back into the queue (or, when too many claims made no progress,
        fail them with a reason, or cancel those that were to be cancelled); return them as they are now."""
        ...

    def request_cancel(self, user_id: str, job_id: str, *, at: datetime) -> Job | None:
        """Cancel a waiting job at once, mark a running one; return it as it is now, None if unknown."""
        ...

    def delete(self, user_id: str, job_id: str) -> bool:
        """Remove a job that has ended."""
        ...

    def delete_all(self, user_id: str) -> list[str]:
        """Remove all of a user's jobs, whatever they do; return their ids so that the files can follow."""
        ...

    def queue_position(self, job_id: str) -> int:
        """How many waiting or running jobs are ahead; 0 when it runs, has ended or is next."""
        ...

    def music_ahead(self, job_id: str) -> Mapping[str, float]:
        """Seconds of music, by engine, that jobs ahead of a waiting one have still to make; else empty."""
        ...

    def seconds_per_second(self, engine: str) -> float | None:
        """Median working seconds per second of music over an engine's latest completed jobs, None before
        any."""
        ...


class Objects(Protocol):
    """Keeps files under keys such as `gen_…/piece.mp3`; a write is seen whole or not at all."""

    def put(self, key: str, source: Path) -> None: ...

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """A seekable binary file. Raises KeyError when there is none."""
        ...

    def size(self, key: str) -> int | None: ...

    def free_bytes(self) -> int | None:
        """How much more fits; None where there is no telling."""
        ...

    def delete_prefix(self, prefix: str) -> int: ...


class Waker(Protocol):
    """Tells some idle worker that a job waits; losing the message costs time, never the job."""

    def wake(self) -> None: ...

    def wait(self, timeout_s: float) -> bool:
        """Sleep until woken or `timeout_s` passed; True when woken."""
        ...
