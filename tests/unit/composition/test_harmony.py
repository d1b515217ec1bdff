from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from museaika.composition.brief import Request, make_brief
from museaika.composition.form import plan_form
from museaika.composition.grammar import CADENCES, GRAMMARS, TONICS, grammar_of, walk
from museaika.composition.harmony import write_harmony
from museaika.composition.score import ChordSpan
from museaika.composition.theory import (
    MINOR_LIKE,
    MODES,
    chord_tones,
    is_minor_quality,
    parse_symbol,
    roman,
    scale,
)
from museaika.composition.voicing import lead_bass, lead_voices, voicings
from museaika.errors import Invalid
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


CHORDS = ("Am", "F", "C", "G7", "D/F#")


@settings(max_examples=150, deadline=None)
@given(
    length_s=st.floats(5, 40),
    tempo=st.none() | st.floats(40, 220),
    loop=st.booleans(),
    cells=st.lists(st.lists(st.sampled_from(CHORDS), min_size=1, max_size=4), min_size=1, max_size=12),
)
def test_no_chord_of_the_caller_is_dropped_in_silence(length_s, tempo, loop, cells) -> None:
    line = " | ".join(" ".join(cell) for cell in cells) + " |"
    request = Request(0.0, 0.0, "neutral", length_s, 3, tempo=tempo, loop=loop, chords=line)
    if sum(map(len, cells)) > 1.5 * (length_s - 1.5) * (tempo or 100) / 60 - 2:
        return  # too short: refused, see below
    brief = make_brief(request)
    form = plan_form(brief, brief.rng("form"))
    score_chords = write_harmony(brief, form, brief.rng("harmony")).chords
    wanted = [parse_symbol(word) for cell in cells for word in cell]
    played = [(c.root, c.quality, c.bass) for c in score_chords]
    assert all(c.duration >= 0.25 for c in score_chords)
    rest = iter(played)
    assert all(any(chord == heard for heard in rest) for chord, _ in itertools.groupby(wanted))


@pytest.mark.parametrize(("length_s", "tempo"), [(5.0, None), (5.0, 60.0), (5.0, 200.0), (7.0, 88.0)])
def test_a_progression_is_played_whole_even_in_five_seconds(
    write, length_s: float, tempo: float | None
) -> None:
    score = write("nostalgic", 1, length_s, tempo=tempo, chords="Am F C G")
    assert [c.symbol for c in score.chords][:4] == ["Am", "F", "C", "G"]


def test_more_chords_than_a_piece_can_hold_are_refused_with_the_length_they_need(ask) -> None:
    with pytest.raises(Invalid, match=r"40 chords do not fit into 5 s at .* Ask for at least \d+ s"):
        make_brief(ask("happy", 1, 5.0, chords="C G " * 20))


@pytest.mark.parametrize(
    ("line", "symbols"),
    [
        ("F♯m D A E", ["F#m", "D", "A", "E"]),
        ("Cb Gb/Bb Abmin Db7", ["Cb", "Gb/Bb", "Abm", "Db7"]),
        ("c#m a e b", ["C#m", "A", "E", "B"]),
        ("E#dim7 F#m A#m7b5 B", ["E#dim7", "F#m", "A#m7b5", "B"]),
    ],
)
def test_the_callers_chords_keep_their_spelling(write, line: str, symbols: list[str]) -> None:
    score = write("romantic", 2, 30.0, chords=line)
    assert [c.symbol for c in score.chords][:4] == symbols
    assert [parse_symbol(s) for s in symbols] == [(c.root, c.quality, c.bass) for c in score.chords[:4]]


def test_a_long_piece_leaves_its_key_for_a_bridge_and_comes_home_by_the_dominant(write, ask) -> None:
    left = 0
    for seed in range(6):
        score = write("happy", seed, 200.0, style="upbeat_pop")
        brief = make_brief(ask("happy", seed, 200.0, style="upbeat_pop"))
        form = plan_form(brief, brief.rng("form"))
        for before, after in itertools.pairwise(form.sections):
            if before.key != after.key and after.start < form.end:
                left += 1
                door = [c for c in score.chords if c.start < after.start][-1]
                assert door.root == (after.key[0] + 7) % 12
        assert score.chords[-1].root == score.tonic
    assert left >= 6


def test_a_given_key_is_not_left(ask) -> None:
    brief = make_brief(ask("happy", 1, 300.0, key="D major"))
    assert {s.key for s in plan_form(brief, brief.rng("form")).sections} == {(2, "major")}


def test_voices_move_little_and_never_sit_low_and_close(write) -> None:
    score = write("romantic", 2, 60.0, style="pop_ballad")
    voiced = lead_voices(score.chords, 50, 69, 3)
    moves = [abs(a - b) for u, v in itertools.pairwise(voiced) for a, b in zip(u, v, strict=True)]
    assert sum(moves) / len(moves) < 3.0
    for low, high in itertools.pairwise(
        p for chord in lead_voices(score.chords, 40, 64, 3) for p in sorted(chord)
    ):
        assert not (low < 48 and 0 < high - low < 3)


def test_the_bass_goes_against_the_tune_rather_than_beside_it() -> None:
    chords = [ChordSpan(float(i), 1.0, root, "maj", root, "") for i, root in enumerate((4, 5))]
    assert lead_bass(chords, [None, None], 28, 46, 40) == [40, 41]
    assert lead_bass(chords, [71, 72], 28, 46, 40) == [40, 29]


def test_a_voicing_holds_its_chord_and_a_rich_one_leaves_out_the_fifth_first() -> None:
    for voicing in voicings(0, "maj7", 48, 72, 3):
        assert {p % 12 for p in voicing} == {0, 4, 11}
    for voicing in voicings(0, "maj7", 48, 72, 3, rootless=True):
        assert {p % 12 for p in voicing} == {4, 7, 11}


def test_home_chords_keep_their_root_or_a_minor_seventh_would_sound_as_the_relative_major() -> None:
    chords = [ChordSpan(0.0, 4.0, 9, "min7", 9, "Am7"), ChordSpan(4.0, 4.0, 2, "min7", 2, "Dm7")]
    home, away = lead_voices(chords, 50, 69, 3, rootless=True, home=9)
    assert 9 in {p % 12 for p in home}
    assert 2 not in {p % 12 for p in away}
