from __future__ import annotations

import itertools
import random

import pytest

from museaika.composition.grammar import CADENCES, GRAMMARS, TONICS, grammar_of, walk
from museaika.composition.theory import MINOR_LIKE, MODES, chord_tones, is_minor_quality, roman, scale
from museaika.composition.voicing import lead_voices, voicings
from museaika.mood.vocabulary import MOODS


@pytest.mark.parametrize("mode", MODES)
def test_every_degree_of_a_grammar_leads_somewhere_and_can_be_spelled(mode: str) -> None:
    for tension in (0.0, 0.9):
        grammar = grammar_of(mode, tension)
        for degree, follows in grammar.items():
            roman(degree)
            assert set(follows) <= set(grammar)
            assert degree not in follows


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cadence", ["half", "full", "final"])
def test_a_walk_arrives_at_its_cadence_by_allowed_steps(mode: str, cadence: str) -> None:
    rng = random.Random(7)
    for ending, _ in CADENCES[mode][cadence]:
        for length in (2, 4, 8):
            path = walk(GRAMMARS[mode], {TONICS[mode]: 1.0}, ending, length, rng)
            assert len(path) == length
            assert tuple(path[-len(ending) :]) == ending[-length:]
            if length > len(ending):
                assert path[0] == TONICS[mode]
                body = path[: length - len(ending) + 1]
                assert all(b in GRAMMARS[mode][a] for a, b in itertools.pairwise(body))


def test_chords_fill_the_piece_without_gap_or_overlap_and_end_on_the_tonic(write) -> None:
    for mood, seed in itertools.product(MOODS, range(3)):
        score = write(mood, seed, 40.0)
        assert score.chords[0].start == 0
        for before, after in itertools.pairwise(score.chords):
            assert after.start == pytest.approx(before.start + before.duration)
        last = score.chords[-1]
        assert last.root == score.tonic
        assert last.quality == "5" or is_minor_quality(last.quality) == (score.mode in MINOR_LIKE)


def test_most_chord_tones_belong_to_the_key(write) -> None:
    for mood in MOODS:
        score = write(mood, 5, 60.0)
        inside = set(scale(score.tonic, score.mode))
        tones = [t in inside for c in score.chords for t in chord_tones(c.root, c.quality)]
        assert sum(tones) / len(tones) > 0.8


def test_the_callers_chords_are_played_in_their_order(write) -> None:
    score = write("nostalgic", 3, 30.0, chords="Am F C G")
    roots = [c.root for c in score.chords[:-1]]
    assert roots == ([9, 5, 0, 7] * 20)[: len(roots)]
    assert (score.tonic, score.mode) in ((0, "major"), (9, "minor"))
    assert score.chords[-1].root == score.tonic


def test_voices_move_little_and_never_sit_low_and_close(write) -> None:
    score = write("romantic", 2, 60.0, style="pop_ballad")
    voiced = lead_voices(score.chords, 50, 69, 3)
    moves = [abs(a - b) for u, v in itertools.pairwise(voiced) for a, b in zip(u, v, strict=True)]
    assert sum(moves) / len(moves) < 3.0
    for low, high in itertools.pairwise(
        p for chord in lead_voices(score.chords, 40, 64, 3) for p in sorted(chord)
    ):
        assert not (low < 48 and 0 < high - low < 3)


def test_a_voicing_holds_its_chord_and_a_rich_one_leaves_out_the_fifth_first() -> None:
    for voicing in voicings(0, "maj7", 48, 72, 3):
        assert {p % 12 for p in voicing} == {0, 4, 11}
    for voicing in voicings(0, "maj7", 48, 72, 3, rootless=True):
        assert {p % 12 for p in voicing} == {4, 7, 11}
