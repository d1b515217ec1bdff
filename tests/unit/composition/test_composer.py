from __future__ import annotations

import itertools
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from museaika.composition.brief import METRES, STYLES, Request
from museaika.composition.composer import STAGES, compose
from museaika.composition.score import Score
from museaika.composition.theory import estimate_key
from museaika.mood.vocabulary import MOODS


def sounding_end(score: Score) -> float:
    return max(score.seconds_at(n.start + n.duration) + n.shift for p in score.parts for n in p.notes)


def check_well_formed(score: Score) -> None:
    assert score.parts[0].role == "melody"
    for part in score.parts:
        assert part.notes
        assert list(part.notes) == sorted(part.notes, key=lambda n: (n.start, n.pitch))
        for note in part.notes:
            assert note.start >= 0
            assert note.duration > 0
            assert (note.start * 4) % 1 == 0
            assert (note.duration * 4) % 1 == 0
            assert 0 < note.pitch < 128
            assert 0 < note.velocity < 128
            assert 0.1 <= note.gate <= 1.2
    json.dumps(dict(score.plan))


@settings(max_examples=40, deadline=None)
@given(
    mood=st.sampled_from(list(MOODS)),
    point=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    length_s=st.floats(5, 90),
    seed=st.integers(0, 2**31),
    tempo=st.none() | st.floats(40, 220),
    metre=st.none() | st.sampled_from(METRES),
    style=st.none() | st.sampled_from(STYLES),
    target=st.none() | st.just(("happy", 0.8, 0.42)),
    loop=st.booleans(),
)
def test_whatever_is_asked_for_comes_out_whole(
    mood, point, length_s, seed, tempo, metre, style, target, loop
) -> None:
    request = Request(
        *point, mood, length_s, seed, tempo=tempo, metre=metre, style=style, target=target, loop=loop
    )
    score = compose(request)
    check_well_formed(score)
    if loop:
        beats = score.bars * score.bar_beats
        assert score.seconds_at(beats) == pytest.approx(score.length_s)
        assert all(n.start + n.duration <= beats + 1e-6 for p in score.parts for n in p.notes)
    else:
        assert score.length_s == length_s
        assert 0.3 <= score.length_s - sounding_end(score) <= 3.2
    if tempo:
        assert [m.bpm for m in score.tempo] == [tempo]


@pytest.mark.parametrize("length_s", [5.0, 8.0, 17.3, 30.0, 60.0, 600.0])
def test_the_length_is_planned_and_leaves_room_to_ring(write, length_s: float) -> None:
    wishes = list(itertools.product(("sad", "happy"), (None, 40.0, 220.0)))
    for mood, tempo in wishes if length_s < 600 else wishes[:2]:
        score = write(mood, 7, length_s, tempo=tempo)
        assert 0.4 <= length_s - sounding_end(score) <= 2.9


def test_the_same_request_gives_the_same_score_note_for_note(ask) -> None:
    assert compose(ask("nostalgic", 11)) == compose(ask("nostalgic", 11))
    assert compose(ask("nostalgic", 11)) != compose(ask("nostalgic", 12))


def test_the_stages_are_announced_in_their_order(ask) -> None:
    heard: list[tuple[str, float]] = []
    compose(ask(), lambda stage, share: heard.append((stage, share)))
    assert tuple(stage for stage, _ in heard) == STAGES
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert shares[0] == 0.0


def test_the_declared_key_is_the_one_that_is_heard(write) -> None:
    right = total = 0
    for mood, seed in itertools.product(MOODS, range(4)):
        score = write(mood, seed, 45.0)
        if score.mode in ("major", "minor"):
            weights = [0.0] * 12
            for note in (n for p in score.parts if not p.is_drums for n in p.notes):
                weights[note.pitch % 12] += note.duration
            total += 1
            right += estimate_key(weights) == (score.tonic, score.mode)
    assert total > 25
    assert right / total >= 0.9


def test_moods_of_high_arousal_are_faster_louder_and_denser(write) -> None:
    def figures(mood: str) -> tuple[float, float, float]:
        scores = [write(mood, seed, 45.0) for seed in range(4)]
        notes = [n for s in scores for p in s.parts if not p.is_drums for n in p.notes]
        return (
            sum(s.tempo[0].bpm for s in scores) / 4,
            sum(n.velocity for n in notes) / len(notes),
            len(notes) / sum(s.length_s for s in scores),
        )

    high = [figures(mood) for mood in ("happy", "energetic", "angry", "fear")]
    low = [figures(mood) for mood in ("sad", "melancholic", "calm", "romantic")]
    for cue in range(3):
        assert min(f[cue] for f in high) > max(f[cue] for f in low)


def test_an_extension_goes_on_with_the_same_motif_key_and_style(write, ask) -> None:
    first = write("romantic", 5, 40.0)
    plan = json.loads(json.dumps(dict(first.plan)))
    second = compose(ask("romantic", 6, 40.0, material=plan))
    assert (second.tonic, second.mode, second.style, second.metre) == (
        first.tonic, first.mode, first.style, first.metre,
    )  # fmt: skip
    assert second.plan["themes"]["A"]["cells"] == first.plan["themes"]["A"]["cells"]
    assert dict(first.plan["chords"]).items() <= dict(second.plan["chords"]).items()
    assert second.parts[0].name == first.parts[0].name
    assert second.parts[0].notes != first.parts[0].notes


def test_an_extension_in_another_metre_finds_new_rhythms(write, ask) -> None:
    plan = dict(write("happy", 5, 40.0, metre=(4, 4)).plan)
    waltz = compose(ask("happy", 6, 40.0, metre=(3, 4), material=plan))
    assert waltz.metre == (3, 4)
    assert all(step < 24 for theme in waltz.plan["themes"].values() for cell in theme["cells"] for step in cell)


def test_composing_is_quick_and_grows_with_the_length(ask) -> None:
    compose(ask("happy", 1, 10.0))
    begin = time.process_time()
    compose(ask("happy", 1, 30.0))
    assert time.process_time() - begin < 0.3
    begin = time.process_time()
    compose(ask("happy", 1, 600.0))
    assert time.process_time() - begin < 6.0
