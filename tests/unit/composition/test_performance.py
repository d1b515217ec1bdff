from __future__ import annotations

import statistics

from museaika.composition.performance import EXPRESSION, SUSTAIN_PEDAL


def part(score, role):
    return next(p for p in score.parts if p.role == role)


def test_timing_is_human_but_never_before_the_start(write) -> None:
    score = write("happy", 3, 30.0, style="upbeat_pop")
    shifts = [n.shift for p in score.parts for n in p.notes]
    assert 0.001 < statistics.pstdev(shifts) < 0.03
    assert all(n.start + n.shift >= 0 for p in score.parts for n in p.notes)


def test_jazz_swings_and_pop_does_not(write) -> None:
    def lateness(style: str) -> float:
        notes = part(write("happy", 3, 60.0, style=style, metre=(4, 4)), "melody").notes
        off = [n.shift for n in notes if n.start % 1 == 0.5]
        on = [n.shift for n in notes if n.start % 1 == 0]
        return statistics.mean(off) - statistics.mean(on)

    assert lateness("jazz_trio") > 0.04
    assert abs(lateness("upbeat_pop")) < 0.01


def test_cheerful_notes_are_shorter_than_tender_ones(write) -> None:
    def gate(mood: str) -> float:
        return statistics.mean(n.gate for n in part(write(mood, 2, 60.0), "melody").notes)

    assert gate("energetic") < gate("neutral") < gate("calm")


def test_louder_moods_are_louder_and_no_velocity_is_constant(write) -> None:
    def loudness(mood: str) -> list[int]:
        return [n.velocity for p in write(mood, 2, 60.0).parts for n in p.notes]

    levels = {
        mood: statistics.mean(loudness(mood)) for mood in ("calm", "romantic", "neutral", "happy", "angry")
    }
    assert list(levels.values()) == sorted(levels.values())
    assert statistics.pstdev(loudness("calm")) > 3
    assert all(1 <= v <= 127 for v in loudness("angry"))


def test_a_phrase_swells_to_its_middle(write) -> None:
    middles, edges = [], []
    for seed in range(6):
        score = write("romantic", seed, 60.0, metre=(4, 4))
        for section in (s for s in score.sections if s.name[0] in "AB"):
            for note in part(score, "melody").notes:
                place = (note.start - section.start) % 16
                if section.start <= note.start < section.start + section.bars * 4:
                    (middles if 5 <= place < 11 else edges if place < 2 or place >= 13 else []).append(
                        note.velocity
                    )
    assert statistics.mean(middles) > statistics.mean(edges) + 3


def test_a_pianist_changes_the_pedal_with_the_harmony_and_lifts_it_at_the_end(write) -> None:
    score = write("sad", 1, 40.0, style="solo_piano")
    pedal = [c for c in part(score, "chords").controls if c.number == SUSTAIN_PEDAL]
    assert {c.start for c in score.chords} <= {c.start for c in pedal if c.value == 0}
    assert pedal[-1].value == 0


def test_a_pad_breathes_with_the_phrase(write) -> None:
    score = write("calm", 2, 60.0, style="ambient")
    values = [c.value for c in part(score, "pad").controls if c.number == EXPRESSION]
    assert len(set(values)) > 5
    assert all(0 <= v <= 127 for v in values)


def test_the_tune_stands_in_front_and_the_pad_behind(write) -> None:
    score = write("nostalgic", 4, 60.0, style="pop_ballad", energy=(0.6, 0.8))
    assert part(score, "melody").level_db > part(score, "chords").level_db > part(score, "pad").level_db
