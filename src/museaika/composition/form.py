"""Form: what comes when, how strong, and how long exactly.

A listener hears music in phrases of four bars that pair into eights; eights are stated (A), stated again a
little changed (A'), left for something else (B) and come home (A''). Above them lies one curve of energy: it
opens low, rises to the last B and falls to the close. A long piece leaves its key for a bridge, so that the
home key is new again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from museaika.composition.brief import Brief
from museaika.composition.feel import Feel
from museaika.composition.length import Extent, plan_extent, slowing
from museaika.composition.score import TempoMark


class Character(NamedTuple):
    """What sets a theme apart: its place on the curve of `energy`, how many semitones its tune is lifted, its
    share of notes, whether it begins at home, whether it is a climax."""

    energy: float
    lift: float
    density: float
    at_home: bool
    climax: bool


THEMES: Mapping[str, Character] = MappingProxyType(
    {
        "A": Character(0.46, 0.0, 1.0, True, False),
        "B": Character(0.78, 4.0, 1.0, False, True),
        "C": Character(0.40, -1.5, 0.7, False, False),
        "D": Character(0.48, 1.0, 1.1, True, False),
        "E": Character(0.80, 4.5, 0.95, False, True),
        "F": Character(0.42, -1.0, 0.75, False, False),
    }
)
"""A is the verse, B the chorus, C a bridge; D, E and F are the same again, for a long piece."""


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """`theme` is the letter of the material, empty where nobody sings; `occurrence` counts its returns from 0;
    `start` in beats, `bars` in bars; `cadence` how it closes: half, full, or final (into the last chord)."""

    name: str
    theme: str
    occurrence: int
    start: float
    bars: int
    energy: float
    feel: Feel
    key: tuple[int, str]
    cadence: str

    @property
    def character(self) -> Character:
        """The character of its theme; where nobody sings, of the first."""
        return THEMES[self.theme or "A"]

    def phrases(self) -> list[tuple[int, int]]:
        """(first bar within the section, bars) of each phrase: fours, a shorter one first if there must be."""
        odd = self.bars % 4
        cuts = ([0] if odd else []) + list(range(odd, self.bars, 4))
        return [(a, b - a) for a, b in zip(cuts, [*cuts[1:], self.bars], strict=True) if b > a]


@dataclass(frozen=True, slots=True)
class Form:
    """The plan of a piece. `end` is where the last chord begins and the tune comes home, `final_beats` how long
    that chord is held (0 in a loop); both in beats. `tail_s` is left for ringing out."""

    sections: tuple[SectionPlan, ...]
    tempo: tuple[TempoMark, ...]
    bar_beats: float
    end: float
    final_beats: float
    tail_s: float
    length_s: float

    def section_at(self, beat: float) -> SectionPlan:
        return next((s for s in reversed(self.sections) if s.start <= beat + 1e-6), self.sections[0])


def plan_form(brief: Brief, rng: random.Random) -> Form:
    """Lay out sections, energy and tempo so that the piece lasts what was asked for."""
    extent = plan_extent(brief)
    body = int(extent.end / brief.bar_beats + 1e-6)
    layout = _layout(body or extent.bars, brief, rng)
    if extent.final_beats and body:
        layout.append(("outro", "", extent.bars - body))
    sections = _sections(layout, brief, extent)
    return Form(
        sections, _tempo_map(brief, extent, sections), brief.bar_beats, extent.end, extent.final_beats,
        extent.tail_s, extent.length_s,
    )  # fmt: skip


_EIGHTS = {
    1: ("A",), 2: ("AB", "AB", "AA"), 3: ("ABA", "AAB"), 4: ("AABA", "ABAB", "AABB"), 5: ("AABAB", "ABABA"),
    6: ("AABABB", "ABABCB", "AABACA"), 7: ("AABABCB", "ABABCAB"),
}  # fmt: skip
_SONG = ("AAB", "AB", "C", "AB", "AAB")
_LONG = ("AAB", "AB", "C", "AAB", "DDE", "DE", "F", "DE", "AAB", "C", "DE")


def _layout(body: int, brief: Brief, rng: random.Random) -> list[tuple[str, str, int]]:
    """(kind, theme, bars) for each section of `body` bars before the last chord."""
    if body < 8:
        opens = body > 4 and not brief.request.loop and rng.random() < 0.5
        return [("intro", "", body - 4), ("", "A", 4)] if opens else [("", "A", body)]
    odd = body % 4
    intro = 0 if brief.request.loop else {0: 0, 1: 1, 2: 2, 3: 2}[odd]
    tag = odd - intro if not brief.request.loop else odd
    fours = (body - odd) // 4
    if intro == 0 and fours >= 5 and fours % 2 and not brief.request.loop:
        intro, fours = 4, fours - 1
    unit = 8 if fours >= 4 and len(brief.request.energy or ()) <= fours // 2 else 4
    count, spare = divmod(fours * 4, unit)
    letters = rng.choice(_EIGHTS[count]) if count in _EIGHTS else _long_letters(count, rng)
    if fours in (2, 3) and unit == 4:
        letters = {2: rng.choice(("AA", "AB")), 3: rng.choice(("ABA", "AAB"))}[fours]
    sections = [("intro", "", intro)] if intro else []
    sections += [("", letter, unit) for letter in letters]
    if spare:
        sections.insert((len(sections) + 1) // 2, ("interlude", "", spare))
    if tag > 0:
        kind, theme, bars = sections[-1]
        sections[-1] = (kind, theme, bars + tag)
    return sections


def _long_letters(count: int, rng: random.Random) -> str:
    """A longer piece goes on as songs do: verses and choruses, a bridge now and then, a chorus to close."""
    parts, letters, place = _SONG if count <= 14 else _LONG, "AAB", 1 + rng.randrange(2)
    while len(letters) < count:
        letters += parts[place % len(parts)]
        place += 1
    return letters[: count - 1] + "B"


def _name(kind: str, theme: str, occurrence: int) -> str:
    return kind or theme + ("'" * occurrence if occurrence <= 3 else str(occurrence + 1))


_ARC = {"intro": 0.28, "interlude": 0.40, "outro": 0.36}


def _along(curve: tuple[float, ...], fraction: float, share: float) -> float:
    """The caller's curve at a section: between two values where there are fewer values than sections, the mean
    of all that fall into its `share` of the piece where there are more, so that none is lost."""
    if share * len(curve) > 1:
        centre = fraction * (1 - share) + share / 2
        low, high = (centre - share / 2) * len(curve), (centre + share / 2) * len(curve)
        weights = [max(0.0, min(high, i + 1) - max(low, i)) for i in range(len(curve))]
        return sum(w * e for w, e in zip(weights, curve, strict=True)) / sum(weights)
    place = fraction * (len(curve) - 1)
    i = min(int(place), len(curve) - 1)
    return curve[i] + (curve[min(i + 1, len(curve) - 1)] - curve[i]) * (place - i)


def _energy(
    brief: Brief, kind: str, theme: str, occurrence: int, fraction: float, feel: Feel, share: float
) -> float:
    if curve := brief.request.energy:
        return _along(curve, fraction, share)
    arc = (_ARC[kind] if kind else THEMES[theme].energy) + 0.07 * min(occurrence, 3)
    if brief.request.loop:
        arc = 0.5 + 0.4 * (arc - 0.5)
    return min(1.0, max(0.05, 0.2 + 0.6 * feel.energy + 0.6 * (arc - 0.5)))


BRIDGE_SECONDS = 75.0
"""A piece this long goes to another key for its bridges."""


def _bridge_key(brief: Brief, theme: str, bars: int) -> tuple[int, str] | None:
    """The bridge stands in the relative key, or in the subdominant's; what the caller gave is not left."""
    fixed = brief.request.key or brief.chords or brief.request.target
    seconds = bars * brief.bar_beats * 60 / brief.tempo
    if theme not in ("C", "F") or fixed or brief.mode not in ("major", "minor") or seconds < BRIDGE_SECONDS:
        return None
    if theme == "F":
        return (brief.tonic + 5) % 12, brief.mode
    return ((brief.tonic + 9) % 12, "minor") if brief.mode == "major" else ((brief.tonic + 3) % 12, "major")


