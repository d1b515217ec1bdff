"""A worker's hold on the job it claimed.

While the worker works, a thread of the hold is the only one that writes to the job: a few times a second
it passes progress on, renews the lease, and looks whether the job is still wanted and within its time. When
it is not, the hold settles that with the store at once and lets go, and the worker stops as soon as it
notices. One that does not notice hangs in a call that never returns: no thread can be ended from outside, so
the hold then asks for an end of the whole process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Literal

import structlog

from museaika.clock import Clock
from museaika.errors import MuseAIkaError
from museaika.events import JobEnded, JobProgressed, Publisher
from museaika.generation.engines import Stopped
from museaika.generation.job import FinalStatus, Job
from museaika.generation.ports import Jobs

_log = structlog.get_logger()

BEAT_S = 0.25
"""At most four writes a second, and a cancelled job ends well within one."""

STUCK_AFTER_S = 10.0
"""A worker that goes on for so long with a job that was let go of will not come back."""

TOOK_TOO_LONG = (
    "This took longer than the {minutes:.3g} minutes that the engine '{engine}' has for a piece of this "
    "length, so it was stopped. Try a shorter piece or another engine, or ask whoever runs this server to "
    "raise JOB_PATIENCE."
)


class Hold:
    """Keeps the claimed `job` while inside `with`; `leaving` is set when the worker has to go.

    `let_go` becomes "cancelled" (its owner no longer wants it), "released" (put back because the worker
    leaves), "overdue" (failed, after `limit_s` seconds) or "lost" (another has it, or it is gone). If the
    work goes on all the same, `on_stuck` is called; it is expected to end this process.
    """

    def __init__(
        self,
        job: Job,
        jobs: Jobs,
        publisher: Publisher,
        leaving: threading.Event,
        lease_s: float,
        clock: Clock,
        *,
        limit_s: float,
        on_stuck: Callable[[], None],
    ) -> None:
        self.job = job
        self.let_go: Literal["cancelled", "released", "overdue", "lost"] | None = None
        self._jobs = jobs
        self._publisher = publisher
        self._leaving = leaving
        self._lease = timedelta(seconds=lease_s)
        self._clock = clock
        self._limit_s = limit_s
        self._deadline = time.monotonic() + limit_s
        self._on_stuck = on_stuck
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
                self._take_turn()
            except MuseAIkaError as error:
                _log.warning("job_not_reached", job_id=self.job.job_id, reason=error.detail)
                if self._clock() > self._written_at + self._lease:
                    self.let_go = "lost"
        if not self._done.wait(STUCK_AFTER_S):
            _log.error("worker_stuck", job_id=self.job.job_id, after=self.let_go)
            self._on_stuck()

    def _take_turn(self) -> None:
        if self._leaving.is_set():
            self._settle()
        elif time.monotonic() > self._deadline:
            self._give_up()
        else:
            self._tell()

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
        self.let_go = "cancelled" if self._end("cancelled", at) else "lost"

    def _give_up(self) -> None:
        error = TOOK_TOO_LONG.format(minutes=self._limit_s / 60, engine=self.job.parameters["engine"])
        _log.error("job_overdue", job_id=self.job.job_id, limit_s=self._limit_s, stage=self._now[1])
        self.let_go = "overdue" if self._end("failed", self._clock(), error) else "lost"

    def _end(self, status: FinalStatus, at: datetime, error: str | None = None) -> bool:
        if not self._jobs.finish(self.job.job_id, self.job.fence, status=status, at=at, error=error):
            return False
        self._publisher.publish(JobEnded(self.job.user_id, self.job.job_id, status, error))
        return True
