"""The part of the day: the same mood wants a little more drive in the morning and a little less at night."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from museaika.errors import FieldError, Invalid


@dataclass(frozen=True, slots=True)
class Part:
    """From `hour` (0…23, on the listener's clock) on; `arousal` is what it adds to the music's (−1…1)."""

    name: str
    hour: int
    arousal: float


_TABLE = (Part("morning", 5, 0.05), Part("day", 11, 0.0), Part("evening", 17, -0.05), Part("night", 22, -0.12))

PARTS: Mapping[str, Part] = MappingProxyType({part.name: part for part in _TABLE})


def find_part(name: str) -> Part:
    """Return the part of that name.

    Raises:
        Invalid: code `unknown_part`.
    """
    if part := PARTS.get(name.strip().casefold()):
        return part
    message = f"'{name.strip()[:40]}' is no part of the day. Choose one of {', '.join(PARTS)}."
    raise Invalid(message, code="unknown_part", errors=(FieldError(("part",), message),))


def part_at(hour: int) -> Part:
    """Return the part of the day that an hour (0…23) lies in."""
    begun = [part for part in _TABLE if part.hour <= hour]
    return begun[-1] if begun else PARTS["night"]
