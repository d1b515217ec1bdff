"""Harmony: the chords of the piece, phrase by phrase.

A phrase fixes its beginning and its cadence and walks between them (see `grammar`). A theme keeps its chords
when it returns, with a fresh cadence. The plain triads are then coloured: sevenths and ninths where the style
likes them, a dominant borrowed from the key of the next chord, the minor subdominant in a major key when it
grows wistful, the Neapolitan and diminished chords where it gets tense. Where a bridge stands in another key
the chord before the door is that key's dominant, and another one leads back. Last, `basses` decides which
note of each chord lies at the bottom.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from museaika.composition.basses import Chord, Slot, write_basses
from museaika.composition.brief import Brief
from museaika.composition.form import THEMES, Form, SectionPlan
from museaika.composition.grammar import CADENCES, OFF_TONIC, TONICS, Grammar, grammar_of, walk
from museaika.composition.length import GRID
from museaika.composition.score import ChordSpan
from museaika.composition.theory import MINOR_LIKE, chord_tones, estimate_key, roman, scale, symbol

WALKS = 5


def _tells_its_key(path: list[str], mode: str) -> bool:
    """Would a listener take it for the key it is meant in? Asked of major and minor only."""
    weights = [0.001 * step for step in range(12)]
    for degree in path:
        root, quality = roman(degree)
        for tone in (root, *chord_tones(root, quality)):
            weights[tone] += 1.0
    return mode not in ("major", "minor") or estimate_key(weights) == (0, mode)


class _Progressions:
    """Writes the chords of each theme once and recalls them, with a fresh cadence, whenever it returns.

    `memory` maps "theme/mode/slots" (a loop of four bars), or "theme+number/mode/slots" (two phrases that
    differ), to degrees; an extension begins with the memory of the piece before.
    """

    def __init__(self, brief: Brief, rng: random.Random) -> None:
        self._rng = rng
        self.memory: dict[str, list[str]] = {k: list(v) for k, v in brief.material.get("chords", {}).items()}
        self._loops: dict[str, bool] = {}

    def phrase(self, section: SectionPlan, index: int, slots: int, cadence: str) -> list[str]:
        """The degrees of one phrase of a section, one for each slot of time."""
        mode, theme = section.key[1], section.theme or "A"
        if slots == 1:
            return [TONICS[mode]]
        looping = self._loops.setdefault(
            theme, f"{theme}/{mode}/{slots}" in self.memory or self._rng.random() < 0.55
        )
        key = f"{theme}/{mode}/{slots}" if looping else f"{theme}{index % 2}/{mode}/{slots}"
        grammar = grammar_of(mode, section.feel.tension)
        if key not in self.memory:
            self.memory[key] = self._invent(grammar, theme, mode, slots, "half" if looping else cadence)
        path = self.memory[key]
        if cadence == "half" and (looping or section.occurrence):
            return list(path)
        ending = self._ending(mode, cadence)[-max(1, slots - 1) :]
        keep = max(1, slots - max(len(ending), 2))
        return path[:keep] + walk(grammar, grammar[path[keep - 1]], ending, slots - keep, self._rng)

    def _invent(self, grammar: Grammar, theme: str, mode: str, slots: int, cadence: str) -> list[str]:
        """Verses begin at home, the others mostly away from it; of a few walks keep one that tells its key."""
        at_home = THEMES[theme].at_home or self._rng.random() < 0.25
        start = {TONICS[mode]: 1.0} if at_home else OFF_TONIC[mode]
        endings = [self._ending(mode, cadence)[1 - slots :] for _ in range(WALKS)]
        walks = [walk(grammar, start, ending, slots, self._rng) for ending in endings]
        return next((path for path in walks if _tells_its_key(path, mode)), walks[0])

    def _ending(self, mode: str, cadence: str) -> tuple[str, ...]:
        endings = CADENCES[mode][cadence]
        return self._rng.choices([e for e, _ in endings], [w for _, w in endings])[0]


def _slot_beats(brief: Brief, section: SectionPlan) -> float:
    """How long a chord lasts: by style, and longer when the pulse is fast or the mood is at rest."""
    bar = brief.bar_beats
    if bar == 3:
        return 3.0
    beats = brief.style.harmonic_rhythm
    if section.feel.tempo > 112 and beats < 4:
        beats = 4.0
    if section.feel.tempo < 76 and brief.style.name != "ambient" and section.character.climax:
        beats = 2.0
    return beats


def _colour(
    degree: str, following: str | None, section: SectionPlan, brief: Brief, rng: random.Random
) -> tuple[int, str]:
    """Dress a degree: (root, quality), its root an absolute pitch class."""
    tonic, mode = section.key
    offset, quality = roman(degree)
    taste, feel = brief.style.colour, section.feel
    wistful = mode in ("major", "mixolydian") and -0.3 < feel.valence < 0.62 and feel.arousal < 0.1
    if degree == "IV" and wistful and following in ("I", "vi") and rng.random() < 0.30:
        quality = "min"
    rock = brief.style.name == "rock" and feel.valence < 0 and not section.character.climax
    if rock and quality in ("maj", "min") and rng.random() < 0.7:
        quality = "5"
    elif (harsh := _HARSH.get(degree)) and feel.tension > 0.4 and rng.random() < feel.tension - 0.1:
        quality = harsh
    elif degree == "i" and mode == "minor" and feel.tension > 0.45 and rng.random() < 0.3 * feel.tension:
        quality = "minmaj7"
    elif degree == "V" and following in ("I", "i", None) and rng.random() < 0.25 + 0.6 * taste:
        quality = "7"
    elif degree == following == "V" and rng.random() < 0.6:
        quality = "sus4"
    elif rng.random() < taste * 0.8:
        quality = _extended(degree, quality, mode, feel.valence, rng)
    return (tonic + offset) % 12, quality


_HARSH = {"iv": "min6", "V": "7", "bVI": "maj7", "bII": "maj7", "iidim": "min7b5"}
"""What dresses a degree where it gets tense: seconds, tritones and major sevenths."""


def _extended(degree: str, quality: str, mode: str, valence: float, rng: random.Random) -> str:
    """A richer chord on the same root; the pleasanter the mood, the rarer the bite of a major seventh."""
    if quality == "maj":
        dominant = (
            degree in ("V", "bVII")
            or (degree == "I" and mode == "mixolydian")
            or (degree == "IV" and mode == "dorian")
        )
        if degree == "II":
            return "maj"
        if dominant:
            return rng.choice(("7", "9"))
        return rng.choices(("maj7", "maj9", "add9"), (2, 1, 1 + max(0.0, 8 * valence)))[0]
    if degree == "i" and mode == "minor":  # a seventh on it would pull towards the relative major
        return rng.choice(("minadd9", "minadd9", "min7"))
    if quality == "min":
        plain = degree in ("iii", "v") or mode == "phrygian"
        return "min7" if plain else rng.choice(("min7", "min7", "min9", "minadd9"))
    return "min7b5" if quality == "dim" else quality


def _secondary_dominants(
    chords: list[tuple[int, str]], section: SectionPlan, brief: Brief, slot: float, rng: random.Random
) -> None:
    """Now and then turn a chord into the dominant of the one that follows (A7 before D minor in C)."""
    tonic, mode = section.key
    if mode not in ("major", "minor") or section.feel.tension > 0.6:
        return
    chance = (0.01 + 0.03 * brief.style.colour) * slot
    for i in range(1, len(chords) - 2):
        target, quality = chords[i + 1]
        inside = set(scale(tonic, mode))
        if target == tonic or target not in inside or quality.startswith(("dim", "min7b5", "5")):
            continue
        if (target - tonic) % 12 in (2, 9, 7, 5, 8) and rng.random() < chance:
            chords[i] = ((target + 7) % 12, "7")


@dataclass(frozen=True)
class Harmony:
    """The chords of a piece, gap-free from beat 0 to its end, and the degrees an extension goes on with."""

    chords: tuple[ChordSpan, ...]
    material: dict[str, list[str]]


def write_harmony(brief: Brief, form: Form, rng: random.Random) -> Harmony:
    """Choose every chord of the piece: the caller's, or our own."""
    given, progressions = brief.chords is not None, _Progressions(brief, rng)
    slots = _given(brief, form) if given else _invented(brief, form, progressions, rng)
    if form.final_beats:
        tonic, mode = form.sections[-1].key
        slots.append((form.end, form.final_beats, (tonic, _final_quality(brief, mode, rng), tonic)))
    chords = slots if given else write_basses(slots, form, brief, rng)
    spans = tuple(
        ChordSpan(
            start, beats, *chord, brief.chord_names.get(chord) or symbol(*chord, *form.section_at(start).key)
        )
        for start, beats, chord in _merged(chords, brief.bar_beats, form)
    )
    return Harmony(spans, progressions.memory)


