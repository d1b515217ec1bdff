"""From a mood to musical intent.

A brief decides everything but the notes: key, metre, tempo, style, the lead player, and how it should feel at
the beginning and at the end (see `feel`).

What the caller fixes stays fixed, and the cue's share moves to the others: a sad piece at 140 bpm gets longer
notes, softer and lower; a happy piece in C minor is placed higher, brisker and more consonant.
"""

from __future__ import annotations

import difflib
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from museaika.composition.feel import Feel, feel_of, with_mode, with_tempo
from museaika.composition.rhythm import Metre
from museaika.composition.styles import PLAYERS, Style
from museaika.composition.styles import STYLES as STYLE_TABLE
from museaika.composition.theory import (
    MINOR_LIKE,
    MODES,
    chord_names,
    invalid,
    key_of_chords,
    parse_chords,
    parse_key,
)
from museaika.composition.titles import TITLES
from museaika.mood.vocabulary import Mood, find_mood

__all__ = [
    "INSTRUMENTS", "METRES", "MODES", "STYLES", "Brief", "Feel", "Request", "make_brief", "parse_chords",
     "parse_key",
    "parse_metre",
]  # fmt: skip

METRES: tuple[Metre, ...] = ((4, 4), (3, 4), (6, 8))
STYLES: tuple[str, ...] = tuple(STYLE_TABLE)
INSTRUMENTS: Mapping[str, int] = MappingProxyType({name: player.program for name, player in PLAYERS.items()})
"""Public instrument name → General MIDI program (0-based)."""

TEMPO_RANGE = (40.0, 220.0)
LENGTH_RANGE = (5.0, 600.0)


@dataclass(frozen=True)
class Request:
    """What a caller asks for. `valence`, `arousal` −1…1; `length_s` 5…600; `tempo` 40…220 bpm, kept exactly;
    `key` as in "C", "A minor", "F# dorian"; `target` (mood, valence, arousal) is where the piece travels to;
    `energy` a curve 0…1 over the sections; `material` the `plan` of an earlier score, to go on with it."""

    valence: float
    arousal: float
    mood: str
    length_s: float
    seed: int
    tempo: float | None = None
    key: str | None = None
    metre: tuple[int, int] | None = None
    instrument: str | None = None
    style: str | None = None
    target: tuple[str, float, float] | None = None
    chords: str | None = None
    energy: tuple[float, ...] | None = None
    loop: bool = False
    material: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Brief:
    """The decided intent of a piece, with nothing left open but the notes. `chords` are the caller's, by bars,
    and `chord_names` how the caller spells them."""

    request: Request
    title: str
    tonic: int
    mode: str
    metre: Metre
    tempo: float
    tempo_fixed: bool
    style: Style
    lead: str
    begin: Feel
    end: Feel
    chords: tuple[tuple[tuple[int, str, int], ...], ...] | None = None
    chord_names: Mapping[tuple[int, str, int], str] = field(default_factory=dict)
    target_key: tuple[int, str] | None = None
    material: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bar_beats(self) -> float:
        return self.metre[0] * 4.0 / self.metre[1]

    def feel_at(self, fraction: float) -> Feel:
        """The feel at `fraction` 0…1 of the piece: a straight line from the first mood to the target."""
        if self.begin is self.end:
            return self.begin
        values = (
            getattr(self.begin, name) * (1 - fraction) + getattr(self.end, name) * fraction
            for name in Feel.__dataclass_fields__
        )
        return Feel(*values)

    def key_at(self, fraction: float) -> tuple[int, str]:
        """Tonic and mode there: a journey across the valence axis moves to the relative key half-way."""
        return self.target_key if self.target_key and fraction >= 0.5 else (self.tonic, self.mode)

    def rng(self, stage: str) -> random.Random:
        """The dice of one stage; each has its own, so that one stage cannot disturb another."""
        return dice(self.request, stage)


