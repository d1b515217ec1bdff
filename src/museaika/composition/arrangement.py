"""Arrangement: who plays when, and what the players do around the tune.

The layers come in and drop out with the energy of each section: chords first, then bass, drums, a pad, and at the
height a second voice. The bass leads into the next chord; the accompaniment stays below the tune; the second
voice moves while the tune rests and holds while it moves, or sings in thirds and sixths below it at a climax; drums
announce each new section with a fill. Everybody meets on the last chord.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from museaika.composition import rhythm
from museaika.composition.brief import Brief
from museaika.composition.form import Form, SectionPlan
from museaika.composition.harmony import lead_voices
from museaika.composition.melody import Melody
from museaika.composition.rhythm import ACCENTS, FILLS, STEP, Tone
from museaika.composition.score import ChordSpan
from museaika.composition.styles import BASSES, PADS, PLAYERS, Style
from museaika.composition.theory import chord_tones, scale

PROGRAMS_USED: frozenset[int] = frozenset(
    {player.program for player in PLAYERS.values()} | set(BASSES.values()) | set(PADS.values())
)
"""Every General MIDI program a score can ask for (drums apart)."""

CHORD_RANGE, PAD_RANGE, COUNTER_RANGE, BASS_RANGE = (50, 69), (48, 72), (52, 71), (28, 45)


@dataclass(frozen=True, slots=True)
class Roster:
    """The players of one piece, drawn from its style. Names are those of `styles`; None where nobody plays."""

    lead: str
    chords: str
    pattern: str
    bass: str | None
    bass_pattern: str
    pad: str | None
    counter: str | None
    drums: str | None


@dataclass(frozen=True, slots=True)
class Voice:
    """What one player has to play: `role` as in `score.Part`, `player` a name of the roster."""

    role: str
    player: str
    program: int
    tones: tuple[Tone, ...]


def cast(brief: Brief, rng: random.Random) -> Roster:
    """Choose the players; nobody plays two parts of the foreground."""
    style = brief.style
    counters = [name for name in style.counters if name != brief.lead]
    return Roster(
        lead=brief.lead,
        chords=rng.choice(style.chords),
        pattern=rng.choice(style.patterns),
        bass=style.bass,
        bass_pattern=rng.choice(style.bass_patterns) if style.bass_patterns else "held",
        pad=rng.choice(style.pads) if style.pads else None,
        counter=rng.choice(counters) if counters else None,
        drums=style.drums,
    )


def arrange(
    brief: Brief, form: Form, chords: Sequence[ChordSpan], melody: Melody, rng: random.Random
) -> tuple[Voice, ...]:
    """Write every part. The tune comes first; parts without a note are left out."""
    roster, room = cast(brief, rng), _Room(brief, form, tuple(chords))
    parts = [
        ("melody", roster.lead, PLAYERS[roster.lead].program, melody.tones),
        ("chords", roster.chords, PLAYERS[roster.chords].program, _chords(room, roster, melody)),
    ]
    if roster.bass:
        parts.append(("bass", roster.bass, BASSES[roster.bass], _bass(room, roster)))
    if roster.pad:
        parts.append(("pad", roster.pad, PADS[roster.pad], _pad(room)))
    if roster.counter:
        parts.append(("counter", roster.counter, PLAYERS[roster.counter].program, _counter(room, melody, rng)))
    if roster.drums:
        parts.append(("drums", "drums", 0, _drums(room, roster.drums, rng)))
    return tuple(
        Voice(role, player, program, tuple(sorted(tones))) for role, player, program, tones in parts if tones
    )


@dataclass(frozen=True)
class _Room:
    """What everybody on the floor can see: the brief, the form and the chords."""

    brief: Brief
    form: Form
    chords: tuple[ChordSpan, ...]

    @property
    def style(self) -> Style:
        return self.brief.style

    def plays(self, role: str, section: SectionPlan) -> bool:
        return section.energy >= self.style.entrances.get(role, 0.0)

    def body(self, section: SectionPlan) -> list[ChordSpan]:
        """The chords of a section before the last chord of the piece."""
        stop = min(section.start + section.bars * self.form.bar_beats, self.form.end)
        return [c for c in self.chords if section.start - 1e-6 <= c.start < stop - 1e-6]

    @property
    def last(self) -> ChordSpan | None:
        return self.chords[-1] if self.form.final_beats else None

    def bars(self, section: SectionPlan) -> Iterator[float]:
        for i in range(section.bars):
            if (start := section.start + i * self.form.bar_beats) < self.form.end - 1e-6:
                yield start


Sound = Callable[[str, int, float, float], list[Tone]]


def _play_pattern(room: _Room, section: SectionPlan, pattern: str, sound: Sound, reattack: str) -> list[Tone]:
    """Read a pattern over a section. `sound` gives the tones of (character, chord index, start, beats); a chord
    that changes under a held character is struck anew as `reattack`."""
    tones: list[Tone] = []
    indices = {round(c.start / STEP): i for i, c in enumerate(room.chords)}
    stop = room.form.end
    for bar in room.bars(section):
        steps = [(bar + i * STEP, char) for i, char in enumerate(pattern) if bar + i * STEP < stop - 1e-6]
        events = [
            (at, reattack if char == "." else char)
            for at, char in steps
            if char != "." or (round(at / STEP) in indices)
        ]
        end = min(bar + len(pattern) * STEP, stop)
        for (at, char), until in zip(events, [*(e[0] for e in events[1:]), end], strict=True):
            if char != "-":
                tones += sound(char, _index_at(room.chords, at), at, until - at)
    return tones


def _index_at(chords: Sequence[ChordSpan], beat: float) -> int:
    low, high = 0, len(chords)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if chords[middle].start <= beat + 1e-6 else (low, middle)
    return low


def _chords(room: _Room, roster: Roster, melody: Melody) -> list[Tone]:
    """The accompaniment, below the tune; without a bass player the left hand takes the bass notes too."""
    floor = min((t.pitch for t in melody.tones), default=67)
    top = max(60, min(CHORD_RANGE[1], floor + 5))
    alone = roster.bass is None
    low = 48 if alone else CHORD_RANGE[0]
    voiced = lead_voices(room.chords, low, max(top, low + 16), 3 if alone or roster.pattern == "drive" else 4)
    tones: list[Tone] = []
    for section in room.form.sections:
        levels = rhythm.chord_levels(roster.pattern, room.brief.metre)
        pattern = levels[rhythm.level_of(section.energy, len(levels))]
        tones += _play_pattern(
            room, section, pattern, lambda char, i, at, beats: _strike(char, voiced[i], at, beats),
            "0" if any(c.isdigit() for c in pattern) else "C",
        )  # fmt: skip
        if alone:
            tones += [Tone(c.start, c.duration, _bass_pitch(c.bass, 41), 0.2) for c in room.body(section)]
    if room.last:
        tones += [Tone(room.last.start, room.last.duration, p, 0.1) for p in voiced[-1]]
        if alone:
            tones.append(Tone(room.last.start, room.last.duration, _bass_pitch(room.last.bass, 41), 0.2))
    return list({(t.start, t.pitch): t for t in tones}.values())


def _strike(char: str, voices: tuple[int, ...], at: float, beats: float) -> list[Tone]:
    accent = 0.15 if at % 1 == 0 else -0.2
    if char.isdigit():
        turn, index = divmod(int(char), len(voices))
        return [Tone(at, beats, voices[index] + 12 * turn, accent)]
    return [Tone(at, beats, pitch, accent) for pitch in (voices[1:] if char == "U" else voices)]


def _bass_pitch(pitch_class: int, near: int) -> int:
    options = [p for p in range(*BASS_RANGE) if p % 12 == pitch_class]
    return min(options, key=lambda p: abs(p - near))


def _bass(room: _Room, roster: Roster) -> list[Tone]:
    """Roots and their company; `A` steps into the next chord's bass note."""
    pitches, near = [], 36
    for chord in room.chords:
        near = _bass_pitch(chord.bass, round(0.6 * near + 0.4 * 36))
        pitches.append(near)

    def sound(char: str, i: int, at: float, beats: float) -> list[Tone]:
        chord, root = room.chords[i], pitches[i]
        accent = 0.3 if at % room.form.bar_beats == 0 else 0.0
        if char == "A":
            following = pitches[i + 1] if i + 1 < len(pitches) and at + 1 >= room.chords[i + 1].start else root
            pitch = _approach(root, following, chord, room.form.section_at(at).key)
        else:
            fifth = root + next((iv for iv in (7, 6, 8) if (chord.root + iv) % 12 in _tones(chord)), 7)
            third = next((root + iv for iv in (4, 3) if (root + iv) % 12 in _tones(chord)), fifth)
            if chord.bass != chord.root:
                fifth = third = root
            pitch = {"R": root, "5": fifth if fifth <= 46 else fifth - 12, "3": third, "8": root + 12}[char]
        return [Tone(at, beats, pitch, accent)]

    tones: list[Tone] = []
    for section in room.form.sections:
        if room.plays("bass", section):
            levels = rhythm.bass_levels(roster.bass_pattern, room.brief.metre)
            pattern = levels[rhythm.level_of(section.energy, len(levels))]
            tones += _play_pattern(room, section, pattern, sound, "R")
    if room.last:
        tones.append(Tone(room.last.start, room.last.duration, pitches[-1], 0.2))
    return tones


