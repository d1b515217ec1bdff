from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from museaika.composition.hearing import (
    INPUTS,
    NONE,
    OPINIONS,
    Line,
    echoes,
    memories,
    opinion_places,
    settings,
)

C_MAJOR = (0, 2, 4, 5, 7, 9, 11)


def chord(root: int, *tones: int) -> list[int]:
    return [root, *(int(c in tones) for c in range(12))]


@pytest.fixture
def line() -> Line:
    """Two bars of C and G with a note on each beat."""
    onsets = np.arange(0, 32, 4)
    chords = np.array([chord(0, 0, 4, 7)] * 4 + [chord(7, 7, 11, 2)] * 4)
    return Line(
        onsets, np.full(8, 4.0, np.float32), np.array([0, 2, 1, 2] * 2), chords, np.roll(chords, -4, axis=0),
        np.repeat([16, 32], 4), np.tile([0, 32], (8, 1)), np.full(8, 67.0, np.float32), 0, C_MAJOR, 67.0, 16,
    )  # fmt: skip


def heard(line: Line, pitches: list[int]) -> np.ndarray:
    memory = memories(
        np.array(pitches), np.arange(len(pitches)), echoes(line.onsets, line.bar), line.targets, line.tonic,
        line.centre,
    )  # fmt: skip
    return np.concatenate((settings(line), memory), axis=1)


TUNE = [60, 62, 64, 65, 67, 69, 71, 72]


def test_a_tune_sung_in_another_key_is_heard_alike(line: Line) -> None:
    higher = replace(
        line,
        chords=np.array([[(row[0] + 5) % 12, *np.roll(row[1:], 5)] for row in line.chords]),
        awaited=np.array([[(row[0] + 5) % 12, *np.roll(row[1:], 5)] for row in line.awaited]),
        targets=line.targets + 5, tonic=5, scale=tuple((c + 5) % 12 for c in C_MAJOR), centre=72.0,
    )  # fmt: skip
    assert heard(line, TUNE).shape == (8, INPUTS)
    np.testing.assert_allclose(heard(line, TUNE), heard(higher, [p + 5 for p in TUNE]), atol=1e-6)


def test_a_note_is_not_heard_before_it_is_sung(line: Line) -> None:
    other = [*TUNE[:5], 60, 60, 60]
    before, after = heard(line, TUNE), heard(line, other)
    np.testing.assert_array_equal(before[:6], after[:6])
    assert (before[6] != after[6]).any()


def test_an_echo_is_the_note_that_began_a_whole_number_of_bars_ago() -> None:
    found = echoes(np.array([0, 6, 16, 22, 32, 64, 128]), 16)
    assert found[2].tolist() == [0, NONE, NONE, NONE]
    assert found[3].tolist() == [1, NONE, NONE, NONE]
    assert found[4].tolist() == [2, 0, NONE, NONE]
    assert found[6].tolist() == [NONE, NONE, 5, 0]


def test_a_plan_that_nobody_made_leaves_no_trace(line: Line) -> None:
    silent = replace(line, targets=np.full(8, np.nan, np.float32), phrases=np.full((8, 2), NONE))
    told = heard(silent, TUNE)
    assert np.isfinite(told).all()
    assert told.sum() < heard(line, TUNE).sum()


def test_every_pitch_has_three_opinions_of_its_own() -> None:
    pitches = np.arange(55, 80)
    places = opinion_places(pitches, np.array([67, NONE]), 0, 67.0)
    assert places.shape == (2, 25, 3)
    assert len({tuple(row) for row in places[0].tolist()}) == 25
    assert places.max() < OPINIONS
    assert (places[1, :, 1] == places[1, 0, 1]).all()
