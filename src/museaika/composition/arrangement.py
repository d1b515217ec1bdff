"""Arrangement: who plays, and when they come in.

The layers enter and leave with the energy of each section (`Style.entrances`): chords first, then bass,
drums, a pad, and at the height a second voice. Everybody meets on the last chord. The tune has its register to
itself: who would touch or pass it goes an octave down, or rests.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from museaika.composition.accompaniment import play_bass, play_chords, play_drums, play_pad
from museaika.composition.brief import Brief
from museaika.composition.counterpoint import play_counter
from museaika.composition.form import Form
from museaika.composition.melody import Melody
from museaika.composition.rhythm import Tone, chord_levels
from museaika.composition.room import Room
from museaika.composition.score import ChordSpan
from museaika.composition.styles import BASSES, PADS, PLAYERS

PROGRAMS_USED: frozenset[int] = frozenset(
    {player.program for player in PLAYERS.values()} | set(BASSES.values()) | set(PADS.values())
)
"""Every General MIDI program a score can ask for (drums apart)."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What one player has to play: `role` as in `score.Part`, `player` a name of `styles`."""

    role: str
    player: str
    program: int
    tones: tuple[Tone, ...]


def arrange(
    brief: Brief, form: Form, chords: Sequence[ChordSpan], melody: Melody, rng: random.Random
) -> tuple[Voice, ...]:
    """Cast the players from the style and write every part. The tune comes first; a part without a note is left
    out."""
    style, room = brief.style, Room(brief, form, tuple(chords), melody.tones)
    comping, family = rng.choice(style.chords), _family(brief, rng)
    voices = [
        Voice("melody", brief.lead, PLAYERS[brief.lead].program, melody.tones),
        _voice("chords", comping, PLAYERS[comping].program, below(room, play_chords(room, family, rng))),
    ]
    if style.bass:
        tones = play_bass(room, rng.choice(style.bass_patterns), rng)
        voices.append(_voice("bass", style.bass, BASSES[style.bass], tones))
    if style.pads:
        pad = rng.choice(style.pads)
        voices.append(_voice("pad", pad, PADS[pad], play_pad(room)))
    alone = style.bass is None
    if others := [name for name in style.counters if alone or name != brief.lead]:
        second = rng.choice(others)
        voices.append(
            _voice("counter", second, PLAYERS[second].program, below(room, play_counter(room, melody, rng)))
        )
    if style.drums:
        voices.append(_voice("drums", "drums", 0, play_drums(room, style.drums, rng)))
    return tuple(voice for voice in voices if voice.tones)


def _family(brief: Brief, rng: random.Random) -> str:
    """One of the style's patterns; where the pulse is quick rather one that runs in single notes: repeated
    blocks would have to be thinned to keep the texture light."""
    runs = {name: chord_levels(name, brief.metre)[-1][0].isdigit() for name in brief.style.patterns}
    quick = brief.begin.tempo > 110
    return rng.choices(brief.style.patterns, [3.0 if quick and runs[name] else 1.0 for name in runs])[0]


CLEARANCE, LOWEST, COUNTER_LOWEST = 2, 48, 55
"""Semitones that stay free below the tune; how low an accompaniment, and a second voice, may be moved to keep
them free."""


def below(room: Room, tones: list[Tone], lowest: int = LOWEST) -> list[Tone]:
    """The same part out of the tune's way: an octave lower down to `lowest`, or silent; on the last chord
    everybody may sound."""
    clear: dict[tuple[float, int], Tone] = {}
    for tone in tones:
        sung = room.sung(tone.start, tone.duration) if tone.start < room.end else []
        pitch = tone.pitch
        while sung and pitch > min(sung) - CLEARANCE:
            pitch -= 12
        if pitch >= min(lowest, tone.pitch):
            clear.setdefault((tone.start, pitch), tone._replace(pitch=pitch))
    return list(clear.values())


def _voice(role: str, player: str, program: int, tones: list[Tone]) -> Voice:
    return Voice(role, player, program, tuple(sorted(t for t in tones if t.duration > 0.1)))