def _tones(chord: ChordSpan) -> tuple[int, ...]:
    return chord_tones(chord.root, chord.quality)


def _approach(here: int, there: int, chord: ChordSpan, key: tuple[int, str]) -> int:
    """A note a step from where the bass goes, from the side it comes from."""
    if here == there:
        return here + 7 if (here + 7) % 12 in _tones(chord) and here + 7 <= 46 else here
    side = -1 if here < there else 1
    inside = set(scale(*key)) | set(_tones(chord))
    return next((there + side * d for d in (2, 1) if (there + side * d) % 12 in inside), there + side)


def _pad(room: _Room) -> list[Tone]:
    voiced = lead_voices(room.chords, *PAD_RANGE, 3)
    spans: list[tuple[int, ChordSpan]] = []
    for section in room.form.sections:
        if room.plays("pad", section):
            spans += [(i, c) for i, c in enumerate(room.chords) if c in room.body(section)]
    if room.last:
        spans.append((len(room.chords) - 1, room.last))
    return [Tone(c.start, c.duration, pitch, -0.1) for i, c in spans for pitch in voiced[i]]


def _drums(room: _Room, family: str, rng: random.Random) -> list[Tone]:
    levels, metre = rhythm.drum_levels(family, room.brief.metre), room.brief.metre
    tones: list[Tone] = []
    before = 0.0
    for section in room.form.sections:
        bars = list(room.bars(section))
        if room.plays("drums", section):
            pattern = levels[rhythm.level_of(section.energy, len(levels))]
            for number, bar in enumerate(bars):
                closing = number == len(bars) - 1 and len(bars) > 1
                turning = number % 4 == 3 and section.energy > 0.5 and rng.random() < 0.3
                fill = FILLS[metre][rhythm.level_of(section.energy, 3)] if closing or turning else None
                tones += _bar_of_drums(pattern, fill, bar, room.form.end, family)
            if section.start > 0 and section.energy >= 0.5 and section.energy >= before and family != "jazz":
                tones.append(Tone(section.start, 1.0, rhythm.CRASH, 0.4))
        before = section.energy
    if room.last and tones and room.form.sections[-1].energy > 0.35:
        tones += [Tone(room.form.end, 1.0, rhythm.CRASH, 0.2), Tone(room.form.end, 1.0, rhythm.KICK, 0.4)]
    return list({(t.start, t.pitch): t for t in tones}.values())


