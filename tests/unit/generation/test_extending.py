"""A piece that goes on from an earlier one is recognisably of the same material, and another piece is not."""

import json
from itertools import pairwise

import pytest

from museaika.composition.composer import compose
from museaika.composition.score import Score
from museaika.generation.asking import request_of, with_defaults
from museaika.storage.documents import to_document


def piece(mood: str, seed: int, material=None, **wishes) -> Score:
    asked = with_defaults({"mood": mood, "length": 40, "seed": seed, **wishes})
    return compose(request_of(asked, material=material))


def moves(score: Score) -> list[tuple[int, float]]:
    """The tune as its steps in pitch and in time."""
    tune = next(part.notes for part in score.parts if part.role == "melody")
    return [(b.pitch - a.pitch, round(b.start - a.start, 2)) for a, b in pairwise(tune)]


def longest_in_common(one: Score, other: Score) -> int:
    a, b = moves(one), moves(other)
    runs = {tuple(a[i:j]) for i in range(len(a)) for j in range(i + 1, min(i + 13, len(a) + 1))}
    there = {tuple(b[i:j]) for i in range(len(b)) for j in range(i + 1, min(i + 13, len(b) + 1))}
    return max((len(run) for run in runs & there), default=0)


@pytest.mark.parametrize("mood", ["calm", "happy", "sad", "angry"])
def test_the_tune_comes_back_in_the_same_key_style_metre_and_tempo(mood):
    first = piece(mood, 3)
    stored = json.loads(to_document(first.plan))
    further = piece(mood, 4, stored)
    stranger = piece(mood, 4, key=first.key_name, style=first.style, metre=f"{first.metre[0]}/{first.metre[1]}")
    assert (further.key_name, further.style, further.metre) == (first.key_name, first.style, first.metre)
    assert further.tempo[0].bpm == pytest.approx(first.tempo[0].bpm, rel=0.05)
    assert longest_in_common(first, further) > longest_in_common(first, stranger) + 1
    assert moves(further) != moves(first)
