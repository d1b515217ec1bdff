"""Melody: a motif, and what becomes of it.

A tune that is remembered says little and says it again. Two bars make a motif; the phrase answers it, repeats
it, or carries it on, and closes on a note that fits its cadence: open on the dominant's notes half-way, home
on the tonic at the end. When a theme returns it is recognisable by its rhythm and its steps, while pitches
bend to the harmony beneath and the close is new. The B theme climbs higher and moves in another rhythm,
sharing one cell with A.

For each phrase many candidates are improvised by a network (`improviser`) and the best is kept
(`judging.rank`): whoever has another source of phrases (counted habits, see `phrase.propose_phrases`, or
another network) puts it in place of the first, the second still decides.
"""

from __future__ import annotations

import bisect
import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from museaika.composition.brief import Brief
from museaika.composition.feel import Feel
from museaika.composition.form import Form, SectionPlan
from museaika.composition.judging import rank
from museaika.composition.motif import REPETITION, Theme, develop, material_of, new_theme, recall, vary
from museaika.composition.originality import quotations
from museaika.composition.phrase import PhraseTask, Proposer, degrees_of, moved
from museaika.composition.rhythm import STEP, Metre, Tone, strength
from museaika.composition.score import ChordSpan
from museaika.composition.styles import PLAYERS
from museaika.composition.theory import chord_tones

CANDIDATES, ROUNDS = 24, 6
LOOK_BACK = 64
"""Notes of the tune so far that a source of phrases is shown."""


@dataclass(frozen=True)
class Melody:
    """The tune: its tones, the (start, end) of each phrase in beats, and what an extension needs to go on."""

    tones: tuple[Tone, ...]
    phrases: tuple[tuple[float, float], ...]
    material: dict[str, Any]


