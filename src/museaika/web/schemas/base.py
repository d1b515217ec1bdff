"""What every body has in common: how we read one, and the two envelopes that answers wear."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from museaika.clock import rfc3339

T = TypeVar("T")

Moment = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A time that we tell: RFC 3339, UTC, milliseconds."""


def _as_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("This time is out of range.") from None


def _readable(moment: object) -> object:
    """Bare numbers are no times here. A `+` that was not escaped in a query arrives as a space."""
    if not isinstance(moment, str):
        return moment
    if moment.strip().lstrip("+-").replace(".", "", 1).isdigit():
        raise ValueError("This must be a time such as 2026-01-01T12:00:00Z.")
    return _UNESCAPED_PLUS.sub(r"\1+\2", moment)


_UNESCAPED_PLUS = re.compile(r"(T.*) (\d\d:?\d\d)$")

When = Annotated[
    AwareDatetime,
    BeforeValidator(_readable),
    AfterValidator(_as_utc),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A time that we are told; it must name its offset (`Z` or `+02:00`)."""

Share = Annotated[float, Field(ge=0, le=1)]
Axis = Annotated[float, Field(ge=-1, le=1)]
Shares = dict[str, Share]


class Asked(BaseModel):
    """What a caller sends: unknown fields, infinities and NaN are refused."""

    body_limit: ClassVar[int] = 256_000
    """Bytes that it may have as a body."""
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, use_attribute_docstrings=True)


class Told(BaseModel):
    """What we answer: these fields and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Answer(Told, Generic[T]):
    """The envelope of everything that went well."""

    success: Literal[True] = True
    data: T
    timestamp: Moment


class ListOf(Told, Generic[T]):
    """One page; `next_cursor` fetches the next, and is null on the last."""

    items: list[T]
    next_cursor: str | None = None


class Wrong(Told):
    """One thing wrong in one place; `loc` is where, such as `["body", "tempo"]`."""

    loc: list[str]
    msg: str


class Problem(Told):
    """An error as RFC 9457 tells it; `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[Wrong]
    request_id: str


class ErrorAnswer(Told):
    """The envelope of everything that did not."""

    success: Literal[False] = False
    error: Problem
    timestamp: Moment


class ReplayHeader(Asked):
    """What makes a request that creates something safe to send again."""

    idempotency_key: str | None = Field(
        None, alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$"
    )
    """The same key and body is done once, and answered twice; kept for 24 hours."""


class Paged(Asked):
    """How lists are read."""

    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, min_length=1, max_length=500)


class Deleted(Told):
    """How many things are gone now."""

    deleted: int


def share(value: float) -> float:
    """Float noise must not leave 0…1."""
    return min(max(float(value), 0.0), 1.0)


def axis(value: float) -> float:
    """Float noise must not leave −1…1."""
    return min(max(float(value), -1.0), 1.0)


def shares(of: Mapping[str, float]) -> Shares:
    return {name: share(value) for name, value in of.items()}
