"""The rhythm section: chords, bass, pad and drums.

They carry the tune and stay out of its way: chords lie below it, the bass leads into the next chord, the pad
only fills. Players do not repeat one bar for ever; they keep a pattern and turn every second bar a little.
How many notes they strike a second is rationed by the energy of the section, so that a fast piece is not a
dense one.
"""

from __future__ import annotations

import math
import random

from museaika.composition import rhythm
from museaika.composition.form import SectionPlan
from museaika.composition.rhythm import ACCENTS, FILLS, STEP, Tone
from museaika.composition.room import Room, affordable, tones_of, turned
from museaika.composition.score import ChordSpan
from museaika.composition.theory import scale
from museaika.composition.voicing import lead_bass, lead_voices

CHORD_HIGH, PAD_RANGE, BASS_RANGE = 69, (50, 67), (28, 46)
LEFT_HAND = 41
"""Middle of a pianist's left hand where there is no bass player."""


def _ration(section: SectionPlan, rate: float, base: float) -> float:
    """Notes a second a layer may strike: `base` at rest, `base + rate` at full energy, at 100 bpm; a quicker
    pulse carries some more."""
    return (base + rate * math.pow(section.energy, 1.3)) * math.pow(section.feel.tempo / 100, 0.35)


def _brightness(room: Room) -> int:
    """Semitones by which the players sit higher in a pleasant piece than in an unpleasant one."""
    return round(4 * (room.brief.begin.valence + room.brief.end.valence) / 2)


def play_chords(room: Room, family: str, rng: random.Random) -> list[Tone]:
    """The accompaniment, below the tune; without a bass player the left hand takes the bass notes too."""
    alone = room.style.bass is None
    floor = min((t.pitch for t in room.tune), default=67)
    bright = _brightness(room)
    low = (48 if alone or floor < 60 else 50) + max(bright, -2)
    top = max(low + 14, min(CHORD_HIGH + bright, floor + 3))
    voices = {"jazz_trio": 4, "rock": 2}.get(room.style.name, 3)
    voiced = lead_voices(room.chords, low, top, voices, rootless=not alone, home=room.brief.tonic)
    tones: list[Tone] = []
    cycles: dict[tuple[str, str], tuple[str, ...]] = {}
    for section in room.form.sections:
        levels = rhythm.chord_levels(family, room.brief.metre)
        budget = _ration(section, -0.2, 3.75) * (1.5 if alone else 1.4 if family == "drive" else 1.0)
        slow = max(0.0, (96 - section.feel.tempo) / 75)
        pattern = affordable(levels, section.energy + slow + 0.12, voices, room.bar_seconds(section), budget)
        cycle = cycles.setdefault((section.name, pattern), turned(pattern, rng))
        broken = any(char.isdigit() for char in pattern)

        def sound(char: str, i: int, at: float, beats: float) -> list[Tone]:
            return _strike(char, voiced[i], at, beats)

        tones += room.read(section, cycle, sound, "0" if broken else "C")
        if alone:
            tones += _left_hand(room, section)
    if room.last:
        tones += [Tone(room.last.start, room.last.duration, pitch, 0.1) for pitch in voiced[-1]]
        tones += _octaves(room.last, _bass_line(room, LEFT_HAND)[-1], 1.0) if alone else []
    return list({(t.start, t.pitch): t for t in tones}.values())


def _left_hand(room: Room, section: SectionPlan) -> list[Tone]:
    """The bass notes under a pianist's chords."""
    line = _bass_line(room, LEFT_HAND if section.energy < 0.6 else LEFT_HAND - 5)
    return [t for i in room.body(section) for t in _octaves(room.chords[i], line[i], section.energy)]


def _octaves(chord: ChordSpan, low: int, energy: float) -> list[Tone]:
    """A bass note of the left hand, with its octave or fifth when it may sound full."""
    above = 12 if energy >= 0.6 else 7
    full = energy >= 0.3 and (low + above) % 12 in tones_of(chord)
    return [Tone(chord.start, chord.duration, low + d, 0.2) for d in ((0, above) if full else (0,))]


def _strike(char: str, voices: tuple[int, ...], at: float, beats: float) -> list[Tone]:
    accent = 0.15 if at % 1 == 0 else -0.2
    if char.isdigit():
        turn, index = divmod(int(char), len(voices))
        return [Tone(at, beats, voices[index] + 12 * turn, accent)]
    return [Tone(at, beats, pitch, accent) for pitch in (voices[1:] if char == "U" else voices)]


def _bass_line(room: Room, middle: int) -> list[int]:
    """The lowest note of each chord, led against the tune."""
    tune = [next(iter(room.sung(chord.start)), None) for chord in room.chords]
    return lead_bass(room.chords, tune, *BASS_RANGE, middle)


def play_bass(room: Room, family: str, rng: random.Random) -> list[Tone]:
    """Roots and their company; `A` steps into the next chord's bass note."""
    pitches = _bass_line(room, 36)

    def sound(char: str, i: int, at: float, beats: float) -> list[Tone]:
        accent = 0.3 if at % room.form.bar_beats == 0 else 0.0
        return [Tone(at, beats, _bass_note(char, i, at, pitches, room), accent)]

    tones: list[Tone] = []
    cycles: dict[tuple[str, str], tuple[str, ...]] = {}
    for section in room.form.sections:
        if room.plays("bass", section):
            levels = rhythm.bass_levels(family, room.brief.metre)
            budget = _ration(section, 0.8, 0.8) * {"walk": 2.0, "drive": 1.35, "octave": 1.35}.get(family, 1.0)
            pattern = affordable(levels, section.energy, 1, room.bar_seconds(section), budget)
            tones += room.read(
                section, cycles.setdefault((section.name, pattern), turned(pattern, rng)), sound, "R"
            )
    if room.last and tones:
        tones.append(Tone(room.last.start, room.last.duration, pitches[-1], 0.2))
    return tones


