"""What a strange model's labels mean."""

from __future__ import annotations

import numpy as np
import pytest

from museaika.errors import Invalid
from museaika.mood.vocabulary import MOODS
from museaika.perception.feelings import SENTIMENTS, TEXT_EMOTIONS
from museaika.perception.labels import emotions_of_moods, moods_of_labels, sentiments_of_labels

NAMES = tuple(MOODS)
GOEMOTIONS = sorted({label for mood in MOODS.values() for label in mood.labels})


def shares_of(label: str) -> dict[str, float]:
    (row,) = moods_of_labels([label])
    return {name: float(share) for name, share in zip(NAMES, row, strict=True) if share > 0}


def sentiment_of(label: str) -> str:
    return SENTIMENTS[int(sentiments_of_labels([label])[0].argmax())]


def test_goemotions_labels_mean_what_the_vocabulary_says() -> None:
    assert len(GOEMOTIONS) == 28
    table = moods_of_labels(GOEMOTIONS)
    assert table.sum(1) == pytest.approx(np.ones(28))
    assert shares_of("gratitude") == pytest.approx({"happy": 0.6, "calm": 0.4})


@pytest.mark.parametrize(
    ("label", "mood"),
    [("joy", "happy"), ("sadness", "sad"), ("ANGER", "angry"), ("worried", "fear"), ("in_love", "romantic"),
     ("Happiness", "happy"), ("neutral", "neutral"), ("no emotion", "neutral"), ("Focused", "focused")],
)  # fmt: skip
def test_a_label_is_known_by_any_of_its_names(label: str, mood: str) -> None:
    shares = shares_of(label)
    assert max(shares, key=shares.__getitem__) == mood


@pytest.mark.parametrize(
    ("label", "sentiment"),
    [("POSITIVE", "positive"), ("neg", "negative"), ("5 stars", "positive"), ("3 stars", "neutral"),
     ("very_negative", "negative"), ("joy", "positive"), ("grief", "negative"), ("neutral", "neutral")],
)  # fmt: skip
def test_a_label_says_a_sentiment(label: str, sentiment: str) -> None:
    assert sentiment_of(label) == sentiment
    assert sentiments_of_labels([label]).sum() == pytest.approx(1)


def test_a_bare_sentiment_leaves_open_which_mood_it_is() -> None:
    shares = shares_of("positive")
    assert max(shares, key=shares.__getitem__) == "happy"
    assert max(shares.values()) < 0.4
    assert all(MOODS[name].valence > 0 for name in shares)


def test_what_means_no_mood_is_refused_with_what_would() -> None:
    with pytest.raises(Invalid, match="labels LABEL_0, toxic mean no mood") as refused:
        moods_of_labels(["joy", "LABEL_0", "toxic"])
    assert all(word in str(refused.value) for word in ("gratitude", "happiness", "positive", "GET /moods"))


def test_every_mood_has_one_of_ekmans_names() -> None:
    table = emotions_of_moods()
    assert table.shape == (len(MOODS), len(TEXT_EMOTIONS))
    assert (table.sum(1) == 1).all()
    assert set(table.argmax(1)) == set(range(len(TEXT_EMOTIONS)))
