"""Reading tracks from tab-separated text: eight columns, `#` begins a comment line.

artists (several: `; `) · title · year · language · genre · valence · arousal · tags (`, `)

The tag `explicit` marks strong language; of a track without it nobody has said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from museaika.catalogue.columns import MOODS_OF_TAG
from museaika.catalogue.languages import LANGUAGES
from museaika.catalogue.track import Track, track_id_for
from museaika.errors import FieldError, Invalid
from museaika.mood.vocabulary import MOODS

FIELDS = ("artists", "title", "year", "language", "genre", "valence", "arousal", "tags")
EXPLICIT = "explicit"
FIRST_YEAR, LAST_YEAR = 1600, 2100
HAND_PLACED = 0.8
"""How far a point that one listener set by ear is trusted when its tags say the same."""
TAG_WIDTH = 0.6
"""Distance on the plane at which point and tags count as telling rather different things."""


def read_tracks(lines: Iterable[str], source: str) -> list[Track]:
    """Read every row; `source` becomes the tracks' own.

    Raises:
        Invalid: code `bad_catalogue_row`; `errors` names each wrong line by its number, counted from 1.
    """
    tracks: list[Track] = []
    wrong: list[FieldError] = []
    first_seen: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            track = _track(line.rstrip("\r\n"), source)
            if (earlier := first_seen.setdefault(track.track_id, number)) != number:
                raise ValueError(f"{track.artists[0]} – {track.title} stands already in line {earlier}")
            tracks.append(track)
        except ValueError as problem:
            wrong.append(FieldError((f"line {number}",), str(problem)))
    if wrong:
        told = f"{source}, {wrong[0].loc[0]}: {wrong[0].msg}."
        more = f" {len(wrong) - 1} more rows are wrong too." if len(wrong) > 1 else ""
        raise Invalid(told + more, code="bad_catalogue_row", errors=tuple(wrong))
    return tracks


def _track(line: str, source: str) -> Track:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) != len(FIELDS):
        raise ValueError(f"{len(cells)} columns where {len(FIELDS)} belong ({', '.join(FIELDS)})")
    row = dict(zip(FIELDS, cells, strict=True))
    if empty := [name for name, cell in row.items() if not cell]:
        raise ValueError(f"{', '.join(empty)} must not be empty")
    if row["language"] not in LANGUAGES:
        raise ValueError(f"'{row['language']}' is not a language code we know")
    artists, words = tuple(row["artists"].split("; ")), row["tags"].split(", ")
    tags = tuple(word for word in words if word != EXPLICIT)
    valence, arousal = _axis("valence", row["valence"]), _axis("arousal", row["arousal"])
    return Track(
        track_id=track_id_for(artists[0], row["title"]),
        title=row["title"],
        artists=artists,
        album=None,
        year=_year(row["year"]),
        duration_ms=None,
        valence=valence,
        arousal=arousal,
        tags=tags,
        genre=row["genre"],
        language=row["language"],
        source=source,
        confidence=_confidence(valence, arousal, tags),
        explicit=True if EXPLICIT in words else None,
    )


def _axis(name: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{name} '{cell}' is not a number") from None
    if not -1 <= value <= 1:
        raise ValueError(f"{name} {cell} is outside −1…1")
    return value


def _year(cell: str) -> int:
    if not cell.isdecimal() or not FIRST_YEAR <= int(cell) <= LAST_YEAR:
        raise ValueError(f"year '{cell}' is not a year between {FIRST_YEAR} and {LAST_YEAR}")
    return int(cell)


def _confidence(valence: float, arousal: float, tags: tuple[str, ...]) -> float:
    """Tags and point were set apart from each other: the closer they agree, the surer is the point."""
    named = [MOODS[MOODS_OF_TAG[tag]] for tag in tags if tag in MOODS_OF_TAG]
    if not named:
        raise ValueError("no tag is a mood word of the vocabulary; give at least one")
    away = math.hypot(
        valence - sum(mood.valence for mood in named) / len(named),
        arousal - sum(mood.arousal for mood in named) / len(named),
    )
    return round(HAND_PLACED * math.exp(-0.5 * (away / TAG_WIDTH) ** 2), 2)