def _bass_note(char: str, i: int, at: float, pitches: list[int], room: Room) -> int:
    chord, root = room.chords[i], pitches[i]
    if char == "A":
        leads = i + 1 < len(pitches) and at + 1 >= room.chords[i + 1].start
        return _approach(root, pitches[i + 1] if leads else root, chord, room.form.section_at(at).key)
    if char == "R" or (char != "8" and chord.bass != chord.root):
        return root
    if char == "8":
        return root + 12
    inside = tones_of(chord)
    choices = (7, 6, 8) if char == "5" else (4, 3, 5, 7)
    pitch = root + next((d for d in choices if (root + d) % 12 in inside), 0)
    return pitch if pitch <= 46 else pitch - 12


def _approach(here: int, there: int, chord: ChordSpan, key: tuple[int, str]) -> int:
    """A note a step from where the bass goes, from the side it comes from."""
    if here == there:
        return here + 7 if (here + 7) % 12 in tones_of(chord) and here + 7 <= 46 else here
    side = -1 if here < there else 1
    inside = set(scale(*key)) | set(tones_of(chord))
    return next((there + side * d for d in (2, 1) if (there + side * d) % 12 in inside), there + side)


def play_pad(room: Room) -> list[Tone]:
    """Long notes under everything, two voices, three where there are no drums; common tones are held over."""
    bright = _brightness(room)
    low, high = PAD_RANGE[0] + max(bright, -2), PAD_RANGE[1] + bright
    voiced = lead_voices(room.chords, low, high, 2 if room.style.drums else 3, home=room.brief.tonic)
    sounding: dict[int, Tone] = {}
    done: list[Tone] = []
    playing = [i for s in room.form.sections if room.plays("pad", s) for i in room.body(s)]
    for i in playing + ([len(room.chords) - 1] if room.last and playing else []):
        chord = room.chords[i]
        for pitch in voiced[i]:
            held = sounding.get(pitch)
            if held and abs(held.start + held.duration - chord.start) < 1e-6 and chord is not room.last:
                sounding[pitch] = held._replace(duration=held.duration + chord.duration)
            else:
                done += [held] if held else []
                sounding[pitch] = Tone(chord.start, chord.duration, pitch, -0.1)
    return done + list(sounding.values())


def play_drums(room: Room, family: str, rng: random.Random) -> list[Tone]:
    """The kit: a level of its family for each section, a crash where a stronger one begins, a fill where one
    ends."""
    levels, metre = rhythm.drum_levels(family, room.brief.metre), room.brief.metre
    tones: list[Tone] = []
    before = 0.0
    for section in room.form.sections:
        if room.plays("drums", section):
            pattern = levels[rhythm.level_of(section.energy, len(levels))]
            for bar, fill in zip(room.bars(section), _fills(section, rng), strict=False):
                chosen = FILLS[metre][rhythm.level_of(section.energy, 3)] if fill else {}
                tones += _bar_of_drums(pattern, chosen, bar, room.end, family)
            if section.start > 0 and section.energy >= max(0.5, before) and family != "jazz":
                tones.append(Tone(section.start, 1.0, rhythm.CRASH, 0.4))
        before = section.energy
    if room.last and tones and room.form.sections[-1].energy > 0.35:
        tones += [Tone(room.end, 1.0, rhythm.CRASH, 0.2), Tone(room.end, 1.0, rhythm.KICK, 0.4)]
    return list({(t.start, t.pitch): t for t in tones}.values())


def _fills(section: SectionPlan, rng: random.Random) -> list[bool]:
    """Which bars of a section end in a fill: the last, and now and then a fourth."""
    last = section.bars - 1
    return [
        (bar == last and last > 0) or (bar % 4 == 3 and section.energy > 0.5 and rng.random() < 0.3)
        for bar in range(section.bars)
    ]


def _bar_of_drums(
    pattern: rhythm.DrumPattern, fill: rhythm.DrumPattern, bar: float, stop: float, family: str
) -> list[Tone]:
    """One bar; a fill takes over from its first stroke on the snare or toms, a gentle one is played along."""
    gentle = family in ("jazz", "folk", "lofi", "ballad")
    if gentle and fill:
        return _bar_of_drums({**pattern, rhythm.SNARE: fill[rhythm.SNARE]}, {}, bar, stop, family)
    first = min((len(t) - len(t.lstrip(".")) for d, t in fill.items() if d != rhythm.KICK), default=99)
    strokes = [(d, i, c) for d, t in pattern.items() for i, c in enumerate(t) if c != "." and i < first]
    strokes += [(d, i, c) for d, t in fill.items() for i, c in enumerate(t) if c != "." and i >= first]
    return [
        Tone(bar + i * STEP, STEP, drum, ACCENTS[char])
        for drum, i, char in strokes
        if bar + i * STEP < stop - 1e-6
    ]
