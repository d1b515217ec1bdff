"""Arrangement: who plays, and when they come in.

The layers enter and leave with the energy of each section (`Style.entrances`): chords first, then bass,
drums, a pad, and at the height a second voice. Everybody meets on the last chord.
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
from museaika.composition.rhythm import Tone
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
    style, room = brief.style, Room(brief, form, tuple(chords))
    comping, family = rng.choice(style.chords), rng.choice(style.patterns)
    voices = [
        Voice("melody", brief.lead, PLAYERS[brief.lead].program, melody.tones),
        _voice("chords", comping, PLAYERS[comping].program, play_chords(room, family, melody, rng)),
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
        voices.append(_voice("counter", second, PLAYERS[second].program, play_counter(room, melody, rng)))
    if style.drums:
        voices.append(_voice("drums", "drums", 0, play_drums(room, style.drums, rng)))
    return tuple(voice for voice in voices if voice.tones)


def _voice(role: str, player: str, program: int, tones: list[Tone]) -> Voice:
    return Voice(role, player, program, tuple(sorted(t for t in tones if t.duration > 0.1)))
