"""Where the next page begins: the time and the id of the last item given, opaque to the caller.

A cursor names an item's place and not a count, so that new items in front of it shift nothing.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime

from museaika.errors import Invalid


def write_cursor(at: str, item_id: str) -> str:
    """`at` is the item's time as stored (RFC 3339 with milliseconds)."""
    return base64.urlsafe_b64encode(json.dumps([at, item_id]).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[str, str]:
    """The time and id that `write_cursor` was given. Raises Invalid when damaged."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        at, item_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        datetime.strptime(at, "%Y-%m-%dT%H:%M:%S.%fZ")
        item_id.encode()
    except (ValueError, TypeError, AttributeError):
        raise Invalid(
            "This cursor is damaged. Use next_cursor from the page before, or leave it out to start again.",
            code="invalid_cursor",
        ) from None
    return at, item_id