class _Writer:
    """Writes the tune section by section and keeps the themes in mind."""

    def __init__(
        self, brief: Brief, form: Form, chords: Sequence[ChordSpan], rng: random.Random, propose: Proposer
    ) -> None:
        self.brief, self.form, self.chords, self.rng, self.propose = brief, form, chords, rng, propose
        self.metre: Metre = brief.metre
        self.themes: dict[str, Theme] = recall(brief.material, self.metre)
        self.tones: list[Tone] = []
        self.phrases: list[tuple[float, float]] = []

    def write(self) -> Melody:
        for section in self.form.sections:
            if section.theme:
                self._section(section)
        if self.form.final_beats:
            self._last_note()
        return Melody(tuple(self.tones), tuple(self.phrases), material_of(self.themes))

    def _section(self, section: SectionPlan) -> None:
        theme = self.themes.setdefault(section.theme, new_theme(section, self.brief, self.themes, self.rng))
        phrases = section.phrases()
        for number, (first_bar, bars) in enumerate(phrases):
            start = section.start + first_bar * self.form.bar_beats
            end = min(start + bars * self.form.bar_beats, self.form.end)
            closing = section.cadence if number == len(phrases) - 1 else "half"
            onsets, upbeat = self._onsets(theme, section, number, bars, start, end, closing)
            task = self._task(theme, section, number, onsets + upbeat, start, end, closing, len(onsets) - 1)
            pitches = self._choose(task)
            theme.phrases.setdefault(
                number % 2, (tuple(s - start for s in task.starts), tuple(p - section.key[0] for p in pitches))
            )
            self._sing(task, pitches)
            self.phrases.append((start, end))

    def _choose(self, task: PhraseTask) -> tuple[int, ...]:
        """The best candidate that quotes no known song, the notes just sung included."""
        tail = self._tail()
        onsets = [round(at / STEP) for at in task.starts]
        best: tuple[int, tuple[int, ...]] | None = None
        for _ in range(ROUNDS):
            for pitches in rank(self.propose(task, CANDIDATES, self.rng), task):
                quoted = quotations([*tail, *zip(onsets, pitches, strict=True)])
                if quoted == 0:
                    return pitches
                if best is None or quoted < best[0]:
                    best = (quoted, pitches)
            task = replace(task, motif=(), memory=())
        if best is None:
            raise ValueError("no candidate was proposed")
        return best[1]

    def _onsets(
        self, theme: Theme, section: SectionPlan, number: int, bars: int, start: float, end: float, closing: str
    ) -> tuple[list[float], list[float]]:
        """Lay the theme's cells over the bars; returns are varied, closes breathe. Onsets of the phrase, and
        those of an upbeat into the next one."""
        onsets: list[float] = []
        for pair in range(math.ceil(bars / 2)):
            which = theme.order[number % 2][pair % 2]
            cell = theme.cells[which]
            if section.occurrence and self.rng.random() < 0.35:
                cell = vary(cell, self.metre, section.feel, self.rng)
            onsets += [start + pair * 2 * self.form.bar_beats + step * STEP for step in cell]
        onsets = [at for at in onsets if at < end - 1e-6] or [start]
        if closing == "final" or end - start < 2 * self.form.bar_beats:
            return onsets, []
        breath = end - self.form.bar_beats / 2
        upbeat = [at for at in onsets if at >= end - 1.0]
        keep_upbeat = len(upbeat) <= 2 and self.rng.random() < 0.7
        return [at for at in onsets if at < breath] or [start], upbeat if keep_upbeat else []

    def _task(
        self,
        theme: Theme,
        section: SectionPlan,
        number: int,
        onsets: list[float],
        start: float,
        end: float,
        closing: str,
        closing_at: int,
    ) -> PhraseTask:
        durations = _durations(onsets, end, section.feel, closing, closing_at)
        low, high, middle = _register(self.brief, section)
        middles = [at + min(beats, 1.0) / 2 for at, beats in zip(onsets, durations, strict=True)]
        chords = tuple(
            self._chord_at(beat) for beat in middles
        )  # an anticipation belongs to the chord it awaits
        span = max(end - start, 1.0)
        shape = theme.shape if number % 2 == 0 else "falling"
        targets = tuple(middle + _curve(shape, (at - start) / span, section.feel) for at in onsets)
        steps, memory = self._echo(theme, section, number, [at - start for at in onsets], (low, high))
        return PhraseTask(
            starts=tuple(onsets), durations=durations, chords=chords,
            strengths=tuple(strength(round((at - section.start) / STEP), self.metre) for at in onsets),
            targets=targets, low=low, high=high, key=section.key,
            closing=_closing(chords[closing_at], section.key, closing), closing_at=closing_at,
            feel=section.feel, motif=steps, memory=memory,
            previous=self.tones[-1].pitch if self.tones else None,
            before=tuple((tone, self._chord_at(tone.start)) for tone in self.tones[-LOOK_BACK:]),
            harmony=self.chords, spans=(*self.phrases, (start, end)), origin=section.start, metre=self.metre,
        )  # fmt: skip

    def _echo(
        self, theme: Theme, section: SectionPlan, number: int, offsets: list[float], span: tuple[int, int]
    ) -> tuple[tuple[int | None, ...], tuple[int | None, ...]]:
        """The steps and pitches the theme took at these places when it was first heard."""
        source = theme.phrases.get(number % 2) if section.occurrence or number > 1 else None
        half = 2 * self.form.bar_beats
        if source is None and number and theme.order[number % 2][0] == theme.order[0][0] and 0 in theme.phrases:
            source = theme.phrases[0]
            offsets = [o if o < half else -1.0 for o in offsets]
        if source is None and self.brief.material and theme.phrases:
            source = theme.phrases.get(number % 2)
        if source is None:
            return (), ()
        recalled = bool(self.brief.material) and not section.occurrence
        device = REPETITION if recalled else develop(section.feel, section.occurrence > 0, self.rng)
        places, pitches = source
        degrees = degrees_of(np.array(pitches), (0, section.key[1]))
        at = {round(place / STEP): i for i, place in enumerate(places)}
        found = [at.get(round(o / STEP)) for o in offsets]
        steps: list[int | None] = [None]
        for a, b in itertools.pairwise(found):
            steps.append(
                device.step(int(degrees[b] - degrees[a]))
                if a is not None and b is not None and b == a + 1
                else None
            )
        loosened = 0.15 + 0.1 * min(section.occurrence, 3)
        memory = [
            moved(pitches[i] + section.key[0], device.shift, section.key)
            if i is not None and not device.inverted and self.rng.random() > loosened
            else None
            for i in found
        ]
        return tuple(steps), tuple(_fold(p, span) for p in memory)

    def _chord_at(self, beat: float) -> ChordSpan:
        return self.chords[bisect.bisect_right(self.chords, beat + 1e-6, key=lambda c: c.start) - 1]

    def _sing(self, task: PhraseTask, pitches: Sequence[int]) -> None:
        for at, beats, pitch, level in zip(task.starts, task.durations, pitches, task.strengths, strict=True):
            self.tones.append(Tone(at, beats, pitch, (0.5, 0.25, 0.1, -0.15, -0.35)[level]))

    def _last_note(self) -> None:
        """The tune comes home: the tonic nearest to where it stands, held with the last chord."""
        section, end = self.form.sections[-1], round(self.form.end / STEP)
        low, high, middle = _register(self.brief, section)
        here = self.tones[-1].pitch if self.tones else round(middle)
        homes = [p for p in range(low - 3, high + 4) if p % 12 == section.key[0]]
        homes.sort(key=lambda p: abs(p - here) + 0.2 * abs(p - middle))
        own = [p for p in homes if not quotations([*self._tail(), (end, p)])]
        self.tones.append(Tone(self.form.end, self.form.final_beats, (own or homes)[0], 0.3))

    def _tail(self) -> list[tuple[int, int]]:
        """The notes just sung, as (onset in sixteenths, pitch)."""
        return [(round(t.start / STEP), t.pitch) for t in self.tones[-7:]]


