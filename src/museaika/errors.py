"""The one small family of errors. The domain raises them; `web/errors.py` turns them into HTTP, once.

Each class knows its HTTP status and its stable `code`; the message is for a person: what was wrong and
what to do about it. Never raise one with a secret or somebody's text or pixels in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong in one place: `loc` is a path such as `("body", "tempo")`."""

    loc: tuple[str, ...]
    msg: str


class MuseAIkaError(Exception):
    """Anything that is answered to a caller in words. `detail` says what was wrong and what to do."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong here"
    default_code: ClassVar[str] = "internal"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: tuple[FieldError, ...] = (),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.default_code
        self.errors = errors
        self.retry_after_s = retry_after_s


class Malformed(MuseAIkaError):
    """The bytes could not be parsed at all (broken JSON, invalid UTF-8)."""

    status, title, default_code = 400, "The request could not be parsed", "malformed"


class Unauthenticated(MuseAIkaError):
    status, title, default_code = 401, "Who is asking?", "unauthenticated"


class Forbidden(MuseAIkaError):
    status, title, default_code = 403, "Not allowed", "forbidden"


class NotFound(MuseAIkaError):
    status, title, default_code = 404, "Not found", "not_found"


class Conflict(MuseAIkaError):
    status, title, default_code = 409, "That does not fit the present state", "conflict"


class VersionConflict(MuseAIkaError):
    """A stale `If-Match`, or a compare-and-set that lost its race."""

    status, title, default_code = 412, "It was changed in the meantime", "version_conflict"


class TooLarge(MuseAIkaError):
    status, title, default_code = 413, "Too large", "too_large"


class UnsupportedType(MuseAIkaError):
    status, title, default_code = 415, "Unsupported type", "unsupported_type"


class Invalid(MuseAIkaError):
    """Well-formed, but not a value we can work with."""

    status, title, default_code = 422, "Invalid input", "invalid"


class RateLimited(MuseAIkaError):
    status, title, default_code = 429, "Too many requests", "rate_limited"


class Unavailable(MuseAIkaError):
    """A dependency is down or we are overloaded; `retry_after_s` says when to come back."""

    status, title, default_code = 503, "Not available right now", "dependency_unavailable"