def _sections(layout: list[tuple[str, str, int]], brief: Brief, extent: Extent) -> tuple[SectionPlan, ...]:
    total, bar, seen = sum(bars for *_, bars in layout), 0, dict.fromkeys(THEMES, 0)
    last_sung = max(i for i, (kind, *_) in enumerate(layout) if kind != "outro")
    sections = []
    for i, (kind, theme, bars) in enumerate(layout):
        occurrence = seen[theme] if theme else 0
        sung = len(layout) - (layout[-1][0] == "outro")
        fraction = i / max(1, sung - 1)
        feel = brief.feel_at(min(1.0, (bar + bars / 2) / total) if brief.request.target else 0.0)
        if i >= last_sung:
            cadence = "half" if brief.request.loop else "final"
        else:
            follows = layout[i + 1][1]
            cadence = (
                "half"
                if (theme != follows and follows and THEMES[follows].climax) or kind in ("intro", "interlude")
                else "full"
            )
        energy = _energy(brief, kind, theme, occurrence, min(fraction, 1.0), feel, 1 / max(1, sung))
        key = _bridge_key(brief, theme, total) or brief.key_at((bar + bars / 2) / total)
        sections.append(
            SectionPlan(_name(kind, theme, occurrence), theme, occurrence, bar * brief.bar_beats, bars,
                energy, feel,
                        key, cadence)
        )  # fmt: skip
        if theme:
            seen[theme] += 1
        bar += bars
    return tuple(sections)


def _tempo_map(brief: Brief, extent: Extent, sections: tuple[SectionPlan, ...]) -> tuple[TempoMark, ...]:
    """Solve for the one tempo that makes the written beats, with their slowings, last as long as they must."""
    if brief.tempo_fixed:
        return (TempoMark(0.0, brief.tempo),)
    factors = (
        [(s.start, s.feel.tempo / brief.begin.tempo) for s in sections]
        if brief.request.target
        else [(0.0, 1.0)]
    )
    last = factors[-1][1]
    bars = round((extent.end + brief.bar_beats) / brief.bar_beats)
    close = [(extent.end + at, last * factor) for at, factor in slowing(brief, bars)]
    factors = [(at, f) for at, f in factors if not close or at < close[0][0]] + close
    stop = extent.end + extent.final_beats
    ends = [at for at, _ in factors[1:]] + [stop]
    weight = sum((b - a) / f for (a, f), b in zip(factors, ends, strict=True))
    bpm = 60 * weight / (extent.length_s - extent.tail_s)
    return tuple(TempoMark(at, bpm * factor) for at, factor in factors)
