"""How well, and how fast, everyday sentences are read: ours beside VADER, TextBlob and text2emotion.

Each reads the same sentences (tests/data/everyday.tsv, written before any tuning) in one process on one
thread. VADER and TextBlob know sentiment alone, text2emotion knows five emotions; where a peer does not
answer, the table shows a dash. An emotion counts as the mood of that name, no emotion as neutral; scores
between -0.05 and 0.05 count as neutral sentiment, which is VADER's own rule.

    python benchmarks/text.py                        the table
    python benchmarks/text.py --by category          ours, for each kind of wording
    python benchmarks/text.py --by mood              ours, for each mood
    python benchmarks/text.py --sentences mine.tsv   your own: columns text, mood, sentiment, category

Peers are optional: pip install vaderSentiment textblob text2emotion "emoji<2"
"""

from __future__ import annotations

import argparse
import csv
import importlib
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from museaika.perception.text import TextReader

EVERYDAY = Path(__file__).parents[1] / "tests/data/everyday.tsv"

sys.path[:] = [
    folder for folder in sys.path if Path(folder or ".").resolve() != Path(__file__).resolve().parent
]
# a neighbour of this file is called http.py, and would hide the standard library's from the peers

Answer = tuple[str | None, str | None]
"""Mood and sentiment; None where the reader does not answer."""


def of_score(score: float) -> str:
    return "positive" if score >= 0.05 else "negative" if score <= -0.05 else "neutral"


def ours() -> Callable[[str], Answer]:
    reader = TextReader()

    def answer(text: str) -> Answer:
        reading = reader.read([text])[0]
        return reading.mood.primary_mood, reading.sentiment.label

    return answer


def vader() -> Callable[[str], Answer]:
    analyser = importlib.import_module("vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()
    return lambda text: (None, of_score(analyser.polarity_scores(text)["compound"]))


def textblob() -> Callable[[str], Answer]:
    blob = importlib.import_module("textblob").TextBlob
    return lambda text: (None, of_score(blob(text).sentiment.polarity))


def text2emotion() -> Callable[[str], Answer]:
    module = importlib.import_module("text2emotion")
    names = {"Happy": "happy", "Angry": "angry", "Surprise": "surprise", "Sad": "sad", "Fear": "fear"}

    def answer(text: str) -> Answer:
        scores: dict[str, Any] = module.get_emotion(text)
        best = max(scores, key=lambda name: scores[name])
        return (names[best] if scores[best] > 0 else "neutral"), None

    answer("Warm up, so that what is missing shows here.")
    return answer


READERS = {"MuseAIka": ours, "VADER": vader, "TextBlob": textblob, "text2emotion": text2emotion}


def accuracy(said: Sequence[str | None], true: Sequence[str]) -> float:
    return sum(a == b for a, b in zip(said, true, strict=True)) / len(true)


def macro_f1(said: Sequence[str | None], true: Sequence[str]) -> float:
    """The mean over the true classes of the harmonic mean of precision and recall."""
    scores = []
    for name in sorted(set(true)):
        both = sum(a == b == name for a, b in zip(said, true, strict=True))
        scores.append(2 * both / (sum(a == name for a in said) + sum(b == name for b in true)))
    return sum(scores) / len(scores)


def figures(said: Sequence[str | None], true: Sequence[str]) -> tuple[str, str]:
    if None in said:
        return "-", "-"
    return f"{accuracy(said, true):.3f}", f"{macro_f1(said, true):.3f}"


def compare(rows: list[dict[str, str]], console: Console) -> None:
    """One line for each reader that is installed."""
    table = Table(
        "reader", "mood", "macro-F1", "sentiment", "macro-F1", "CPU ms a text", title=f"{len(rows)} sentences"
    )
    for name, make in READERS.items():
        try:
            read = make()
        except (ImportError, LookupError, OSError) as missing:
            reason = next(
                line for line in [*str(missing).splitlines(), repr(missing)] if any(map(str.isalpha, line))
            )
            console.print(f"{name} is left out: {reason.strip()}")
            continue
        begun = time.process_time()
        answers = [read(row["text"]) for row in rows]
        spent = (time.process_time() - begun) / len(rows) * 1000
        moods, sentiments = zip(*answers, strict=True)
        table.add_row(
            name, *figures(moods, [row["mood"] for row in rows]),
            *figures(sentiments, [row["sentiment"] for row in rows]), f"{spent:.2f}",
        )  # fmt: skip
    console.print(table)


def break_down(rows: list[dict[str, str]], column: str, console: Console) -> None:
    """Ours alone, for each value of a column."""
    read, groups = ours(), defaultdict(list)
    for row in rows:
        mood, sentiment = read(row["text"])
        groups[row[column]].append((mood == row["mood"], sentiment == row["sentiment"]))
    table = Table(column, "sentences", "mood", "sentiment")
    for name, found in groups.items():
        table.add_row(name, str(len(found)), *(str(sum(right)) for right in zip(*found, strict=True)))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sentences", type=Path, default=EVERYDAY, help="a TSV: text, mood, sentiment, category"
    )
    parser.add_argument("--by", choices=("category", "mood", "sentiment"), help="break our own answers down")
    args = parser.parse_args()
    with args.sentences.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    console = Console()
    break_down(rows, args.by, console) if args.by else compare(rows, console)


if __name__ == "__main__":
    main()
