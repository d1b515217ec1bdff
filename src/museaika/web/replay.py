"""`Idempotency-Key`: the same request sent twice is done once, and answered twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from flask import Response, request

from museaika.accounts.service import Caller
from museaika.clock import now
from museaika.errors import Conflict, FieldError, Invalid
from museaika.web.here import services

HEADER = "Idempotency-Key"
KEPT_HEADERS = ("Content-Type", "Location", "Retry-After")
_WELL_FORMED = re.compile(r"[\x21-\x7e]{1,255}")


def once(person: Caller, run: Callable[[], Response]) -> Response:
    """Run a request that creates something, or replay the answer that its key got before.

    An error is not kept: the same key may try again.

    Raises:
        Invalid: code `invalid_idempotency_key` or `idempotency_mismatch`.
        Conflict: code `idempotency_running`.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return run()
    if not _WELL_FORMED.fullmatch(key):
        message = f"{HEADER} must be 1 to 255 visible ASCII characters, such as a UUID."
        raise Invalid(
            message, code="invalid_idempotency_key", errors=(FieldError(("header", HEADER), message),)
        )
    replays = services().replays
    known = replays.begin(person.user_id, key, _fingerprint(), now())
    if known.state == "done":
        headers = [*known.headers, ("Idempotent-Replayed", "true")]
        return Response(known.body, known.status, headers=headers)
    if known.state == "mismatch":
        raise Invalid(
            f"This {HEADER} was used with another request. Use a new key for a new request.",
            code="idempotency_mismatch",
        )
    if known.state == "running":
        raise Conflict(
            "The first request with this key is still running. Try again in a moment.",
            code="idempotency_running",
            retry_after_s=1,
        )
    return _first(person.user_id, key, run)


def _first(user_id: str, key: str, run: Callable[[], Response]) -> Response:
    replays = services().replays
    try:
        response = run()
    except BaseException:
        replays.forget(user_id, key)
        raise
    headers = tuple((name, response.headers[name]) for name in KEPT_HEADERS if name in response.headers)
    replays.finish(user_id, key, status=response.status_code, headers=headers, body=response.get_data())
    return response


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    digest.update(request.get_data())
    return digest.hexdigest()