def _bar_of_drums(
    pattern: rhythm.DrumPattern, fill: rhythm.DrumPattern | None, bar: float, stop: float, family: str
) -> list[Tone]:
    """One bar; a fill takes over from its first stroke on the snare or toms."""
    if fill and family in ("jazz", "folk", "lofi", "ballad"):
        fill = {drum: text for drum, text in fill.items() if drum == rhythm.SNARE}
    first = min((len(t) - len(t.lstrip(".")) for d, t in (fill or {}).items() if d != rhythm.KICK), default=99)
    strokes = [(d, i, c) for d, t in pattern.items() for i, c in enumerate(t) if c != "." and i < first]
    strokes += [(d, i, c) for d, t in (fill or {}).items() for i, c in enumerate(t) if c != "." and i >= first]
    return [
        Tone(bar + i * STEP, STEP, drum, ACCENTS[char])
        for drum, i, char in strokes
        if bar + i * STEP < stop - 1e-6
    ]


def _counter(room: _Room, melody: Melody, rng: random.Random) -> list[Tone]:
    """The second voice: below the tune in thirds and sixths at a climax, elsewhere long guide tones with an
    answer where the tune breathes."""
    tones: list[Tone] = []
    for section in room.form.sections:
        if not room.plays("counter", section) or not room.body(section):
            continue
        stop = min(section.start + section.bars * room.form.bar_beats, room.form.end)
        tune = [t for t in melody.tones if section.start <= t.start < stop]
        if section.theme == "B" and section.energy > 0.66 and tune:
            tones += [_below(t, room) for t in tune if t.duration >= 0.5]
        else:
            tones += _guide(room, section, tune, stop, tones[-1].pitch if tones else 62, rng)
    return tones


