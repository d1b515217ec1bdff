"""What a person can do with generation: ask for a piece, follow it, fetch it, call it off, remove it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4

import structlog

from museaika.clock import Clock, now
from museaika.errors import Conflict, FieldError, Invalid, NotFound, Unavailable
from museaika.events import JobEnded, Publisher
from museaika.generation.asking import plan_of, request_of, with_defaults
from museaika.generation.engines import BUILT_IN, Card, refuse_what_it_cannot, require_installed
from museaika.generation.files import Download, expected_bytes, files_of, find_format
from museaika.generation.job import Job, music_left_s
from museaika.generation.ports import Jobs, Objects, Waker
from museaika.paging import Page

_log = structlog.get_logger()


class GenerationService:
    def __init__(
        self,
        jobs: Jobs,
        objects: Objects,
        waker: Waker,
        publisher: Publisher,
        *,
        max_waiting: int,
        keep_free_bytes: int = 0,
        workers: int = 1,
        engines: Mapping[str, Card] = BUILT_IN,
        clock: Clock = now,
    ) -> None:
        self.engines = engines
        self._jobs = jobs
        self._objects = objects
        self._waker = waker
        self._publisher = publisher
        self._max_waiting = max_waiting
        self._keep_free_bytes = keep_free_bytes
        self._workers = max(workers, 1)
        self._clock = clock

    def submit(self, user_id: str, parameters: Mapping[str, Any]) -> Job:
        """Accept a job; once this returns, it will reach an end. What is left open is filled in, the seed
        included.

        Raises:
            Invalid: something can't be composed, or `extend` names no piece of this person's.
            Conflict: the piece to extend is not completed.
            RateLimited: too many of this person's jobs have not ended.
            Unavailable: the files would not fit.
        """
        asked = with_defaults(parameters)
        require_installed(asked["engine"], self.engines)
        engine = self.engines[asked["engine"]]
        refuse_what_it_cannot(engine, asked)
        asked.setdefault("stems", "stems" not in engine.cannot)
        material = self._material(user_id, asked.get("extend"))
        plan = plan_of(request_of(asked, material=material))
        self._require_room(expected_bytes(asked))
        at = self._clock()
        job = Job(f"gen_{uuid4()}", user_id, asked, at, at, plan=plan, material=material)
        self._jobs.create(job, max_waiting=self._max_waiting)
        _log.info("job_accepted", job_id=job.job_id, engine=asked["engine"], length_s=asked["length"])
        self._waker.wake()
        return job

    def get(self, user_id: str, job_id: str) -> Job:
        """Raises NotFound for an unknown job and for other people's."""
        job = self._jobs.get(job_id)
        if job is None or job.user_id != user_id:
            raise _no_job()
        return job

    def page(self, user_id: str, cursor: str | None = None, limit: int = 20) -> Page[Job]:
        """Newest first. Raises Invalid for a damaged cursor."""
        return self._jobs.page(user_id, cursor=cursor, limit=limit)

    def queue_position(self, job: Job) -> int:
        """How many jobs are ahead of it."""
        return self._jobs.queue_position(job.job_id)

    def estimate_s(self, job: Job) -> float:
        """Seconds until it should be done, what is ahead of it included: each by the speed of its engine's
        latest completed jobs."""
        if job.ended:
            return 0.0
        ahead = self._jobs.music_ahead(job.job_id)
        ahead_s = sum(self._speed(engine) * music_s for engine, music_s in ahead.items())
        return round(ahead_s / self._workers + self._speed(job.parameters["engine"]) * music_left_s(job), 1)

    def cancel_or_remove(self, user_id: str, job_id: str) -> Job | None:
        """Cancel a waiting or running job and return it; remove an ended one with its files (None)."""
        job = self.get(user_id, job_id)
        if job.ended:
            self._objects.delete_prefix(files_of(job_id))
            self._jobs.delete(user_id, job_id)
            return None
        cancelled = self._jobs.request_cancel(user_id, job_id, at=self._clock())
        if cancelled is None:
            raise _no_job()
        if cancelled.status == "cancelled":
            self._publisher.publish(JobEnded(user_id, job_id, "cancelled"))
        return cancelled

    def download(self, user_id: str | None, job_id: str, format: str, variation: int = 1) -> Download:
        """A file of a completed job; `user_id` None means that a signed link stands for the owner.

        Raises:
            NotFound: no such job, variation, or file. Conflict: not completed. Invalid: unknown format.
        """
        known = find_format(format)
        job = self._jobs.get(job_id)
        if job is None or user_id not in (None, job.user_id):
            raise _no_job()
        if job.result is None:
            raise _not_ready(job)
        variations = job.result["variations"]
        file = variations[variation - 1]["files"].get(format) if 0 < variation <= len(variations) else None
        size = self._objects.size(file["key"]) if file else None
        if file is None or size is None:
            raise NotFound(_no_file(job, self.engines[job.parameters["engine"]], format, variation))
        return Download(
            open=partial(self._objects.open, file["key"]),
            size=size,
            content_type=known.content_type,
            filename=_file_name(job, variation, known.file_name),
            etag=f"{job_id}-{variation}-{format}",
        )

    def erase(self, user_id: str) -> int:
        """Remove all of a person's jobs and files, the running ones too; return how many jobs. The files go
        first, so that an interrupted erasure can be repeated."""
        cursor = None
        while True:
            page = self._jobs.page(user_id, cursor=cursor, limit=100)
            for job in page.items:
                self._objects.delete_prefix(files_of(job.job_id))
            cursor = page.next_cursor
            if cursor is None:
                break
        removed = self._jobs.delete_all(user_id)
        for job_id in removed:  # again: a worker may have stored its files just now
            self._objects.delete_prefix(files_of(job_id))
        return len(removed)

    def _require_room(self, needed: int) -> None:
        free = self._objects.free_bytes()
        if free is not None and free < needed + self._keep_free_bytes:
            _log.error("disk_nearly_full", free_bytes=free, needed_bytes=needed)
            raise Unavailable(
                "The disk of this server is nearly full, so there is no room for this piece. Remove some "
                "that are no longer needed, or ask for a shorter one or one without stems.",
                code="disk_full", retry_after_s=60.0,
            )  # fmt: skip

    def _speed(self, engine: str) -> float:
        return self._jobs.seconds_per_second(engine) or self.engines[engine].first_guess

    def _material(self, user_id: str, extended: str | None) -> Mapping[str, Any] | None:
        if extended is None:
            return None
        job = self._jobs.get(extended)
        if job is None or job.user_id != user_id:
            message = "extend is the job_id of a completed piece of your own. GET /generate lists them."
            raise Invalid(message, errors=(FieldError(("extend",), message),))
        if job.result is None:
            raise _not_ready(job)
        plan: Mapping[str, Any] = job.result["variations"][0]["plan"]
        if not plan:
            message = "This piece has no score, so none can go on from it. Extend a composed one."
            raise Invalid(message, errors=(FieldError(("extend",), message),))
        return plan


