"""Weights of others, fetched when a person asks for them: gone on with after a break, checked, and moved into
place at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from museaika.errors import Invalid, Unavailable
from museaika.perception.description import Source

TIMEOUT_S = (10, 30)
PIECE = 16 * 1024
"""Bytes at once; so much may be lost when a server breaks off."""
LARGEST = 1_000_000_000

Progressed = Callable[[int, int | None], None]
"""Told the bytes that are here, and those of the whole file, where the server says."""


def pull(source: Source, to: Path, on_progress: Progressed = lambda *_: None) -> bool:
    """Fetch a file to `to`; False when it was there already. What came before a break lies in `<to>.part`, and
    the next call goes on from there where the server can.

    Raises:
        Unavailable: the server can't be reached, refuses, or broke off.
        Invalid: code `wrong_hash`: what came is not the file that was described; it is deleted.
    """
    if to.exists() and matches(source, to):
        return False
    part = to.with_name(to.name + ".part")
    with _in_words(source.url):
        _fetch(source.url, part, on_progress)
    if not matches(source, part):
        part.unlink()
        raise Invalid(
            f"What {source.url} gave is not the file that was described: its hash is another. It was deleted.",
            code="wrong_hash",
        )
    os.replace(part, to)
    return True


def matches(source: Source, file: Path) -> bool:
    """Whether a file has the hash of its description."""
    digest = hashlib.sha256() if source.sha256 else hashlib.sha1(usedforsecurity=False)
    if source.git_blob_sha1:
        digest.update(b"blob %d\0" % file.stat().st_size)
    with file.open("rb") as content:
        while piece := content.read(PIECE):
            digest.update(piece)
    return digest.hexdigest() == (source.sha256 or source.git_blob_sha1)


def _fetch(url: str, part: Path, on_progress: Progressed) -> None:
    part.parent.mkdir(parents=True, exist_ok=True)
    here = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={here}-"} if here else {})}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as answer:
        if answer.status_code == 416:  # there is nothing after what is here: whole, or another file's
            return
        answer.raise_for_status()
        whence = answer.headers.get("Content-Range", "")
        goes_on = answer.status_code == 206 and whence.startswith(f"bytes {here}-")
        here = here if goes_on else 0
        left = answer.headers.get("Content-Length")
        total = here + int(left) if left and left.isdigit() else None
        with part.open("ab" if goes_on else "wb") as file:
            for piece in answer.iter_content(PIECE):
                here += len(piece)
                if here > LARGEST:
                    raise Invalid(
                        f"{url} gives more than {LARGEST // 10**6} MB; that is no expression network."
                    )
                file.write(piece)
                on_progress(here, total)
        if total is not None and here < total:
            raise requests.ConnectionError(f"{total - here} bytes are missing")


@contextmanager
def _in_words(url: str) -> Iterator[None]:
    try:
        yield
    except requests.HTTPError as error:
        raise Unavailable(f"{url} answered {error.response.status_code}. Is it still there?") from None
    except requests.RequestException as error:
        why = type(error).__name__
        raise Unavailable(f"{url} can't be fetched ({why}). Try again: it goes on from here.") from None