def _fold(pitch: int | None, span: tuple[int, int]) -> int | None:
    if pitch is None:
        return None
    while pitch < span[0]:
        pitch += 12
    while pitch > span[1]:
        pitch -= 12
    return pitch


def _register(brief: Brief, section: SectionPlan) -> tuple[int, int, float]:
    """(lowest, highest, middle) pitch of the tune in a section, inside the instrument's range."""
    player = PLAYERS[brief.lead]
    middle = 69 + 0.8 * section.feel.register + section.character.lift
    reach = 9.0 + 2.0 * section.feel.energy
    middle = min(max(middle, player.low + reach), player.high - reach)
    return max(player.low, round(middle - reach)), min(player.high, round(middle + reach)), middle


def _curve(shape: str, x: float, feel: Feel) -> float:
    """The phrase's curve in semitones about its middle, `x` 0…1 through the phrase."""
    height = 2.6 + 2.2 * feel.energy
    return (
        height
        * {
            "arch": math.sin(math.pi * x) * 1.4 - 0.5,
            "rising": 1.6 * x - 0.8,
            "falling": 0.8 - 1.6 * x,
            "valley": 0.5 - math.sin(math.pi * x) * 1.2,
            "wave": math.sin(2 * math.pi * x) * 0.8,
        }[shape]
    )


def _closing(chord: ChordSpan, key: tuple[int, str], cadence: str) -> dict[int, float]:
    """Which pitch classes may close a phrase, and how well."""
    tonic = key[0]
    tones = chord_tones(chord.root, chord.quality)
    if cadence == "full" and tonic in tones:
        return {tones[1]: 0.15, tones[-1]: 0.1, tonic: 1.0}
    return dict(zip(tones, (0.6, 0.8, 1.0, 0.2, 0.1), strict=False))


def _durations(onsets: list[float], end: float, feel: Feel, cadence: str, closing_at: int) -> tuple[float, ...]:
    """Hold each note to the next; long gaps and phrase ends leave room to breathe."""
    lengths = []
    longest = 2.0 if feel.arousal > 0.2 else 3.0
    for i, (at, until) in enumerate(zip(onsets, [*onsets[1:], end], strict=True)):
        gap = until - at
        if until == end and cadence == "final":
            lengths.append(gap)
        elif gap > 1.5 or (i == closing_at and gap >= 1.0):
            lengths.append(min(max(0.5, gap - 0.5), longest))
        else:
            lengths.append(gap)
    return tuple(lengths)


def write_melody(
    brief: Brief,
    form: Form,
    chords: Sequence[ChordSpan],
    rng: random.Random,
    propose: Proposer,
) -> Melody:
    """Write the tune over the given harmony, from the first theme to the held last note."""
    return _Writer(brief, form, chords, rng, propose).write()
