from __future__ import annotations

import hashlib
import itertools
import random
from dataclasses import replace

import numpy as np
import pytest

from museaika.composition.brief import make_brief
from museaika.composition.form import plan_form
from museaika.composition.harmony import write_harmony
from museaika.composition.hearing import INPUTS, OPINIONS
from museaika.composition.improviser import (
    LAYERS,
    WEIGHTS,
    Choir,
    boldness,
    improvise,
    trained_ear,
)
from museaika.composition.melody import write_melody
from museaika.composition.originality import quotations
from museaika.composition.phrase import PhraseTask, propose_phrases
from museaika.composition.rhythm import STEP
from museaika.composition.theory import chord_tones, scale


def tasks_of(request) -> list[PhraseTask]:
    """The tasks that a piece sets its writers."""
    brief = make_brief(request)
    form = plan_form(brief, brief.rng("form"))
    chords = write_harmony(brief, form, brief.rng("harmony")).chords
    found: list[PhraseTask] = []

    def noting(task: PhraseTask, count: int, rng: random.Random) -> list[tuple[int, ...]]:
        found.append(task)
        return propose_phrases(task, count, rng)

    write_melody(brief, form, chords, brief.rng("melody"), noting)
    return found


@pytest.fixture
def tasks(ask) -> list[PhraseTask]:
    return tasks_of(ask("happy", 3, 60.0))


def test_the_weights_have_a_card_that_names_their_sum_and_are_small() -> None:
    weights = (WEIGHTS / "melody.onnx").read_bytes()
    card = (WEIGHTS / "melody.card.md").read_text("utf-8")
    assert hashlib.sha256(weights).hexdigest() in card
    assert len(weights) <= 6_000_000


def test_hearing_note_by_note_is_hearing_the_whole() -> None:
    heard = np.random.default_rng(1).integers(0, 2, (6, 3, INPUTS)).astype(np.float32)
    whole, (h, c) = trained_ear().listen(heard, None)
    state, parts = None, []
    for note in heard:
        said, state = trained_ear().listen(note[None], state)
        parts.append(said[0])
    assert whole.shape == (6, 3, OPINIONS)
    assert h.shape == c.shape == (LAYERS, 3, 384)
    np.testing.assert_allclose(whole, parts, atol=1e-4)


def test_the_same_dice_sing_the_same_phrases(tasks) -> None:
    assert improvise(tasks[1], 16, random.Random(5)) == improvise(tasks[1], 16, random.Random(5))
    assert improvise(tasks[1], 16, random.Random(5)) != improvise(tasks[1], 16, random.Random(6))


def test_voices_keep_to_range_and_scale_and_differ(tasks) -> None:
    foreign = sung = 0
    for task in tasks[:3]:
        voices = improvise(task, 16, random.Random(1))
        assert len(set(voices)) > 8
        assert all(task.low <= p <= task.high for voice in voices for p in voice)
        for voice in voices:
            for pitch, span in zip(voice, task.chords, strict=True):
                sung += 1
                foreign += pitch % 12 not in {*scale(*task.key), *chord_tones(span.root, span.quality)}
    assert foreign / sung < 0.02


def test_a_phrase_closes_on_a_note_of_its_cadence(tasks) -> None:
    closed = [
        voice[task.closing_at] % 12 in task.closing
        for task in tasks
        for voice in improvise(task, 8, random.Random(2))
    ]
    assert sum(closed) / len(closed) > 0.95


def test_long_and_strong_notes_are_mostly_of_the_chord(tasks) -> None:
    strong = [
        voice[i] % 12 in chord_tones(task.chords[i].root, task.chords[i].quality)
        for task in tasks
        for voice in improvise(task, 8, random.Random(3))
        for i in range(len(voice))
        if task.strengths[i] < 2
    ]
    assert sum(strong) / len(strong) > 0.7


def test_large_leaps_are_followed_by_steps_back(tasks) -> None:
    back = []
    for task in tasks:
        for voice in improvise(task, 16, random.Random(4)):
            moves = [b - a for a, b in itertools.pairwise(voice)]
            back += [a * b <= 0 or abs(b) <= 2 for a, b in itertools.pairwise(moves) if abs(a) > 5]
    assert sum(back) / len(back) > 0.85


def test_voices_hardly_ever_sing_a_known_song(tasks) -> None:
    quoted = 0
    for task in tasks:
        tail = [(round(tone.start / STEP), tone.pitch) for tone, _ in task.before[-7:]]
        onsets = [round(at / STEP) for at in task.starts]
        for voice in improvise(task, 16, random.Random(7)):
            quoted += quotations([*tail, *zip(onsets, voice, strict=True)]) > 0
    assert quoted <= len(tasks)


def test_the_planned_curve_lifts_and_lowers_the_phrase(tasks) -> None:
    task = replace(tasks[0], memory=(), motif=())
    high, low = (
        np.mean(improvise(replace(task, targets=tuple(t + by for t in task.targets)), 16, random.Random(1)))
        for by in (5, -5)
    )
    assert high - low > 3


def test_a_lively_mood_is_bolder_than_a_calm_one(ask, tasks) -> None:
    (calm, *_) = tasks_of(ask("calm", 1))
    assert boldness(calm) < boldness(tasks[0])


def test_the_first_note_of_a_tune_needs_nothing_before_it(tasks) -> None:
    first = replace(tasks[0], before=())
    assert Choir(first, 4, trained_ear()).sing(np.random.default_rng(0))
    lists = ("starts", "durations", "chords", "strengths", "targets")
    single = replace(
        first, **{name: getattr(first, name)[:1] for name in lists}, closing_at=0, memory=(), motif=()
    )
    assert [len(voice) for voice in Choir(single, 4, trained_ear()).sing(np.random.default_rng(0))] == [1] * 4


@pytest.mark.parametrize("metre", [(3, 4), (6, 8)])
def test_other_metres_are_sung_as_well(ask, metre) -> None:
    for task in tasks_of(ask("calm", 2, 30.0, metre=metre)):
        assert len(improvise(task, 4, random.Random(1))) == 4
