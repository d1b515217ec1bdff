"""Which column of a foreign table means what, and on which scale its numbers stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from museaika.errors import Invalid

NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "title": ("title", "trackname", "track", "songname", "song", "songtitle", "tracktitle", "name"),
        "artists": ("artists", "artist", "artistname", "artistsname", "artistnames", "trackartist",
                    "performer"),
        "album": ("album", "albumname", "trackalbumname", "release"),
        "year": ("year", "releaseyear", "releasedyear", "releasedate", "albumreleasedate",
                 "trackalbumreleasedate", "date"),
        "duration_ms": ("durationms", "lengthms", "duration", "length", "durations", "seconds"),
        "isrc": ("isrc",),
        "spotify_id": ("spotifyid", "spotifytrackid", "spotifyuri", "trackuri", "uri", "trackid", "id"),
        "valence": ("valence", "valencemean", "meanvalence", "valencetags", "valenceavg", "valenceaverage"),
        "arousal": ("arousal", "arousalmean", "meanarousal", "arousaltags", "arousalavg", "arousalaverage"),
        "energy": ("energy",),
        "tempo": ("tempo", "bpm"),
        "danceability": ("danceability",),
        "acousticness": ("acousticness",),
        "instrumentalness": ("instrumentalness",),
        "explicit": ("explicit", "isexplicit"),
        "tags": ("tags", "seeds", "moods", "mood", "labels", "keywords"),
        "genre": ("genre", "trackgenre", "playlistgenre", "topgenre", "genres", "artistgenres"),
        "language": ("language", "lang"),
        "source": ("source",),
        "confidence": ("confidence",),
    }
)  # fmt: skip
"""What each of our fields is called elsewhere, letters and digits alone, the surest name first."""

OWN = frozenset({"title", "artists", "valence", "arousal", "source", "confidence"})
"""A table with all of these under our own names is an export of ours, and stands on −1…1."""

HELD = 0.98
"""A scale is taken for the table's when it holds this share of the numbers; the rest are bad rows."""
LOOKED_AT = 200_000
"""Rows whose numbers are looked at to find the scale."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers from `low` to `high`, to be laid onto −1…1; with `clip` what lies outside goes to the edge."""

    name: str
    low: float
    high: float
    clip: bool = False

    def place(self, value: float) -> float:
        """Raises ValueError for a number outside the scale."""
        if self.clip:
            value = min(max(value, self.low), self.high)
        if not self.low <= value <= self.high:
            raise ValueError(f"{value:g} is outside {self.name}")
        return round(2 * (value - self.low) / (self.high - self.low) - 1, 4)


SCALES = (
    Scale("0…1", 0, 1),
    Scale("−1…1", -1, 1),
    Scale("1…5", 1, 5),
    Scale("1…9", 1, 9),
    Scale("0…10", 0, 10),
    Scale("0…100", 0, 100),
)
"""The scales people rate on, narrowest first."""


@dataclass(frozen=True, slots=True)
class Guess:
    """`columns` gives for each field we know the number of its column; `scale` is that of valence and of
    arousal or energy; `own` says that the table is an export of ours."""

    columns: Mapping[str, int]
    scale: Scale
    own: bool


def plain(name: str) -> str:
    """A column's name without case, spaces and marks."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def find_columns(header: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    """Return the column of each field that was found; `chosen` names columns for fields by hand.

    Raises:
        Invalid: code `unknown_columns`; what was found and what is missing is told.
    """
    known = {plain(name): number for number, name in reversed(list(enumerate(header)))}
    columns = {field: _column_by_hand(header, field, name) for field, name in chosen.items()}
    for field, names in NAMES.items():
        found = [known[name] for name in names if name in known and known[name] not in columns.values()]
        if field not in columns and found:
            columns[field] = found[0]
    missing = [field for field in ("title", "artists", "valence") if field not in columns]
    if "arousal" not in columns and "energy" not in columns:
        missing.append("arousal (or energy)")
    if missing:
        raise Invalid(
            f"No column for {', '.join(missing)}. The columns are: {', '.join(header)}. "
            f"Name one by hand, such as --column {missing[0].split()[0]}='{header[0]}'.",
            code="unknown_columns",
        )
    return columns


def _column_by_hand(header: Sequence[str], field: str, name: str) -> int:
    if field not in NAMES:
        raise Invalid(f"'{field}' is no field of ours. There are: {', '.join(NAMES)}.", code="unknown_columns")
    if name not in header:
        raise Invalid(f"There is no column '{name}'. There are: {', '.join(header)}.", code="unknown_columns")
    return header.index(name)


def is_own(header: Sequence[str]) -> bool:
    return set(header) >= OWN


def find_scale(name: str) -> Scale:
    """Return the scale of that name; `-1..1` is read as `−1…1`. Raises Invalid: code `unknown_scale`."""
    wanted = name.strip().replace("-", "−").replace("...", "…").replace("..", "…")
    if found := next((scale for scale in SCALES if scale.name == wanted), None):
        return found
    known = ", ".join(scale.name for scale in SCALES)
    raise Invalid(f"'{name[:20]}' is no scale we know. There are: {known}.", code="unknown_scale")


def guess_scale(numbers: Iterable[Any]) -> Scale:
    """The first scale that holds nearly all the numbers; where none does, one that is even around 0.

    Cells that are no numbers are passed over: their rows are told of later.
    """
    values = np.array([value for cell in numbers if (value := number(cell)) is not None])
    for scale in SCALES:
        if np.mean((values >= scale.low) & (values <= scale.high)) >= HELD if len(values) else True:
            return scale
    edge = float(np.quantile(np.abs(values), HELD))
    return Scale(f"±{edge:.2f}, beyond it clipped", -edge, edge, clip=True)


def number(cell: Any) -> float | None:
    """The finite number in a cell, or None."""
    told = str(cell).strip().replace(",", ".").rstrip("%")
    try:
        value = float(told.replace("_", "?"))  # Python reads 1_0 as ten
    except ValueError:
        return None
    return value if np.isfinite(value) else None
