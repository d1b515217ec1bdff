"""The diary: what was read, what it comes to over time, and forgetting it."""

from __future__ import annotations

from museaika.accounts.service import Caller
from museaika.web.here import services
from museaika.web.routes.detect import asked_reading
from museaika.web.routing import Router
from museaika.web.schemas.base import Deleted
from museaika.web.schemas.diary import (
    EntryTold,
    HistoryAsked,
    HistoryTold,
    MoodPath,
    tell_bucket,
    tell_entry,
)
from museaika.web.schemas.feelings import MoodAsked

router = Router("Diary", "What was read before, what it comes to over time, and forgetting it.")


@router.route("get", "/detect/history", HistoryTold)
def history(caller: Caller, query: HistoryAsked) -> HistoryTold:
    """The caller's moods, newest first; with `bucket` their trend"""
    diary = services().diary
    if query.bucket:
        trend = diary.trends(caller.user_id, unit=query.bucket, start=query.start, end=query.end)
        return HistoryTold(items=[tell_bucket(bucket) for bucket in trend])
    page = diary.page(
        caller.user_id,
        start=query.start,
        end=query.end,
        source=query.source,
        cursor=query.cursor,
        limit=query.limit,
    )
    return HistoryTold(items=[tell_entry(entry) for entry in page.items], next_cursor=page.next_cursor)


@router.route("patch", "/detect/history/<mood_id>", EntryTold, fails=(412,))
def correct(caller: Caller, path: MoodPath, body: MoodAsked) -> EntryTold:
    """Put a mood right that was read wrong"""
    return tell_entry(services().diary.correct(caller.user_id, path.mood_id, asked_reading(body)))


@router.route("delete", "/detect/history/<mood_id>", Deleted)
def forget(caller: Caller, path: MoodPath) -> Deleted:
    """Forget one mood"""
    services().diary.forget(caller.user_id, path.mood_id)
    services().replays.delete_all(caller.user_id)  # a remembered answer would remember the mood
    return Deleted(deleted=1)


@router.route("delete", "/detect/history", Deleted)
def forget_all(caller: Caller) -> Deleted:
    """Forget them all"""
    services().replays.delete_all(caller.user_id)
    return Deleted(deleted=services().diary.forget_all(caller.user_id))
