from __future__ import annotations

import itertools
import random

import pytest

from museaika.composition import rhythm
from museaika.composition.arrangement import PROGRAMS_USED
from museaika.composition.brief import METRES, STYLES
from museaika.composition.room import affordable, turned
from museaika.composition.styles import STYLES as STYLE_TABLE


def part(score, role):
    return next((p for p in score.parts if p.role == role), None)


@pytest.mark.parametrize("metre", METRES)
def test_every_pattern_of_every_style_fills_exactly_a_bar(metre) -> None:
    steps = rhythm.steps_in_bar(metre)
    for style in STYLE_TABLE.values():
        patterns = [p for name in style.patterns for p in rhythm.chord_levels(name, metre)]
        patterns += [p for name in style.bass_patterns for p in rhythm.bass_levels(name, metre)]
        if style.drums:
            patterns += [p for level in rhythm.drum_levels(style.drums, metre) for p in level.values()]
        patterns += [p for fill in rhythm.FILLS[metre] for p in fill.values()]
        assert {len(p) for p in patterns} == {steps}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("metre", METRES)
def test_every_style_plays_in_every_metre_with_programs_that_exist(write, style, metre) -> None:
    score = write("neutral", 1, 30.0, style=style, metre=metre)
    assert {p.program for p in score.parts if not p.is_drums} <= PROGRAMS_USED
    assert {"melody", "chords"} <= {p.role for p in score.parts}


def test_the_accompaniment_stays_below_the_tune(write) -> None:
    for mood, seed in itertools.product(("happy", "sad", "calm", "energetic"), range(4)):
        score = write(mood, seed, 60.0)
        tune, chords = part(score, "melody").notes, part(score, "chords").notes
        mean = [
            sum(n.pitch * n.duration for n in notes) / sum(n.duration for n in notes)
            for notes in (tune, chords)
        ]
        assert mean[0] > mean[1]


def test_nobody_touches_or_passes_the_tune(write) -> None:
    for mood, seed in itertools.product(("sad", "calm", "happy", "fear"), range(4)):
        score = write(mood, seed, 45.0)
        end = score.chords[-1].start
        tune = part(score, "melody").notes
        for other in (p for p in score.parts if p.role in ("chords", "counter")):
            for note in (n for n in other.notes if n.start < end):
                sung = [
                    t.pitch
                    for t in tune
                    if t.start < note.start + note.duration and note.start < t.start + t.duration
                ]
                assert not sung or note.pitch <= min(sung) - 2


def test_no_player_strikes_a_note_twice_at_once_even_in_a_miniature(write) -> None:
    for mood, seed in itertools.product(("tired", "calm", "romantic", "energetic"), range(12)):
        for p in write(mood, seed, 5.0 + seed / 4).parts:
            struck = [(n.start, n.pitch) for n in p.notes]
            assert len(struck) == len(set(struck))


def test_the_bass_plays_the_root_where_a_chord_begins(write) -> None:
    score = write("happy", 2, 60.0, style="upbeat_pop")
    at = {n.start: n.pitch % 12 for n in part(score, "bass").notes}
    hits = [at[c.start] == c.bass for c in score.chords if c.start in at]
    assert len(hits) > 8
    assert sum(hits) / len(hits) > 0.85


def test_layers_come_in_with_the_energy_of_the_section(write) -> None:
    score = write("neutral", 3, 90.0, style="pop_ballad", energy=(0.0, 0.5, 1.0))
    first, last = score.sections[0], score.sections[-2]

    def layers(section):
        end = section.start + section.bars * score.bar_beats
        return {p.role for p in score.parts if any(section.start <= n.start < end for n in p.notes)}

    assert "drums" not in layers(first)
    assert {"drums", "bass", "pad"} <= layers(last)


def test_a_fill_announces_the_next_section(write) -> None:
    score = write("energetic", 1, 60.0, style="rock", metre=(4, 4))
    drums = part(score, "drums").notes
    begins = [s.start for s in score.sections[1:-1]]
    crashes = {n.start for n in drums if n.pitch == rhythm.CRASH}
    assert crashes & set(begins)
    toms = {n.start for n in drums if n.pitch in (rhythm.LOW_TOM, rhythm.MID_TOM)}
    fills = [at for at in toms if {at + 0.25, at + 0.5, at + 1.0} & set(begins)]
    assert fills


def test_a_jazz_bass_walks_in_quarters(write) -> None:
    for seed in range(3):
        score = write("happy", seed, 30.0, style="jazz_trio", metre=(4, 4), energy=(0.6,))
        bass = [n.start for n in part(score, "bass").notes if n.start < score.chords[-1].start]
        assert len(bass) > 0.7 * score.chords[-1].start


def test_a_gentle_fill_is_played_along_and_leaves_no_hole_before_a_loops_seam(write) -> None:
    score = write("romantic", 3, 16.0, style="jazz_trio", metre=(4, 4), loop=True, energy=(0.7,))
    end = score.bars * score.bar_beats
    assert any(n.start >= end - 1 for n in part(score, "drums").notes)


def test_everybody_meets_on_the_last_chord_and_nobody_plays_on(write) -> None:
    score = write("romantic", 2, 45.0)
    end = score.chords[-1].start
    for p in score.parts:
        if p.role in ("melody", "chords"):
            assert any(n.start == end for n in p.notes)
        assert all(n.start <= end for n in p.notes)


def test_a_pattern_is_rationed_and_its_turns_keep_the_downbeat() -> None:
    levels = rhythm.chord_levels("drive", (4, 4))
    busy = affordable(levels, 1.0, 2, 1.5, 100.0)
    frugal = affordable(levels, 1.0, 2, 1.5, 3.0)
    assert busy == levels[-1]
    assert frugal.count("C") < busy.count("C")
    for pattern in levels:
        for bar in turned(pattern, random.Random(3)):
            assert len(bar) == len(pattern)
            assert bar[0] == pattern[0]
