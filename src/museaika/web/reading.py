"""Reading what came in: JSON, query strings, forms. Strict about types, plain about what is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from flask import Response, request
from gunicorn.http.errors import ParseException
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from museaika.errors import Malformed, TooLarge, UnsupportedType
from museaika.web.schemas.base import Asked
from museaika.web.wording import invalid

IMAGE_LIMIT = 10_000_000
FORM_OVERHEAD = 128 * 1024
"""The other fields of a form and its boundaries, beside the image."""

MOST_DISCARDED = 128 * 1024 * 1024
DISCARD_FOR_S = 10.0
"""How much of a refused body is still taken in, and for how long."""

M = TypeVar("M", bound=BaseModel)
A = TypeVar("A", bound=Asked)


def limit_body(limit: int) -> None:
    """Refuse a body that says it is larger before a byte of it is read; a silent one is cut off there."""
    request.max_content_length = limit
    if (request.content_length or 0) > limit:
        raise _too_large(limit)


def read_json(model: type[A]) -> A:
    """Parse and check a JSON body. An empty body counts as `{}` where every field may be left out.

    Raises:
        TooLarge, UnsupportedType, Malformed (not JSON at all), Invalid (not the JSON that we need).
    """
    limit_body(model.body_limit)
    with _arriving():
        raw = request.get_data()
    if len(raw) >= model.body_limit:  # of a body without a length we were given this much, and maybe not all
        raise _too_large(model.body_limit)
    if not raw:
        if any(field.is_required() for field in model.model_fields.values()):
            raise Malformed("The body is empty. Send a JSON object.", code="empty_body")
        raw = b"{}"
    elif not request.is_json:
        raise UnsupportedType("Send the body as JSON, with the header Content-Type: application/json.")
    _parse(raw)
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise invalid(error, "body") from None


@contextmanager
def _arriving() -> Iterator[None]:
    """A body that breaks off, or is chunked wrongly, makes the server's stream raise."""
    try:
        yield
    except (OSError, ParseException):
        message = "The body broke off before it was complete. Send it again."
        raise Malformed(message, code="incomplete_body") from None


def _parse(raw: bytes) -> None:
    try:
        from_json(raw, allow_inf_nan=False)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"The body is not JSON: {error}.", code="malformed_json") from None


def read_query(model: type[M]) -> M:
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise invalid(error, "query") from None


def read_path(model: type[M], parts: dict[str, str]) -> M:
    try:
        return model.model_validate(parts)
    except ValidationError as error:
        raise invalid(error, "path") from None


def read_form(model: type[M]) -> M:
    """Check a multipart form; its files are handed over unread.

    Raises:
        TooLarge, UnsupportedType, Invalid.
    """
    limit_body(IMAGE_LIMIT + FORM_OVERHEAD)
    if request.mimetype != "multipart/form-data":
        raise UnsupportedType(
            "Send the image as a form, with the header Content-Type: multipart/form-data "
            "(curl: -F image=@photo.jpg)."
        )
    with _arriving():
        fields = {**request.form.to_dict(), **request.files.to_dict()}
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise invalid(error, "form") from None


def let_finish(response: Response) -> Response:
    """Take in and forget the rest of a refused body. Most clients read the answer only after they have sent
    everything; where the server hung up on them first they would see a broken pipe instead of the reason."""
    body = request.environ["wsgi.input"]
    if response.status_code < 400 or not request.environ.get("wsgi.input_terminated"):
        return response  # a body without a known end is not read past it
    left, until = MOST_DISCARDED, time.monotonic() + DISCARD_FOR_S
    line = request.environ.get("gunicorn.socket")
    before = line.gettimeout() if line else None
    try:
        while left > 0 and (seconds := until - time.monotonic()) > 0:
            if line:
                line.settimeout(seconds)
            if not (piece := body.read(64 * 1024)):
                break
            left -= len(piece)
    except (OSError, ParseException):
        pass  # it broke off, or stalled; there is nobody to tell
    finally:
        if line:
            line.settimeout(before)
    return response


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body may have at most {limit // 1000:,} kB.")
