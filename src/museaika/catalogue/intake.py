"""From a foreign table to tracks of ours: every row, or none.

Where a table has no arousal it has Spotify's audio features. Their valence is ours on another scale. Arousal
is made of energy, which there stands for loudness, timbre, onset rate and entropy, with a small share of the
pace, because a fast piece that is recorded softly still stirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from museaika.catalogue import cells
from museaika.catalogue.languages import INSTRUMENTAL
from museaika.catalogue.mapping import (
    LOOKED_AT,
    SCALES,
    Guess,
    Scale,
    find_columns,
    guess_scale,
    is_own,
    number,
)
from museaika.catalogue.tables import Table, open_table
from museaika.catalogue.track import Track, merged, track_id_for
from museaika.errors import FieldError, Invalid

PACE_SHARE = 0.15
SLOW, FAST = 60.0, 180.0
"""Beats a minute at which pace says nothing and all."""

RATED, DERIVED = 0.7, 0.5
"""How far a point is trusted that people rated, and one that comes from audio features."""

TELLING = {"danceability": (0.75, "danceable"), "acousticness": (0.8, "acoustic")}
"""From which share on a feature is worth a tag."""
WORDLESS = 0.8
"""Instrumentalness from which on a track has no language."""

MOST_TOLD = 20
"""Bad rows that are told one by one."""

Report = Callable[[int, int], None]
"""Told now and then: rows done, rows in all."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What a table came to. `wrong` names the rows left out; `doubles` were merged into another row's track."""

    tracks: tuple[Track, ...]
    wrong: tuple[FieldError, ...]
    doubles: int


@dataclass(frozen=True, slots=True)
class Source:
    """An opened table and how it is understood."""

    name: str
    table: Table
    guess: Guess
    rows: int


def look(
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    scale: Scale | None = None,
    name: str | None = None,
) -> Source:
    """Open a table and guess what its columns mean; `columns` (field → column) and `scale` overrule the guess.
    `name` is what its tracks' source is called, the file's name where it is left out.

    Raises:
        Invalid: codes `unreadable_table`, `unknown_columns`.
    """
    table = open_table(path)
    found = find_columns(table.header, columns or {})
    own = is_own(table.header)
    if own and scale is None:
        scale = next(known for known in SCALES if known.low == -1)
    heights = (found["valence"], found["arousal"] if "arousal" in found else found["energy"])
    if scale is None:
        scale = guess_scale(
            row[place] for _, row in islice(table.rows(), LOOKED_AT) for place in heights if place < len(row)
        )
    return Source(name or path.stem, table, Guess(found, scale, own), sum(1 for _ in table.rows()))


def take_in(source: Source, *, skip_bad: bool = False, report: Report = lambda done, total: None) -> Intake:
    """Read every row into a track.

    Raises:
        Invalid: code `bad_catalogue_row` when a row is wrong and `skip_bad` is not set, or none is right;
            `errors` names each.
    """
    tracks: dict[str, Track] = {}
    wrong: list[FieldError] = []
    read = 0
    for read, (place, row) in enumerate(source.table.rows(), 1):
        if read % 1000 == 0:
            report(read, source.rows)
        try:
            track = _track(row, source)
        except ValueError as problem:
            wrong.append(FieldError((f"{source.table.unit} {place}",), str(problem)))
            continue
        earlier = tracks.get(track.track_id)
        tracks[track.track_id] = track if earlier is None else merged(earlier, track)
    report(source.rows, source.rows)
    if wrong and (not skip_bad or not tracks):
        raise _refusal(source, wrong)
    return Intake(tuple(tracks.values()), tuple(wrong), read - len(wrong) - len(tracks))


def _refusal(source: Source, wrong: list[FieldError]) -> Invalid:
    shown = [f"{error.loc[0]}: {error.msg}" for error in wrong[:MOST_TOLD]]
    more = f"\n… and {len(wrong) - MOST_TOLD:,} more." if len(wrong) > MOST_TOLD else ""
    told = f"{len(wrong):,} of {source.rows:,} rows can't be read; nothing was imported.\n"
    return Invalid(told + "\n".join(shown) + more, code="bad_catalogue_row", errors=tuple(wrong))


def _track(row: Any, source: Source) -> Track:
    if len(row) != len(source.table.header):
        raise ValueError(f"{len(row)} cells where {len(source.table.header)} belong")
    fields = dict(_fields(row, source.guess))
    if not fields.get("title") or not fields.get("artists"):
        raise ValueError("title and artist must not be empty")
    valence, arousal = _point(row, fields.get("tempo"), source.guess)
    rated = "arousal" in source.guess.columns
    genres: tuple[str, ...] = fields.pop("genre", ())
    told = [tag for name, (edge, tag) in TELLING.items() if fields.pop(name, 0) >= edge]
    spoken = INSTRUMENTAL if fields.get("instrumentalness", 0) >= WORDLESS else None
    artists = fields["artists"]
    return Track(
        track_id=track_id_for(artists[0], fields["title"]),
        title=fields["title"],
        artists=artists,
        album=fields.get("album"),
        year=fields.get("year"),
        duration_ms=fields.get("duration_ms"),
        valence=valence,
        arousal=arousal,
        tags=tuple(dict.fromkeys((*fields.get("tags", ()), *genres[1:], *told))),
        genre=genres[0] if genres else None,
        language=fields.get("language") or spoken,
        source=fields.get("source") or source.name,
        confidence=fields.get("confidence", RATED if rated else DERIVED),
        isrc=fields.get("isrc"),
        spotify_id=fields.get("spotify_id"),
        tempo=fields.get("tempo"),
        explicit=fields.get("explicit"),
    )


def _fields(row: Any, guess: Guess) -> Iterator[tuple[str, Any]]:
    for name, place in guess.columns.items():
        if name in cells.READERS and not cells.blank(row[place]):
            try:
                yield name, cells.READERS[name](row[place])
            except ValueError as problem:
                raise ValueError(f"{name}: {problem}") from None


def _point(row: Any, tempo: float | None, guess: Guess) -> tuple[float, float]:
    valence = _height("valence", row, guess)
    if "arousal" in guess.columns:
        return valence, _height("arousal", row, guess)
    energy = _height("energy", row, guess)
    if tempo is None:
        return valence, energy
    pace = 2 * min(max((tempo - SLOW) / (FAST - SLOW), 0.0), 1.0) - 1
    return valence, round((1 - PACE_SHARE) * energy + PACE_SHARE * pace, 4)


def _height(name: str, row: Any, guess: Guess) -> float:
    cell = row[guess.columns[name]]
    value = number(cell)
    if value is None:
        raise ValueError(f"{name}: '{str(cell)[:40]}' is not a number")
    try:
        return guess.scale.place(value)
    except ValueError as problem:
        raise ValueError(f"{name}: {problem}") from None
