from __future__ import annotations

import itertools


def test_the_bass_walks_by_step_through_an_inversion(write) -> None:
    inversions = steps = 0
    for seed in range(12):
        score = write("romantic", seed, 60.0, style="pop_ballad")
        for before, chord, after in zip(score.chords, score.chords[1:], score.chords[2:], strict=False):
            if chord.bass != chord.root and chord.bass not in (score.tonic, (score.tonic + 7) % 12):
                inversions += 1
                steps += all((chord.bass - c.bass) % 12 in (1, 2, 10, 11) for c in (before, after))
    assert inversions >= 5
    assert steps / inversions > 0.7


def test_a_phrygian_piece_stands_on_its_home_note(write) -> None:
    for seed in range(4):
        score = write("fear", seed, 45.0, key="E phrygian")
        beats = sum(c.duration for c in score.chords if c.bass == 4)
        assert beats / sum(c.duration for c in score.chords) > 0.35


def test_some_choruses_are_prepared_by_a_held_dominant(write) -> None:
    prepared = 0
    for seed in range(12):
        score = write("angry", seed, 90.0, style="rock", metre=(4, 4), key="A minor")
        for before, after in itertools.pairwise(score.sections):
            run = [c.bass for c in score.chords if after.start - 16 <= c.start < after.start]
            prepared += after.name[0] == "B" and before.name[0] != "B" and run[:-1].count(4) == len(run) - 1 > 1
    assert prepared >= 2
