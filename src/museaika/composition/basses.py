"""Basses: which note of a chord lies at the bottom.

The bass is the second tune of a piece. It walks: a chord takes its third or fifth below when that leads by
step from the chord before to the one after. Or it stands still: a pedal point. On the tonic it is a floor under
moving chords, at a beginning, or wherever a mode's home note is easily mistaken (a drone tells phrygian from
its relatives); on the dominant, before the chorus, it is the held breath.
"""

from __future__ import annotations

import random

from museaika.composition.brief import Brief
from museaika.composition.form import Form, SectionPlan
from museaika.composition.theory import chord_tones

Chord = tuple[int, str, int]
"""(root, quality, bass), all absolute pitch classes."""
Slot = tuple[float, float, Chord]
"""(start, length, chord), in beats."""

DRONES = {"phrygian": 0.9, "lydian": 0.7, "mixolydian": 0.35, "dorian": 0.35, "major": 0.12, "minor": 0.12}
"""How often a phrase that begins a section stands on its tonic."""
FLOORS = frozenset({"ambient", "cinematic", "electronic", "rock", "solo_piano"})
"""Styles whose introductions stand on the tonic, and that hold the dominant before a chorus."""


def write_basses(slots: list[Slot], form: Form, brief: Brief, rng: random.Random) -> list[Slot]:
    """Give every chord its lowest note; the last chord of the piece keeps its root."""
    return _pedals(_walking(slots, form, rng), form, brief, rng)


def _walking(slots: list[Slot], form: Form, rng: random.Random) -> list[Slot]:
    """Let the bass take a third or fifth where that makes it pass by step between its neighbours."""
    result = list(slots)
    for i in range(1, len(slots) - 1):
        at, beats, (root, quality, _) = slots[i]
        before, after = result[i - 1][2][2], slots[i + 1][2][0]
        opens = form.section_at(at).start == at
        if opens or quality in ("5", "sus2", "sus4", "7sus4"):
            continue
        passing = [
            bass
            for bass in chord_tones(root, quality)[1:3]
            if all((bass - other) % 12 in (1, 2, 10, 11) for other in (before, after))
        ]
        if passing and before != after and rng.random() < 0.7:
            result[i] = (at, beats, (root, quality, passing[0]))
    return result


def _pedals(slots: list[Slot], form: Form, brief: Brief, rng: random.Random) -> list[Slot]:
    """Hold the tonic or the dominant under whole phrases; a phrase's last chord moves again."""
    result = list(slots)
    for section, following in zip(form.sections, [*form.sections[1:], None], strict=True):
        for number, (first, bars) in enumerate(section.phrases()):
            begin = section.start + first * form.bar_beats
            inside = [i for i, slot in enumerate(slots) if begin <= slot[0] < begin + bars * form.bar_beats]
            held = _held(section, following, number, brief, rng)
            if held is None or len(inside) < 3 or begin >= form.end:
                continue
            for i in inside[:-1]:
                at, beats, (root, quality, _) = slots[i]
                result[i] = (at, beats, (root, quality, held))
    return result


def _held(
    section: SectionPlan, following: SectionPlan | None, number: int, brief: Brief, rng: random.Random
) -> int | None:
    """The pitch class that lies under a phrase of a section, if one does."""
    tonic, mode = section.key
    floor = section.name == "intro" and brief.style.name in FLOORS
    drone = number % 2 == 0 and rng.random() < DRONES[mode]
    lift = following is not None and following.character.climax and not section.character.climax
    if floor or drone:
        return tonic
    last = number == len(section.phrases()) - 1
    if lift and last and brief.style.name in FLOORS and mode in ("major", "minor") and rng.random() < 0.4:
        return (tonic + 7) % 12
    return None
