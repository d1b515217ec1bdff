"""A worker's hold on the job it claimed.

While the worker works, a thread of the hold is the only one that writes to the job: a few times a second
it passes progress on, renews the lease, and looks whether the job is still wanted. When it is not, the
hold settles that with the store at once and lets go, and the worker stops as soon as it notices.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from types import TracebackType
from typing import Literal

import structlog

from museaika.clock import Clock
from museaika.errors import MuseAIkaError
from museaika.events import JobEnded, JobProgressed, Publisher
from museaika.generation.engines import Stopped
from museaika.generation.job import Job
from museaika.generation.ports import Jobs

_log = structlog.get_logger()

BEAT_S = 0.25
"""At most four writes a second, and a cancelled job ends well within one."""


class Hold:
    """Keeps the claimed `job` while inside `with`; `leaving` is set when the worker has to go.

    `let_go` becomes "cancelled" (its owner no longer wants it), "released" (put back because the worker
    leaves) or "lost" (another has it, or it is gone).
    """

    def __init__(
        self, job: Job, jobs: Jobs, publisher: Publisher, leaving: threading.Event, lease_s: float, clock: Clock
    ) -> None:
        self.job = job
        self.let_go: Literal["cancelled", "released", "lost"] | None = None
        self._jobs = jobs
        self._publisher = publisher
        self._leaving = leaving
        self._lease = timedelta(seconds=lease_s)
        self._clock = clock
        self._now = (job.progress, "starting")
        self._written = self._now
        self._written_at = clock()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"hold-{job.job_id}", daemon=True)

    def __enter__(self) -> Hold:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def report(self, stage: str, progress: float) -> None:
        """Note how far the whole job is; raises Stopped when there is no point in going on."""
        self._now = (max(self._now[0], progress), stage)
        if self.should_stop():
            raise Stopped

    def should_stop(self) -> bool:
        return self.let_go is not None

    def _beat(self) -> None:
        while self.let_go is None and not self._done.wait(BEAT_S):
            try:
                self._settle() if self._leaving.is_set() else self._tell()
            except MuseAIkaError as error:
                _log.warning("job_not_reached", job_id=self.job.job_id, reason=error.detail)
                if self._clock() > self._written_at + self._lease:
                    self.let_go = "lost"

    def _settle(self) -> None:
        kept = self._jobs.release(self.job.job_id, self.job.fence, at=self._clock())
        self.let_go = "released" if kept else "lost"

    def _tell(self) -> None:
        at, told = self._clock(), self._now
        if told != self._written or at - self._written_at > self._lease / 3:
            verdict = self._write(told, at)
        else:
            verdict = self._look()
        if verdict == "lost":
            self.let_go = "lost"
        elif verdict == "cancel":
            self._cancel(at)

    def _write(self, told: tuple[float, str], at: datetime) -> Literal["go_on", "cancel", "lost"]:
        progress, stage = told
        verdict = self._jobs.progress(
            self.job.job_id,
            self.job.fence,
            progress=progress,
            stage=stage,
            at=at,
            lease_s=self._lease.total_seconds(),
        )
        if verdict == "go_on" and told != self._written:
            self._publisher.publish(JobProgressed(self.job.user_id, self.job.job_id, progress, stage))
        self._written, self._written_at = told, at
        return verdict

    def _look(self) -> Literal["go_on", "cancel", "lost"]:
        job = self._jobs.get(self.job.job_id)
        if job is None or not job.held_by(self.job.fence):
            return "lost"
        return "cancel" if job.cancel_requested else "go_on"

    def _cancel(self, at: datetime) -> None:
        ended = self._jobs.finish(self.job.job_id, self.job.fence, status="cancelled", at=at)
        self.let_go = "cancelled" if ended else "lost"
        if ended:
            self._publisher.publish(JobEnded(self.job.user_id, self.job.job_id, "cancelled"))
