"""One page of a list that lies in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from museaika.clock import rfc3339
from museaika.paging import Page
from museaika.storage.cursors import read_cursor, write_cursor

T = TypeVar("T")


def newest_first(
    items: Iterable[T], place: Callable[[T], tuple[datetime, str]], cursor: str | None, limit: int
) -> Page[T]:
    """The `limit` items after `cursor`, by `place` (time and id) from the newest on."""
    ordered = sorted(items, key=place, reverse=True)
    if cursor is not None:
        at, item_id = read_cursor(cursor)
        before = (datetime.fromisoformat(at), item_id)
        ordered = [item for item in ordered if place(item) < before]
    if len(ordered) <= limit:
        return Page(ordered)
    at_last, last_id = place(ordered[limit - 1])
    return Page(ordered[:limit], write_cursor(rfc3339(at_last), last_id))
