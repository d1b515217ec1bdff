"""The everyday sentences that teach moods: which train, which choose, and how they are varied.

Three tables written for this project: `exemplars.tsv` (shipped, a mood and a sentiment each),
`everyday_train.tsv` (the same, by category) and `sentiments.tsv` (a sentiment alone). Every seventh of
`everyday_train.tsv` is held out, by its text's digest, and makes the choices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from corpora import table

HELD_OUT = 7
"""One text in so many chooses and does not train."""

UNKNOWN = -1
"""The mood of a text that names only a sentiment."""

Row = dict[str, str]


def held_out(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % HELD_OUT == 0


def everyday_rows(weights: Path) -> tuple[list[Row], list[Row]]:
    """The rows that train and the rows that choose; each has text and sentiment, most a mood and a category."""
    here = Path(__file__).parent
    written = table(here / "everyday_train.tsv")
    train = [row for row in written if not held_out(row["text"])]
    chosen = [row for row in written if held_out(row["text"])]
    return [*table(weights / "exemplars.tsv"), *table(here / "sentiments.tsv"), *train], chosen


def numbered(rows: Sequence[Row], column: str, names: Sequence[str]) -> np.ndarray:
    """(rows,) the number of each row's mood or sentiment, UNKNOWN where it has none."""
    return np.array([names.index(row[column]) if column in row else UNKNOWN for row in rows])


def misspelt(word: str, rng: np.random.Generator) -> str:
    """One slip of the fingers: two letters swapped, one lost or one doubled."""
    if len(word) < 4:
        return word
    place = int(rng.integers(1, len(word) - 1))
    slips = (
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        word[:place] + word[place + 1 :],
        word[:place] + word[place] + word[place:],
    )
    return slips[rng.integers(3)]


def varied(text: str, rng: np.random.Generator) -> str:
    """The text, at times with a slip, a word less, or another end."""
    words = text.split()
    if len(words) > 4 and rng.random() < 0.15:
        del words[rng.integers(len(words))]
    if rng.random() < 0.25:
        place = rng.integers(len(words))
        words[place] = misspelt(words[place], rng)
    text = " ".join(words)
    if rng.random() < 0.3:
        text = text.rstrip(".!") + ("", ".", "!")[rng.integers(3)]
    return text


class Sampler:
    """Draws training texts: each mood as often as the root of its rows, the texts varied, some joined."""

    def __init__(
        self, texts: Sequence[str], moods: np.ndarray, sentiments: np.ndarray, rng: np.random.Generator
    ):
        self._texts, self._moods, self._sentiments, self._rng = texts, moods, sentiments, rng
        counts = {mood: (moods == mood).sum() for mood in set(moods.tolist())}
        chances = np.array([counts[mood] ** -0.5 for mood in moods])
        self._chances = chances / chances.sum()

    def draw(self, count: int) -> tuple[list[str], np.ndarray]:
        """`count` texts and the numbers of the rows they stand for."""
        rows = self._rng.choice(len(self._texts), count, p=self._chances)
        return [self._told(row) for row in rows], rows

    def _told(self, row: int) -> str:
        """The row's text; one in eight goes on with a second text of the same mood and sentiment."""
        text = varied(self._texts[row], self._rng)
        if self._moods[row] == UNKNOWN or self._rng.random() > 0.125:
            return text
        alike = (self._moods == self._moods[row]) & (self._sentiments == self._sentiments[row])
        other = self._texts[self._rng.choice(np.flatnonzero(alike))]
        end = "" if text.endswith((".", "!", "?")) else "."
        return f"{text}{end} {other}"
