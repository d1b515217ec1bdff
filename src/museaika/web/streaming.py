"""Answers that do not fit into one string: files with ranges, and events as they happen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from typing import Any

from flask import Response, request
from pydantic import BaseModel
from werkzeug.wsgi import wrap_file

from museaika.errors import NotFound, VersionConflict
from museaika.events import Event, JobEnded, JobProgressed, Publisher, SessionEnded
from museaika.generation.files import Download
from museaika.generation.job import Job

CHUNK = 64 * 1024
LOOK_EVERY_S = 1.0
KEEP_ALIVE_S = 10.0
ONE_RANGE = re.compile(r"bytes=(?:(\d+)-(\d*)|-\d+)")
EVENT_NAMES = {"completed": "complete", "failed": "failed", "cancelled": "cancelled"}


def send_download(download: Download) -> Response:
    """Send a stored file: whole, in the range that was asked for, or not at all where the ETag is known."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(download.open())
        except KeyError:
            raise NotFound("This file was removed just now.") from None
        response = Response(wrap_file(request.environ, file, CHUNK), mimetype=download.content_type)
        response.content_length = download.size
        response.set_etag(download.etag)
        response.headers.set("Content-Disposition", "attachment", filename=download.filename)
        response.headers["Cache-Control"] = "private, max-age=3600"
        if request.if_match and not request.if_match.contains(download.etag):
            raise VersionConflict("This file is another one than the one that If-Match names.")
        response.make_conditional(_with_a_range_we_serve(), accept_ranges=True, complete_length=download.size)
        response.call_on_close(stack.pop_all().close)
    return response


def _with_a_range_we_serve() -> dict[str, Any]:
    """This request, without a `Range` that is not well-formed, counts in another unit or names several parts:
    such a one is ignored, and the whole file is sent (RFC 9110, 14.2)."""
    environ = dict(request.environ)
    match = ONE_RANGE.fullmatch(environ.get("HTTP_RANGE", "").strip())
    if not match or (match[2] and int(match[1]) > int(match[2])):
        environ.pop("HTTP_RANGE", None)
    return environ


class JobEvents:
    """The events of one job, from its present state to its end.

    They are told by the bus, and looked up every second in case the bus lost one. The stream ends with
    the job, when the job is removed, or when the sign-in that opened it is revoked.
    """

    def __init__(self, bus: Publisher, look: Callable[[], Job], session_id: str) -> None:
        self._look = look
        self._news: SimpleQueue[Event] = SimpleQueue()
        self._session_id = session_id
        self._job = look()
        self._stop = bus.subscribe(self._heard)

    def __iter__(self) -> Iterator[Job | None]:
        """Each state that differs from the last, and None when nothing happened for a while."""
        quiet_since = time.monotonic()
        yield self._job
        while not self._job.ended:
            try:
                if isinstance(self._news.get(timeout=LOOK_EVERY_S), SessionEnded):
                    return
            except Empty:
                pass
            job = self._look()
            if (job.status, job.progress, job.stage) != (self._job.status, self._job.progress, self._job.stage):
                self._job, quiet_since = job, time.monotonic()
                yield job
            elif time.monotonic() - quiet_since > KEEP_ALIVE_S:
                quiet_since = time.monotonic()
                yield None

    def close(self) -> None:
        self._stop()

    def _heard(self, event: Event) -> None:
        if isinstance(event, SessionEnded):
            about_us = event.user_id == self._job.user_id and event.session_id in (None, self._session_id)
        else:
            about_us = isinstance(event, JobProgressed | JobEnded) and event.job_id == self._job.job_id
        if about_us:
            self._news.put(event)


def send_events(events: JobEvents, tell: Callable[[Job], BaseModel], release: Callable[[], None]) -> Response:
    """Send a job's states as server-sent events: `progress`, then one of `complete`, `failed`, `cancelled`."""

    def lines() -> Iterator[str]:
        try:
            for job in events:
                if job is None:
                    yield ": still there\n\n"
                    continue
                name = EVENT_NAMES.get(job.status, "progress")
                yield f"event: {name}\ndata: {tell(job).model_dump_json()}\n\n"
        except NotFound:
            yield 'event: cancelled\ndata: {"status": "removed"}\n\n'

    def done() -> None:
        events.close()
        release()

    response = Response(lines(), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(done)
    return response