def _no_job() -> NotFound:
    return NotFound("There is no such piece of yours. GET /generate lists them.")


def _no_file(job: Job, engine: Card, format: str, variation: int) -> str:
    variations = job.result["variations"] if job.result else []
    if not 0 < variation <= len(variations) or format in variations[variation - 1]["files"]:
        return f"This piece has no {format} of variation {variation}."
    if format == "stems" and format not in engine.cannot:
        return (
            "This piece was ordered without stems. POST /generate with its parameters, its "
            f'seed ({job.parameters["seed"]}) among them, and "stems": true gives the same piece with them.'
        )
    there = ", ".join(variations[variation - 1]["files"])
    return f"The engine '{job.parameters['engine']}' makes no {format}: this piece comes as {there}."


def _not_ready(job: Job) -> Conflict:
    if job.ended:
        return Conflict(f"This piece ended as {job.status}: there is nothing to fetch.", code="not_ready")
    message = "This piece is not done yet. Ask again in a moment, or follow its events."
    return Conflict(message, code="not_ready", retry_after_s=2.0)


def _file_name(job: Job, variation: int, file_name: str) -> str:
    """For a person's downloads folder: `calm-1b2c3d4e.mp3`, `calm-1b2c3d4e-2-stems.zip`."""
    stem, _, ending = file_name.partition(".")
    several = len((job.result or {})["variations"]) > 1
    parts = [job.parameters["mood"], job.job_id.removeprefix("gen_")[:8]]
    parts += [str(variation)] if several else []
    parts += [stem] if stem != "piece" else []
    return "-".join(parts) + f".{ending}"
