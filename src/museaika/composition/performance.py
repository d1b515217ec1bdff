"""Performance: what players add to the page.

Nobody plays as written, and nobody plays at random either. A phrase swells towards its middle and yields at
its end; strong beats are leaned on; the tune stands in front, the pad behind. Each role has its own place in
time: drums keep it, the bass sits a hair behind, a singer takes her time, a jazz player swings the off-beats,
and a pianist's last chord is rolled from below. Cheerful notes are short, tender ones are held into the next.
Pianists change the pedal with the harmony, string players breathe with the bow.
"""

from __future__ import annotations

import bisect
import math
import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from museaika.composition.arrangement import Voice
from museaika.composition.brief import Brief
from museaika.composition.feel import Feel
from museaika.composition.form import Form
from museaika.composition.rhythm import Tone
from museaika.composition.score import ChordSpan, Control, Note, Part
from museaika.composition.styles import PLAYERS

SUSTAIN_PEDAL, EXPRESSION = 64, 11


class Manner(NamedTuple):
    """How a role plays: velocity above the mean, share of the phrase's swell, lateness and looseness in
    seconds, share of the staccato it takes part in, level and place in the mix."""

    louder: float
    swell: float
    late: float
    loose: float
    crispness: float
    level_db: float
    pan: float


MANNERS: Mapping[str, Manner] = MappingProxyType(
    {
        "melody": Manner(8, 1.0, 0.006, 0.007, 1.0, 0.0, 0.0),
        "counter": Manner(-4, 0.8, 0.006, 0.008, 0.5, -3.5, 0.32),
        "chords": Manner(-9, 0.5, 0.002, 0.005, 0.7, -4.5, -0.22),
        "pad": Manner(-11, 0.3, 0.0, 0.006, 0.0, -6.0, 0.0),
        "bass": Manner(-2, 0.3, 0.004, 0.004, 0.5, -3.0, 0.0),
        "drums": Manner(-2, 0.2, 0.0, 0.002, 0.0, -3.0, 0.0),
    }
)


class _Stage:
    """The phrases and tempi everybody plays along with."""

    def __init__(self, brief: Brief, form: Form, phrases: Sequence[tuple[float, float]]) -> None:
        self.brief, self.form = brief, form
        self._phrases = sorted(phrases)
        self._phrase_starts = [start for start, _ in self._phrases]
        self._tempo_starts = [mark.start for mark in form.tempo]
        bars = sum(s.bars for s in form.sections)
        self.mean_energy = sum(s.energy * s.bars for s in form.sections) / max(bars, 1)

    def swell(self, beat: float) -> float:
        """−1 … 1: low at a phrase's ends, high a little past its middle."""
        i = bisect.bisect_right(self._phrase_starts, beat) - 1
        if i < 0 or beat >= self._phrases[i][1]:
            return -0.4
        start, end = self._phrases[i]
        x = (beat - start) / (end - start)
        return 1.7 * math.sin(math.pi * x**1.2) - 0.85

    def energy(self, beat: float) -> float:
        """The section's energy about the mean of the piece; its last bar grows or yields towards the next."""
        section = self.form.section_at(beat)
        end = section.start + section.bars * self.form.bar_beats
        way = max(0.0, 1 - (end - beat) / self.form.bar_beats)
        following = self.form.section_at(end) if beat < self.form.end else section
        return section.energy + 0.5 * way * (following.energy - section.energy) - self.mean_energy

    def beat_seconds(self, beat: float) -> float:
        return 60.0 / self.form.tempo[max(0, bisect.bisect_right(self._tempo_starts, beat) - 1)].bpm


def perform(
    voices: Sequence[Voice], brief: Brief, form: Form, chords: Sequence[ChordSpan],
    phrases: Sequence[tuple[float, float]], rng: random.Random,
) -> tuple[Part, ...]:  # fmt: skip
    """Turn written tones into notes with velocity, timing and articulation, and add pedals and swells."""
    stage = _Stage(brief, form, phrases)
    parts = []
    for voice in voices:
        manner = MANNERS[voice.role]
        notes = tuple(sorted(_play(voice, manner, stage, rng), key=lambda n: (n.start, n.pitch)))
        parts.append(
            Part(
                voice.role, _part_name(voice), voice.program, notes, _controls(voice, stage, chords),
                    manner.level_db,
                0.0 if brief.style.name == "solo_piano" else manner.pan,
            )
        )  # fmt: skip
    return tuple(parts)


