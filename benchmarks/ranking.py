"""How long does one page of recommendations take, from a thousand to a million tracks, on one core?

    OMP_NUM_THREADS=1 python benchmarks/ranking.py

Times a page of 20 out of synthetic columns (columns are laid out once, when a catalogue is loaded) for somebody
who said something of 50 tracks: fit and taste for every track, the best of them, and their order. The median of
the runs and the slowest are told.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np

from museaika.catalogue.columns import Columns
from museaika.catalogue.starter import load_starter
from museaika.mood.journey import steps
from museaika.mood.reading import reading_of
from museaika.mood.vocabulary import MOODS, moods_at
from museaika.recommendations.journeys import play
from museaika.recommendations.ranking import Wish, fits, leant, order
from museaika.recommendations.service import RecommendationService
from museaika.recommendations.taste import Verdict, leaning

TARGETS_MS = {1_000: None, 100_000: 20.0, 1_000_000: 250.0}
RUNS = 15
SAID = 50
"""Verdicts of the listener for whom the page is made."""


def synthetic(n: int) -> Columns:
    """`n` tracks spread evenly over the plane: one tag each, an artist for every twelve tracks."""
    rng = np.random.default_rng(n)
    moods = np.zeros((n, len(MOODS)), np.float32)
    moods[np.arange(n), rng.integers(len(MOODS), size=n)] = 1
    artists = np.full((n, 4), -1, np.int32)
    artists[:, 0] = rng.integers(max(n // 12, 1), size=n)
    return Columns(
        valence=rng.uniform(-1, 1, n).astype(np.float32),
        arousal=rng.uniform(-1, 1, n).astype(np.float32),
        moods=moods,
        artists=artists,
        tags=rng.integers(300, size=(n, 8)).astype(np.int32),
        tag_share=np.full(n, 8**-0.5, np.float32),
        genre=rng.integers(40, size=n).astype(np.int32),
        language=rng.integers(30, size=n).astype(np.int32),
        decade=rng.integers(192, 203, size=n).astype(np.int32),
        explicit=rng.random(n) < 0.1,
        key=rng.integers(2**63, size=n).astype(np.uint64),
        language_codes={str(code): code for code in range(30)},
        genre_codes={},
        tag_codes={},
    )


def timed(action) -> tuple[float, float]:
    """Median and slowest of the runs, milliseconds, after one to warm up."""
    action()
    took = []
    for _ in range(RUNS):
        start = time.perf_counter()
        action()
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took), max(took)


def page(columns: Columns, verdicts: list[Verdict], rows: dict[str, int]) -> list[int]:
    wish = Wish(MOODS["sad"].valence, MOODS["sad"].arousal, {"sad": 1.0})
    return order(columns, leant(fits(columns, wish), leaning(columns, rows, verdicts, wish)), wish, 20)


def journey(columns: Columns) -> list[int]:
    sad, happy = MOODS["sad"], MOODS["happy"]
    stations = steps((sad.valence, sad.arousal), (happy.valence, happy.arousal), 20)
    wishes = [Wish(at.valence, at.arousal, moods_at(at.valence, at.arousal)) for at in stations]
    return play(columns, wishes, np.zeros(len(columns), np.float32))[0]


def main() -> int:
    missed = False
    print(f"{'tracks':>10}  {'page of 20, median':>20}  {'slowest':>10}  {'target':>10}")
    for n, target in TARGETS_MS.items():
        columns = synthetic(n)
        rows = {str(row): row for row in range(0, n, n // SAID)}
        verdicts = [Verdict(name, "like" if row % 3 else "dislike", "sad") for name, row in rows.items()]
        middle, slowest = timed(lambda columns=columns, said=verdicts, rows=rows: page(columns, said, rows))
        missed |= target is not None and middle > target
        told = f"{target:.0f} ms" if target else "–"
        print(f"{n:>10,}  {middle:>17.2f} ms  {slowest:>7.2f} ms  {told:>10}")
        if n <= 100_000:
            middle, slowest = timed(lambda columns=columns: journey(columns))
            print(f"{'':>10}  {middle:>17.2f} ms  {slowest:>7.2f} ms  (a journey of 20 steps)")
    service = RecommendationService(load_starter())
    middle, slowest = timed(lambda: service.recommend(mood=reading_of(MOODS["sad"])))
    print(f"{'starter':>10}  {middle:>17.2f} ms  {slowest:>7.2f} ms  (the whole service, reasons included)")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
