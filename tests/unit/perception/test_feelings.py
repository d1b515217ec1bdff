"""What the trained heads say, and what they were taught."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from museaika.mood.vocabulary import MOODS
from museaika.perception.feelings import HEADS, FeelingsHead
from museaika.perception.sentences import SentenceEncoder
from museaika.perception.text import WEIGHTS

REPOSITORY = Path(__file__).parents[3]
TEXTS = (
    "yay",
    "I miss the summers at my grandmother's house.",
    "Nobody told me, and now I have to explain to everyone why the whole thing went wrong, as always.",
    "😡😡",
    "I'm not sad any more, I slept well and the sun is out.",
) * 8  # fmt: skip


def texts_of(file: Path) -> set[str]:
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["text"].casefold() for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder(WEIGHTS)


@pytest.fixture(scope="module")
def head() -> FeelingsHead:
    return FeelingsHead(WEIGHTS / "text.head.npz")


def test_neighbours_in_a_batch_do_not_change_a_vector(encoder: SentenceEncoder) -> None:
    together = encoder.encode_many(TEXTS)
    for number in range(5):
        alone = encoder.encode(TEXTS[number])[0]
        for row in together[number::5]:
            np.testing.assert_allclose(row, alone, atol=1e-5)


def test_every_row_is_a_distribution_over_known_names(encoder: SentenceEncoder, head: FeelingsHead) -> None:
    felt = head.feel(encoder.encode_many(TEXTS[:5]))
    assert set(head.moods) == set(MOODS)
    assert len(head.labels) == HEADS["labels"]
    for rows in (felt.moods, felt.emotions, felt.sentiments):
        np.testing.assert_allclose(rows.sum(1), 1, atol=1e-5)
    assert ((felt.labels > 0) & (felt.labels < 1)).all()


def test_each_head_answers_with_its_own_classes(encoder: SentenceEncoder, head: FeelingsHead) -> None:
    said = head.opinions(encoder.encode("What a day"))
    assert {name: part.shape for name, part in said.items() if name != "alike"} == {
        name: (1, count) for name, count in HEADS.items()
    }
    assert said["alike"].shape == (1, len(MOODS))


def test_no_sentence_that_taught_is_among_those_that_measure() -> None:
    taught = set()
    for file in (WEIGHTS / "exemplars.tsv", *(REPOSITORY / "training/text").glob("*.tsv")):
        taught |= texts_of(file)
    measuring = sorted((REPOSITORY / "tests/data").glob("everyday*.tsv"))
    assert measuring
    for file in measuring:
        assert not taught & texts_of(file), file.name
