"""The second voice: it moves while the tune rests and holds while the tune moves.

Most of the time it is a slow line through the chords by the smallest steps, with a short answer in each
breath of the tune. At a climax it joins the tune in thirds and sixths below.
"""

from __future__ import annotations

import itertools
import random

from museaika.composition.form import SectionPlan
from museaika.composition.melody import Melody
from museaika.composition.rhythm import Tone
from museaika.composition.room import Room, tones_of
from museaika.composition.theory import scale

RANGE, LOWEST = (52, 71), 48
"""Where it likes to be, in MIDI pitches, and how deep it goes to stay a third below the tune."""
CLIMAX = 0.66


def play_counter(room: Room, melody: Melody, rng: random.Random) -> list[Tone]:
    """Write the second voice for every section whose energy lets it in."""
    tones: list[Tone] = []
    for section in room.form.sections:
        stop = room.stop(section)
        if not room.plays("counter", section) or stop <= section.start:
            continue
        tune = [t for t in melody.tones if section.start <= t.start < stop]
        if section.character.climax and section.energy > CLIMAX:
            shortest = 0.35 * section.feel.tempo / 60
            tones += [_below(t, room) for t in tune if t.duration >= shortest]
        else:
            tones += _guide(room, section, tune, tones[-1].pitch if tones else 62, rng)
    return tones


def _below(tone: Tone, room: Room) -> Tone:
    """A third or sixth under the tune, a chord tone if there is one."""
    inside = set(scale(*room.form.section_at(tone.start).key))
    chord = set(tones_of(room.chord_at(tone.start)))
    options = [d for d in (3, 4, 8, 9, 5) if (tone.pitch - d) % 12 in chord]
    options += [d for d in (3, 4) if (tone.pitch - d) % 12 in inside]
    return Tone(tone.start, tone.duration, tone.pitch - (options[0] if options else 12), tone.accent - 0.3)


def _guide(room: Room, section: SectionPlan, tune: list[Tone], near: int, rng: random.Random) -> list[Tone]:
    line: list[Tone] = []
    for i in room.body(section):
        chord = room.chords[i]
        above = [
            t.pitch
            for t in tune
            if t.start < chord.start + chord.duration and chord.start < t.start + t.duration
        ]
        ceiling = min([RANGE[1], *(pitch - 2 for pitch in above)])
        floor = max(LOWEST, min(RANGE[0], ceiling - 12))
        options = [p for p in range(floor, ceiling) if p % 12 in tones_of(chord)]
        if not options:
            continue
        near = min(options, key=lambda p: abs(p - near) + 2.5 * (p == near) + 0.2 * abs(p - 61) + rng.random())
        line.append(Tone(chord.start, chord.duration, near, -0.2))
    for begin, end in _breaths(tune, room.stop(section)):
        line = [t for t in line if not begin <= t.start < end]
        line = [t._replace(duration=min(t.duration, begin - t.start)) if t.start < begin else t for t in line]
        line += _answer(room, begin, end, line[-1].pitch if line else near, rng)
    return line


def _breaths(tune: list[Tone], stop: float) -> list[tuple[float, float]]:
    """Where the tune rests for a beat or longer."""
    rests = [(a.start + a.duration, b.start) for a, b in itertools.pairwise(tune)]
    rests += [(t.start + t.duration, stop) for t in tune[-1:]]
    return [(begin, end) for begin, end in rests if end - begin >= 1.0]


def _answer(room: Room, begin: float, end: float, near: int, rng: random.Random) -> list[Tone]:
    """Up to four eighths through the scale, from a tone of the chord."""
    ladder = [p for p in range(RANGE[0], RANGE[1] + 5) if p % 12 in scale(*room.form.section_at(begin).key)]
    stable = [i for i, p in enumerate(ladder) if p % 12 in tones_of(room.chord_at(begin))]
    if not stable:
        return []
    place, way = min(stable, key=lambda i: abs(ladder[i] - near)), rng.choice((1, 1, -1))
    count = min(4, int((end - begin) / 0.5))
    steps = [max(0, min(len(ladder) - 1, place + way * i)) for i in range(count)]
    return [Tone(end - (count - i) * 0.5, 0.5, ladder[step], -0.1) for i, step in enumerate(steps)]
