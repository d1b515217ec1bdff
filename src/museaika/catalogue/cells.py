"""Reading one cell: each function takes what stands there, text or JSON, and says in words what is wrong."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from museaika.catalogue.languages import find_language
from museaika.catalogue.mapping import number
from museaika.errors import Invalid

FIRST_YEAR, LAST_YEAR = 1600, 2100
LONGEST_MS = 20_000
"""A duration up to this number is read as seconds, beyond it as milliseconds."""
LONGEST_TEXT, MOST_TAGS = 300, 12

_SPOTIFY = re.compile(r"(?:.*[:/])?([0-9A-Za-z]{22})(?:\?.*)?")
_MINUTES = re.compile(r"(\d{1,3}):([0-5]\d)")
_EMPTY = frozenset({"", "nan", "none", "null", "n/a", "na"})
_TRUTH = {"true": True, "1": True, "yes": True, "explicit": True, "false": False, "0": False, "no": False,
          "clean": False}  # fmt: skip


def blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str | float | int) and str(cell).strip().casefold() in _EMPTY)


def text(cell: Any) -> str:
    told = " ".join(str(cell).split())
    if len(told) > LONGEST_TEXT:
        raise ValueError(f"has {len(told)} letters; {LONGEST_TEXT} is the most")
    return told


def names(cell: Any) -> tuple[str, ...]:
    """Several names: a list, a list as Python or JSON write it, or parted by semicolons. Commas part nothing:
    they belong to names such as "Earth, Wind & Fire"."""
    return tuple(dict.fromkeys(text(one) for one in _several(cell, ";") if not blank(one)))


def tags(cell: Any) -> tuple[str, ...]:
    """Words, parted by commas, semicolons or bars, in small letters."""
    found = dict.fromkeys(text(one).lower() for one in _several(cell, ",;|") if not blank(one))
    return tuple(found)[:MOST_TAGS]


def year(cell: Any) -> int | None:
    """The year at the beginning of a date; 0 stands for an unknown one in many tables."""
    told = str(cell).strip()[:4]
    if not told.isdecimal() or (int(told) != 0 and not FIRST_YEAR <= int(told) <= LAST_YEAR):
        raise ValueError(f"'{text(cell)[:40]}' is not a year between {FIRST_YEAR} and {LAST_YEAR}")
    return int(told) or None


def duration_ms(cell: Any) -> int:
    if match := _MINUTES.fullmatch(str(cell).strip()):
        return (int(match[1]) * 60 + int(match[2])) * 1000
    value = _number(cell)
    if value < 0:
        raise ValueError(f"'{text(cell)[:40]}' is not a duration")
    return round(value * (1000 if value <= LONGEST_MS else 1))


def tempo(cell: Any) -> float | None:
    """Beats a minute; 0 stands for an unknown one."""
    value = _number(cell)
    if not 0 <= value <= 400:
        raise ValueError(f"{value:g} is not a tempo between 0 and 400 beats a minute")
    return value or None


def share(cell: Any) -> float:
    """0…1, or 0…100 per cent."""
    value = _number(cell)
    if not 0 <= value <= 100:
        raise ValueError(f"{value:g} is not a share")
    return value if value <= 1 else value / 100


def truth(cell: Any) -> bool:
    if (told := str(cell).strip().casefold()) not in _TRUTH:
        raise ValueError(f"'{told[:40]}' is neither true nor false")
    return _TRUTH[told]


def spotify_id(cell: Any) -> str | None:
    """The id in a Spotify id, URI or link; other ids are other people's, and are left alone."""
    match = _SPOTIFY.fullmatch(str(cell).strip())
    return match[1] if match else None


def language(cell: Any) -> str:
    try:
        return find_language(str(cell))
    except Invalid as problem:
        raise ValueError(problem.detail.split(". ")[0]) from None


READERS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "title": text, "artists": names, "album": text, "year": year, "duration_ms": duration_ms, "isrc": text,
        "spotify_id": spotify_id, "tempo": tempo, "danceability": share, "acousticness": share,
        "instrumentalness": share, "explicit": truth, "tags": tags, "genre": tags, "language": language,
        "source": text, "confidence": share,
    }
)  # fmt: skip


def _number(cell: Any) -> float:
    value = number(cell)
    if value is None:
        raise ValueError(f"'{text(cell)[:40]}' is not a number")
    return value


def _several(cell: Any, marks: str) -> list[Any]:
    if isinstance(cell, list | tuple):
        return [one.get("name", "") if isinstance(one, dict) else one for one in cell]
    told = str(cell).strip()
    if told.startswith("[") and told.endswith("]"):
        try:
            read = ast.literal_eval(told)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return re.split(f"[{marks}]", told[1:-1])
        return list(read)
    return re.split(f"[{marks}]", told)