def _part_name(voice: Voice) -> str:
    return voice.player.replace("_", " ").capitalize()


def _play(voice: Voice, manner: Manner, stage: _Stage, rng: random.Random) -> list[Note]:
    notes = []
    rank = 0
    last_start = -1.0
    for tone in voice.tones:
        rank = rank + 1 if tone.start == last_start else 0
        last_start = tone.start
        feel = stage.form.section_at(tone.start).feel
        notes.append(
            Note(
                tone.start, tone.duration, tone.pitch, _velocity(tone, manner, feel, stage, rng),
                _shift(tone, voice, manner, rank, stage, rng), _gate(tone, manner, feel, stage),
            )
        )  # fmt: skip
    return notes


def _velocity(tone: Tone, manner: Manner, feel: Feel, stage: _Stage, rng: random.Random) -> int:
    lively = feel.spread / 11.0
    value = (
        feel.velocity
        + manner.louder
        + 24 * stage.energy(tone.start)
        + 6.5 * lively * manner.swell * stage.swell(tone.start)
        + 9 * lively * tone.accent
        + rng.gauss(0, 2.2 * (0.6 + 0.4 * lively))
    )
    return max(14, min(124, round(value)))


def _shift(tone: Tone, voice: Voice, manner: Manner, rank: int, stage: _Stage, rng: random.Random) -> float:
    """Seconds by which the onset strays from the page: habit, swing, the roll of a chord, and a little life."""
    style, beat = stage.brief.style, stage.beat_seconds(tone.start)
    machine = 0.35 if style.name == "electronic" else 1.0
    shift = manner.late * machine + rng.gauss(0, manner.loose * machine)
    place = tone.start % 1
    if style.swing and place in (0.25, 0.5, 0.75):
        shift += style.swing * beat * (0.5 if place == 0.5 else 0.25)
    last = tone.start >= stage.form.end
    if voice.role == "chords" and stage.brief.begin.arousal < 0.2:
        shift += rank * (0.022 if last else 0.006)
    elif voice.role == "melody" and last:
        shift += 0.03
    limit = 0.06 + style.swing * beat * 0.5
    return round(min(limit, max(0.0 if tone.start == 0 else -limit, shift)), 4)


def _gate(tone: Tone, manner: Manner, feel: Feel, stage: _Stage) -> float:
    if tone.start >= stage.form.end:
        return 1.0
    long = min(1.0, max(0.0, (tone.duration - 0.75) / 1.5))
    crisp = manner.crispness * feel.articulation * (1 - 0.6 * long)
    full = 1.02 if manner.crispness in (0.0, 1.0) else 0.93 - 0.09 * (1 - long)
    return round(min(1.0, max(0.3, full - 0.6 * crisp)), 3)


def _controls(voice: Voice, stage: _Stage, chords: Sequence[ChordSpan]) -> tuple[Control, ...]:
    player = PLAYERS.get(voice.player)
    if voice.role == "pad" or (player and player.sustained):
        return _swells(voice, stage)
    if player and player.pedal and voice.role in ("chords", "melody") and _pedals(voice, stage):
        return _pedal(voice, stage, chords)
    return ()


def _pedals(voice: Voice, stage: _Stage) -> bool:
    if stage.brief.style.name == "jazz_trio":
        return False
    alone = stage.brief.style.bass is None
    return stage.brief.begin.articulation < 0.55 and (voice.role == "chords" or alone)


def _pedal(voice: Voice, stage: _Stage, chords: Sequence[ChordSpan]) -> tuple[Control, ...]:
    """Change the pedal just after each new chord is struck; lift it when the last chord has rung."""
    controls = []
    for chord in chords:
        controls += [Control(chord.start, SUSTAIN_PEDAL, 0), Control(chord.start + 0.125, SUSTAIN_PEDAL, 127)]
    return (*controls, Control(chords[-1].start + chords[-1].duration, SUSTAIN_PEDAL, 0))


def _swells(voice: Voice, stage: _Stage) -> tuple[Control, ...]:
    """Expression twice a bar, following the phrase; the last chord fades a little."""
    step = stage.form.bar_beats / 2
    first, last = voice.tones[0].start, max(t.start + t.duration for t in voice.tones)
    controls, before = [], -1
    for i in range(int((last - first) / step) + 1):
        beat = first + i * step
        value = round(102 + 18 * stage.swell(beat)) if beat < stage.form.end else 96
        if value != before:
            controls.append(Control(beat, EXPRESSION, value))
            before = value
    return tuple(controls)