def _below(tone: Tone, room: _Room) -> Tone:
    chord = room.chords[_index_at(room.chords, tone.start)]
    section = room.form.section_at(tone.start)
    inside, strong = set(scale(*section.key)), set(_tones(chord))
    options = [d for d in (3, 4, 8, 9, 5) if (tone.pitch - d) % 12 in strong] or [
        d for d in (3, 4) if (tone.pitch - d) % 12 in inside
    ]
    return Tone(tone.start, tone.duration, tone.pitch - (options[0] if options else 12), tone.accent - 0.3)


def _guide(
    room: _Room, section: SectionPlan, tune: list[Tone], stop: float, near: int, rng: random.Random
) -> list[Tone]:
    """A slow line through the chords by the smallest steps, broken by a short answer in each breath of the tune."""
    line: list[Tone] = []
    for chord in room.body(section):
        options = [p for p in range(*COUNTER_RANGE) if p % 12 in _tones(chord)]
        near = min(
            options, key=lambda p: abs(p - near) + (2.5 if p == near else 0) + 0.2 * abs(p - 61) + rng.random()
        )
        line.append(Tone(chord.start, min(chord.duration, stop - chord.start), near, -0.2))
    breaths = [
        (a.start + a.duration, b) for a, b in zip(tune, [*(t.start for t in tune[1:]), stop][: len(tune)], strict=True)
        if b - a.start - a.duration >= 1.0
    ]  # fmt: skip
    for begin, end in breaths:
        line = [t for t in line if not begin <= t.start < end]
        line = [t._replace(duration=min(t.duration, begin - t.start)) if t.start < begin else t for t in line]
        line += _answer(room, begin, end, line[-1].pitch if line else near, rng)
    return [t for t in line if t.duration > 0.1]


def _answer(room: _Room, begin: float, end: float, near: int, rng: random.Random) -> list[Tone]:
    """A few eighths through the scale, from a chord tone to a chord tone."""
    key = room.form.section_at(begin).key
    ladder = [p for p in range(COUNTER_RANGE[0], COUNTER_RANGE[1] + 5) if p % 12 in scale(*key)]
    chord = room.chords[_index_at(room.chords, begin)]
    start = min((p for p in ladder if p % 12 in _tones(chord)), key=lambda p: abs(p - near), default=near)
    if start not in ladder:
        return []
    place, way = ladder.index(start), rng.choice((1, 1, -1))
    count = min(4, int((end - begin) / 0.5))
    begin = end - count * 0.5
    tones = []
    for i in range(count):
        tones.append(Tone(begin + i * 0.5, 0.5, ladder[max(0, min(len(ladder) - 1, place + way * i))], -0.1))
    return tones