def dice(request: Request, stage: str) -> random.Random:
    """Seeded by the request's seed and mood and by the stage that throws them."""
    return random.Random(f"{request.seed}/{request.mood}/{stage}")


def parse_metre(text: str) -> Metre:
    """Read "3/4" as (3, 4).

    Raises:
        Invalid: not one of 4/4, 3/4, 6/8.
    """
    known = {f"{beats}/{unit}": (beats, unit) for beats, unit in METRES}
    if metre := known.get(text.replace(" ", "")):
        return metre
    raise invalid("metre", f"'{text[:20]}' is not a metre we write in. Choose one of {', '.join(known)}.")


def _known(word: str, table: Mapping[str, object], field_name: str) -> str:
    key = word.strip().lower().replace(" ", "_").replace("-", "_")
    key = {"sax": "saxophone", "acoustic_guitar": "steel_guitar", "synth": "synth_lead",
        "rhodes": "electric_piano",
           "french_horn": "horn", "jazz": "jazz_trio", "pop": "upbeat_pop", "ballad": "pop_ballad",
           "lo_fi": "lofi", "waltz": "folk_waltz"}.get(key, key)  # fmt: skip
    if key in table:
        return key
    close = difflib.get_close_matches(key[:40], table, 3)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"Choose one of {', '.join(table)}."
    raise invalid(field_name, f"'{word[:40]}' is no {field_name} we have. {hint}")


def _check(request: Request) -> None:
    for name, value, (low, high) in (
        ("valence", request.valence, (-1.0, 1.0)),
        ("arousal", request.arousal, (-1.0, 1.0)),
        ("length", request.length_s, LENGTH_RANGE),
        ("tempo", request.tempo if request.tempo is not None else 100.0, TEMPO_RANGE),
    ):
        if not (math.isfinite(value) and low <= value <= high):
            raise invalid(name, f"{name} must lie between {low:g} and {high:g}.")
    if request.metre is not None and tuple(request.metre) not in METRES:
        parse_metre("/".join(str(part) for part in request.metre))
    if request.energy is not None and not (
        0 < len(request.energy) <= 64 and all(0.0 <= e <= 1.0 for e in request.energy)
    ):
        raise invalid("energy", "energy is a list of 1 to 64 numbers between 0 and 1, one for each section.")


def _pick_style(request: Request, feel: Feel, rng: random.Random) -> Style:
    if request.style:
        return STYLE_TABLE[_known(request.style, STYLE_TABLE, "style")]

    def affinity(style: Style) -> float:
        away = (feel.valence - style.valence) ** 2 + (feel.arousal - style.arousal) ** 2
        fits = request.metre is None or tuple(request.metre) in style.metres
        return math.exp(-away / 0.33) * (1.0 if fits else 0.02) + 1e-9

    return rng.choices(list(STYLE_TABLE.values()), [affinity(s) for s in STYLE_TABLE.values()])[0]


def _pick_lead(style: Style, arousal: float, rng: random.Random) -> str:
    """One of the style's lead players, rather one whose sound is as heated as the mood."""
    weights = [math.exp(-((PLAYERS[name].heat - arousal) ** 2) / 0.5) + 0.02 for name in style.leads]
    return rng.choices(style.leads, weights)[0]


_TONICS = (0, 2, 3, 4, 5, 7, 9, 10, 11, 1, 6, 8)
_TONIC_WEIGHTS = (10, 10, 7, 7, 9, 10, 9, 8, 4, 3, 2, 4)
_MODE_WEIGHTS = (0.80, 0.13, 0.07)
_MODE_CLARITY: Mapping[str, float] = MappingProxyType({"phrygian": 0.06, "lydian": 0.35})
"""Modes whose tonic is easily mistaken are drawn less often."""


