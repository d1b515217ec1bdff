"""Voicing: in which octave each note of a chord sounds, so that the hands hardly move.

Between two chords common tones stay where they are and the others go to the nearest place; that is why a
progression sounds like voices and not like blocks. Low down, close intervals turn to mud, so nothing nearer
than a fourth stands below C3 (48). The bass stays near its place too, but would rather go against the tune than
beside it: outer voices that move in parallel fifths or octaves sound like one voice less.
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
    chords: Sequence[ChordSpan],
    low: int,
    high: int,
    voices: int,
    *,
    rootless: bool = False,
    home: int | None = None,
) -> list[tuple[int, ...]]:
    """Voice a progression so that each hand moves little: common tones stay, the others go to the nearest
    place. Chords on the pitch class `home` keep their root even so, or Am7 would sound like C.

    Nothing closer than a fourth stands below C3 (48), where thirds turn to mud.
    """
    middle, previous, result = (low + high) / 2, None, []
    for chord in chords:
        without = rootless and chord.root != home
        options = voicings(chord.root, chord.quality, low, high, voices, rootless=without) or voicings(
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


def lead_bass(
    chords: Sequence[ChordSpan], tune: Sequence[int | None], low: int, high: int, middle: int
) -> list[int]:
    """The pitch of each chord's lowest note: near the one before and near `middle`, and in contrary motion
    where it would go on in fifths or octaves with the `tune` (its pitch where each chord begins, None in a
    rest)."""
    line: list[int] = []
    near = float(middle)
    for i, chord in enumerate(chords):
        options = [p for p in range(low, high + 1) if p % 12 == chord.bass]

        def effort(pitch: int, i: int = i, near: float = near) -> float:
            beside = i > 0 and _parallel(line[i - 1], pitch, tune[i - 1], tune[i])
            return abs(pitch - near) + (12.0 if beside else 0.0)

        line.append(min(options, key=effort))
        near = 0.6 * line[-1] + 0.4 * middle
    return line


def _parallel(before: int, after: int, tune_before: int | None, tune_after: int | None) -> bool:
    """Do the outer voices keep a fifth or an octave while both go the same way?"""
    if tune_before is None or tune_after is None:
        return False
    kept = (tune_before - before) % 12
    same_way = (tune_after - tune_before) * (after - before) > 0
    return kept in (0, 7) and kept == (tune_after - after) % 12 and same_way