def _invented(brief: Brief, form: Form, progressions: _Progressions, rng: random.Random) -> list[Slot]:
    slots: list[Slot] = []
    for section in form.sections:
        if section.start >= form.end:
            continue
        for index, (first_bar, bars) in enumerate(section.phrases()):
            start = section.start + first_bar * form.bar_beats
            beats = min(bars * form.bar_beats, form.end - start)
            slot = min(_slot_beats(brief, section), beats)
            last = first_bar + bars >= section.bars
            if slot == beats >= 2 and last:  # a miniature: at least two chords before the last one
                slot = round(beats) / 2
            count = max(1, round(beats / slot))
            cadence = section.cadence if last else "half"
            path = progressions.phrase(section, index, count, cadence)
            dressed = [_colour(d, n, section, brief, rng) for d, n in zip(path, [*path[1:], None], strict=True)]
            _secondary_dominants(dressed, section, brief, slot, rng)
            for i, (root, quality) in enumerate(dressed):
                at = start + i * slot
                end = start + beats if i == count - 1 else at + slot
                suspended = last and i == count - 1 and path[-1] == "V" and rng.random() < 0.35
                slots += (
                    _suspension(at, end, root, quality)
                    if suspended
                    else [(at, end - at, (root, quality, root))]
                )
    return _doors(slots, form)


