"""Voicing: in which octave each note of a chord sounds, so that the hands hardly move.

Between two chords common tones stay where they are and the others go to the nearest place; that is why a
progression sounds like voices and not like blocks. Low down, close intervals turn to mud, so nothing nearer
than a fourth stands below C3 (48).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from museaika.composition.score import ChordSpan
from museaika.composition.theory import QUALITIES, chord_tones


def voicings(
    root: int, quality: str, low: int, high: int, voices: int, *, rootless: bool = False
) -> list[tuple[int, ...]]:
    """Every close position of a chord between two pitches, doubled or thinned to `voices` notes, lowest first.
    `rootless` leaves the root of a richer chord to the bass."""
    tones = list(dict.fromkeys(chord_tones(root, quality)))
    if len(tones) > voices and rootless:
        tones.remove(root)
    if len(tones) > voices and 7 in QUALITIES[quality]:
        tones.remove((root + 7) % 12)
    if len(tones) > voices and root in tones:
        tones.remove(root)
    tones = tones[: max(voices, 1)]
    found = []
    for bottom in range(low, high + 1):
        if bottom % 12 not in tones:
            continue
        stack = [bottom]
        while len(stack) < voices:
            stack.append(next(p for p in range(stack[-1] + 1, stack[-1] + 13) if p % 12 in tones))
        if stack[-1] <= high:
            found.append(tuple(stack))
    return found


def lead_voices(
    chords: Sequence[ChordSpan], low: int, high: int, voices: int, *, rootless: bool = False
) -> list[tuple[int, ...]]:
    """Voice a progression so that each hand moves little: common tones stay, the others go to the nearest
    place.

    Nothing closer than a fourth stands below C3 (48), where thirds turn to mud.
    """
    middle, previous, result = (low + high) / 2, None, []
    for chord in chords:
        options = voicings(chord.root, chord.quality, low, high, voices, rootless=rootless) or voicings(
            chord.root, chord.quality, low, low + 24, voices
        )

        def effort(v: tuple[int, ...], previous: tuple[int, ...] | None = previous) -> float:
            centred = 0.25 * abs(sum(v) / len(v) - middle)
            muddy = sum(6.0 for a, b in itertools.pairwise(v) if a < 48 and b - a < 5)
            clash = sum(1.5 for a, b in itertools.pairwise(v) if b - a == 1)
            if previous is None:
                return centred + muddy + clash
            moved = sum(abs(a - b) for a, b in zip(v, previous, strict=False))
            return moved + centred + muddy + clash

        previous = min(options, key=effort)
        result.append(previous)
    return result
