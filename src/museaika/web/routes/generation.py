"""Music on order: ask, wait or watch, fetch."""

from __future__ import annotations

import math

from flask import Response

from museaika.accounts.service import Caller
from museaika.composition.brief import INSTRUMENTS, METRES, MODES, STYLES
from museaika.composition.score import PITCH_NAMES_SHARP
from museaika.generation.files import FORMATS
from museaika.generation.job import Job
from museaika.mood.vocabulary import MOODS
from museaika.web.auth import caller as who_calls
from museaika.web.here import links, seats, services
from museaika.web.routing import Reply, Router
from museaika.web.schemas.base import ListOf, Paged
from museaika.web.schemas.generation import (
    DownloadAsked,
    EngineTold,
    JobPath,
    JobTold,
    OptionsTold,
    PieceAsked,
    RemovalTold,
    tell_job,
)
from museaika.web.streaming import JobEvents, send_download, send_events

router = Router("Generation", "Music on order: ask, wait or watch, fetch.", feature="generation")

MEDIA_TYPES = tuple(kind.content_type for kind in FORMATS.values())
ASK_AGAIN_S = (1, 30)
"""Bounds for Retry-After while a piece is in the making."""


@router.route("post", "/generate", JobTold, status=202, replay=lambda _: True)
def order(caller: Caller, body: PieceAsked) -> Reply:
    """Order a piece of music"""
    job = services().generation.submit(caller.user_id, body.resolved())
    told = _tell(job)
    wait = min(max(math.ceil(told.estimated_time or 0), ASK_AGAIN_S[0]), ASK_AGAIN_S[1])
    return Reply(told, headers={"Location": f"/api/v1/generate/{job.job_id}", "Retry-After": str(wait)})


@router.route("get", "/generate", ListOf[JobTold])
def orders(caller: Caller, query: Paged) -> ListOf[JobTold]:
    """The caller's jobs, newest first"""
    page = services().generation.page(caller.user_id, query.cursor, query.limit)
    return ListOf[JobTold](items=[_tell(job) for job in page.items], next_cursor=page.next_cursor)


@router.route("get", "/generate/options", OptionsTold, signed_in=False)
def options() -> OptionsTold:
    """What a piece can be asked to be"""
    return OptionsTold(
        moods=list(MOODS),
        styles=list(STYLES),
        instruments=list(INSTRUMENTS),
        keys=[f"{tonic} {mode}" for mode in ("major", "minor") for tonic in PITCH_NAMES_SHARP],
        modes=list(MODES),
        metres=[f"{beats}/{unit}" for beats, unit in METRES],
        formats=list(FORMATS),
        engines=[
            EngineTold(
                name=engine.name,
                description=engine.description,
                installed=engine.installed,
                install=None if engine.installed else engine.install,
                cannot=sorted(engine.cannot),
            )
            for engine in services().generation.engines.values()
        ],
    )


@router.route("get", "/generate/<job_id>", JobTold)
def order_state(caller: Caller, path: JobPath) -> JobTold:
    """How far a job is; once completed, where its files are"""
    return _tell(services().generation.get(caller.user_id, path.job_id))


@router.route("delete", "/generate/<job_id>", RemovalTold)
def withdraw(caller: Caller, path: JobPath) -> RemovalTold:
    """Cancel a job that has not ended, remove one that has"""
    job = services().generation.cancel_or_remove(caller.user_id, path.job_id)
    if job is None:
        return RemovalTold(job_id=path.job_id, status="removed")
    return RemovalTold(job_id=path.job_id, status="cancelled" if job.ended else "cancelling")


@router.route("get", "/generate/<job_id>/events", produces=("text/event-stream",))
def watch(caller: Caller, path: JobPath) -> Response:
    """Server-sent events of a job: `progress` …, then `complete`, `failed` or `cancelled`"""
    generation, clock, signed = services().generation, services().clock, links()
    room = seats()

    def look() -> Job:
        return generation.get(caller.user_id, path.job_id)

    def tell(job: Job) -> JobTold:
        left = None if job.ended else generation.estimate_s(job)
        position = 0 if job.ended else generation.queue_position(job)
        return tell_job(job, estimate_s=left, position=position, links=signed, at=clock())

    look()
    room.take(caller.user_id)
    events = JobEvents(services().bus, look, caller.session_id)
    return send_events(events, tell, lambda: room.leave(caller.user_id))


@router.route(
    "get", "/generate/<job_id>/download", produces=MEDIA_TYPES, signed_in=False, fails=(401, 403, 409, 412, 416)
)
def download(path: JobPath, query: DownloadAsked) -> Response:
    """A file of a completed job, by its owner or by a signed link; ranges are served"""
    owner = None
    if query.token:
        links().check(query.token, path.job_id, query.format, query.variation, services().clock())
    else:
        owner = who_calls().user_id
    return send_download(services().generation.download(owner, path.job_id, query.format, query.variation))


def _tell(job: Job) -> JobTold:
    generation = services().generation
    return tell_job(
        job,
        estimate_s=None if job.ended else generation.estimate_s(job),
        position=0 if job.ended else generation.queue_position(job),
        links=links(),
        at=services().clock(),
    )