def _doors(slots: list[Slot], form: Form) -> list[Slot]:
    """Where the key changes, let the last chord before be the dominant seventh of the key that comes."""
    result = list(slots)
    for before, after in itertools.pairwise(form.sections):
        if before.key[0] == after.key[0] or after.start >= form.end:
            continue
        last = max(i for i, (at, _, _) in enumerate(slots) if at < after.start)
        at, beats, _ = slots[last]
        dominant = (after.key[0] + 7) % 12
        result[last] = (at, beats, (dominant, "7", dominant))
    return result


def _suspension(start: float, end: float, root: int, quality: str) -> list[Slot]:
    """A dominant whose third is held back by the fourth for half its time, where it lasts long enough."""
    half = (end - start) / 2
    if half < 1 or half % 0.5:
        return [(start, end - start, (root, quality, root))]
    held = "7sus4" if quality in ("7", "9") else "sus4"
    return [(start, half, (root, held, root)), (start + half, half, (root, quality, root))]


def _given(brief: Brief, form: Form) -> list[Slot]:
    """The caller's chords, as many whole rounds as come nearest to the piece, a bar for each cell of the line.
    What is left over or missing at the end, the last round makes good by a slower or quicker change."""
    cells, bar = brief.chords or (), form.bar_beats
    rounds = max(1, round(form.end / (len(cells) * bar)))
    last = (rounds - 1) * len(cells) * bar
    starts = [number * bar for number in range((rounds - 1) * len(cells))]
    starts += [last + at for at in shares(len(cells), form.end - last, bar)]
    slots: list[Slot] = []
    for number, (start, until) in enumerate(itertools.pairwise([*starts, form.end])):
        slots += _spread(cells[number % len(cells)], start, until, 1.0)
    if min(beats for _, beats, _ in slots) < 0.5:
        return _spread([chord for cell in cells for chord in cell], 0.0, form.end, bar)
    return slots


def _spread(chords: Sequence[Chord], start: float, until: float, unit: float) -> list[Slot]:
    bounds = [*(start + at for at in shares(len(chords), until - start, unit)), until]
    return [(a, b - a, chord) for chord, (a, b) in zip(chords, itertools.pairwise(bounds), strict=True)]


def shares(count: int, beats: float, unit: float) -> list[float]:
    """Where each of `count` equal parts of some beats begins, moved to the coarsest grid, from `unit` down to a
    sixteenth, that keeps them apart."""
    while unit > GRID and beats / unit < count - 1e-6:
        unit /= 2
    return [math.floor(i * beats / count / unit + 0.5) * unit for i in range(count)]


def _final_quality(brief: Brief, mode: str, rng: random.Random) -> str:
    minor = mode in MINOR_LIKE
    if brief.style.name == "rock" and minor:
        return "5"
    if brief.style.colour > 0.5:
        return (
            "min9" if minor and mode != "phrygian" else "min7" if minor else rng.choice(("maj7", "6", "maj9"))
        )
    return "min" if minor else rng.choice(("maj", "maj", "add9"))


def _merged(slots: list[Slot], bar: float, form: Form) -> list[Slot]:
    """Join equal neighbours inside a bar; across a barline, and where all meet for the end, the chord is named
    again."""
    merged: list[Slot] = []
    for slot in slots:
        apart = slot[0] % bar == 0 or (slot[0] == form.end and form.final_beats > 0)
        if merged and merged[-1][2] == slot[2] and not apart and merged[-1][0] // bar == slot[0] // bar:
            merged[-1] = (merged[-1][0], merged[-1][1] + slot[1], slot[2])
        else:
            merged.append(slot)
    return merged
