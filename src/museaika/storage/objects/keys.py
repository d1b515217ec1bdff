"""Keys of objects: names joined by slashes, so that they mean the same in a folder and in a bucket."""

from __future__ import annotations

import re

_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


def check_key(key: str) -> str:
    """Return the key. Raises ValueError for one that could lead elsewhere."""
    if not _KEY.fullmatch(key):
        raise ValueError("a key is made of names with letters, digits, '.', '_' and '-', joined by '/'")
    return key