def _pick_mode(mood: Mood, valence: float, rng: random.Random) -> str:
    """By the mood's preference; a point on the other side of the valence axis turns it round."""
    modes = mood.music.modes
    weights = [w * _MODE_CLARITY.get(mode, 1.0) for mode, w in zip(modes, _MODE_WEIGHTS, strict=False)]
    mode = rng.choices(modes, weights)[0]
    if valence < -0.25 and mode not in MINOR_LIKE:
        return "minor"
    return "major" if valence > 0.25 and mode in MINOR_LIKE else mode


def _relative(tonic: int, mode: str, valence: float) -> tuple[int, str]:
    """The key with the same notes on the other side: A minor for a bright end is C major."""
    if valence > 0.15 and mode in MINOR_LIKE:
        return (tonic + {"minor": 3, "dorian": 10, "phrygian": 8}[mode]) % 12, "major"
    if valence < -0.15 and mode not in MINOR_LIKE:
        return (tonic + {"major": 9, "lydian": 4, "mixolydian": 2}[mode]) % 12, "minor"
    return tonic, mode


def _key(request: Request, mood: Mood, rng: random.Random) -> tuple[int, str]:
    tonic, mode = rng.choices(_TONICS, _TONIC_WEIGHTS)[0], _pick_mode(mood, request.valence, rng)
    if request.key:
        return parse_key(request.key)
    if request.chords:
        return key_of_chords(parse_chords(request.chords), request.valence)
    if request.material:
        return int(request.material["tonic"]), str(request.material["mode"])
    return tonic, mode


def make_brief(request: Request) -> Brief:
    """Decide everything but the notes.

    Raises:
        Invalid: a value out of range, or a mood, key, metre, style, instrument or chord we do not know.
    """
    _check(request)
    rng = dice(request, "brief")
    mood, draw = find_mood(request.mood), rng.random()
    material = request.material or {}
    tonic, mode = _key(request, mood, rng)
    begin = with_mode(feel_of(mood, request.valence, request.arousal, draw), mode)
    style = _pick_style(replace(request, style=request.style or material.get("style")), begin, rng)
    metre = (
        tuple(request.metre or material.get("metre") or ())
        or rng.choices(list(style.metres), list(style.metres.values()))[0]
    )
    lead = _known(
        request.instrument or material.get("lead") or _pick_lead(style, begin.arousal, rng),
        PLAYERS,
        "instrument",
    )
    target_key, end = None, begin
    if request.target:
        name, valence, arousal = request.target
        target_key = (tonic, mode) if request.key or request.chords else _relative(tonic, mode, valence)
        end = with_mode(feel_of(find_mood(name, field_name="target"), valence, arousal, draw), target_key[1])
    if request.tempo is not None:
        end = with_tempo(end, request.tempo)
        begin = with_tempo(begin, request.tempo) if request.target else end
    return Brief(
        request=request, title=rng.choice(TITLES[mood.name]), tonic=tonic, mode=mode, metre=(metre[0],
            metre[1]),
        tempo=request.tempo or float(material.get("tempo") or begin.tempo),
            tempo_fixed=request.tempo is not None,
        style=style, lead=lead, begin=begin, end=end,
        chords=_chords_that_fit(request, request.tempo or begin.tempo) if request.chords else None,
        chord_names=chord_names(request.chords) if request.chords else {}, target_key=target_key,
            material=material,
    )  # fmt: skip


CHORDS_A_BEAT = 1.5
"""More of the caller's chords than that are no harmony any more."""


def _chords_that_fit(request: Request, tempo: float) -> tuple[tuple[tuple[int, str, int], ...], ...]:
    """The caller's chords, refused where the piece is too short to play them all even once."""
    bars = parse_chords(request.chords or "")
    count = sum(len(bar) for bar in bars)
    if count > CHORDS_A_BEAT * (request.length_s - 1.5) * tempo / 60:
        needed = math.ceil(count / CHORDS_A_BEAT * 60 / tempo + 1.5)
        raise invalid(
            "chords",
            f"{count} chords do not fit into {request.length_s:g} s at {tempo:.0f} bpm. "
            f"Ask for at least {needed} s, a faster tempo, or fewer chords.",
        )
    return bars
