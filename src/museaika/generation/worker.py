"""Takes jobs from the queue, one after the other, and makes them."""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from museaika.clock import Clock, now
from museaika.errors import MuseAIkaError
from museaika.events import JobEnded, JobProgressed, Publisher
from museaika.generation.engines import BUILT_IN, Card, Engine, Made, Stopped, require_installed
from museaika.generation.files import files_of, object_key
from museaika.generation.hold import Hold
from museaika.generation.job import FinalStatus, Job
from museaika.generation.ports import Jobs, Objects, Waker

_log = structlog.get_logger()

LOOK_AGAIN_S = 1.0
"""An idle worker looks for lost jobs so often, and for new ones when no wake-up came."""

FULL_DISK = "The disk of this server is full, so the piece could not be written. Try again later."
OUR_FAULT = (
    "Something broke while this piece was made; that is our fault, not yours. "
    "The server's log says what, under the id of this job. Another seed or style may work."
)


class Worker:
    """Any number of workers may share the stores; `work_dir` is a folder for unfinished work, which they
    may share as well. A job may take as long as its engine's card says, times `patience`. `on_stuck` is called
    when an engine neither returns nor stops: it has to end this process, and somebody start another."""

    def __init__(
        self,
        jobs: Jobs,
        objects: Objects,
        waker: Waker,
        publisher: Publisher,
        engines: Mapping[str, Engine],
        *,
        work_dir: Path,
        cards: Mapping[str, Card] = BUILT_IN,
        patience: float = 1.0,
        on_stuck: Callable[[], None] = lambda: None,
        lease_s: float = 10.0,
        max_attempts: int = 3,
        clock: Clock = now,
    ) -> None:
        self._jobs = jobs
        self._objects = objects
        self._waker = waker
        self._publisher = publisher
        self._engines = engines
        self._work_dir = work_dir
        self._cards = cards
        self._patience = patience
        self._on_stuck = on_stuck
        self._lease_s = lease_s
        self._max_attempts = max_attempts
        self._clock = clock
        self._leaving = threading.Event()

    def run_forever(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a job in hand is then put back unharmed, within about a second."""
        self._leaving = stop
        while not stop.is_set():
            try:
                self.reap()
                if not self.run_one():
                    self._waker.wait(LOOK_AGAIN_S)
            except MuseAIkaError as error:
                _log.error("worker_waits", reason=error.detail)
                stop.wait(LOOK_AGAIN_S)

    def run_one(self) -> bool:
        """Claim the job that waits longest and bring it to an end; False when none waits."""
        job = self._jobs.claim(at=self._clock(), lease_s=self._lease_s)
        if job is None:
            return False
        with structlog.contextvars.bound_contextvars(job_id=job.job_id):
            _log.info("job_claimed", fence=job.fence, attempts=job.attempts)
            folder = self._work_dir / f"{job.job_id}.{job.fence}"
            try:
                self._work(job, folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        return True

    def reap(self) -> list[Job]:
        """Put back, or end, the jobs of workers that were lost, and clear away their unfinished work."""
        reaped = self._jobs.reap(at=self._clock(), max_attempts=self._max_attempts)
        for job in reaped:
            _log.warning("job_reaped", job_id=job.job_id, status=job.status, attempts=job.attempts)
            self._tell(job)
        self._clear_leftovers()
        return reaped

    def _work(self, job: Job, folder: Path) -> None:
        status: FinalStatus = "completed"
        result, error = None, None
        with self._hold(job) as hold:
            try:
                made = self._make(job, folder, hold)
                result = self._store(job, made, hold)
            except Stopped:
                pass
            except Exception as problem:  # noqa: BLE001 — whatever an engine does, its job gets an end
                status, error = "failed", _in_words(problem)
        if hold.let_go or not self._finish(job, status, result, error):
            _log.info("job_let_go", reason=hold.let_go or "lost")
            self._leave_nothing(job)

    def _hold(self, job: Job) -> Hold:
        limit_s = self._cards[job.parameters["engine"]].time_limit_s(job.parameters) * self._patience
        return Hold(
            job, self._jobs, self._publisher, self._leaving, self._lease_s, self._clock,
            limit_s=limit_s, on_stuck=self._on_stuck,
        )  # fmt: skip

    def _make(self, job: Job, folder: Path, hold: Hold) -> list[Made]:
        require_installed(job.parameters["engine"], self._cards)  # it may have been when the job was ordered
        engine, variations = self._engines[job.parameters["engine"]], int(job.parameters["variations"])
        made = []
        for number in range(1, variations + 1):
            place = folder / str(number)
            place.mkdir(parents=True)

            def on_progress(stage: str, fraction: float, done: int = number - 1) -> None:
                hold.report(stage, (done + min(max(fraction, 0.0), 1.0)) / variations * 0.99)

            made.append(engine.make(job.parameters, number, job.material, place, on_progress, hold.should_stop))
        return made

    def _store(self, job: Job, made: list[Made], hold: Hold) -> dict[str, Any]:
        hold.report("storing", 0.99)
        variations = []
        for number, piece in enumerate(made, 1):
            files = {}
            for format_name, path in piece.files.items():
                key = object_key(job.job_id, number, format_name)
                files[format_name] = {"key": key, "bytes": path.stat().st_size}
                self._objects.put(key, path)
                hold.report("storing", 0.99)
            variations.append({"files": files, "metadata": piece.metadata, "plan": piece.plan})
        return {"variations": variations, "metadata": made[0].metadata}

    def _finish(
        self, job: Job, status: FinalStatus, result: Mapping[str, Any] | None, error: str | None
    ) -> bool:
        at = self._clock()
        if not self._jobs.finish(job.job_id, job.fence, status=status, at=at, result=result, error=error):
            return False
        took_s = (at - (job.started_at or at)).total_seconds()
        _log.info("job_ended", status=status, took_s=took_s)
        metadata = result["metadata"] if result else {}
        self._publisher.publish(JobEnded(job.user_id, job.job_id, status, error, metadata))
        return True

    def _leave_nothing(self, job: Job) -> None:
        """Files of a job that nobody will complete are deleted; another worker's stay."""
        present = self._jobs.get(job.job_id)
        if present is None or present.status in ("failed", "cancelled"):
            self._objects.delete_prefix(files_of(job.job_id))

    def _tell(self, job: Job) -> None:
        if job.ended:
            self._publisher.publish(JobEnded(job.user_id, job.job_id, job.status, job.error))
        else:
            self._publisher.publish(JobProgressed(job.user_id, job.job_id, job.progress, job.stage))

    def _clear_leftovers(self) -> None:
        for folder in self._work_dir.glob("gen_*.*"):
            job_id, _, fence = folder.name.rpartition(".")
            job = self._jobs.get(job_id)
            if job is None or not fence.isdigit() or not job.held_by(int(fence)):
                shutil.rmtree(folder, ignore_errors=True)
                _log.info("leftover_cleared", job_id=job_id)


def _in_words(problem: Exception) -> str:
    """The reason a person is given; what is not meant for people goes to the log with its traceback."""
    if isinstance(problem, MuseAIkaError):
        _log.warning("job_not_possible", code=problem.code)
        return problem.detail
    _log.error("job_broke", exc_info=problem)
    full = isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT)
    return FULL_DISK if full else OUR_FAULT
