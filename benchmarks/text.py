"""How well, and how fast, everyday sentences are read: ours beside VADER, TextBlob, NRCLex and text2emotion.

Each reader answers the same sentences, one at a time, on one thread, in a process of its own, so that time and
memory are its alone. Both sets were written before the reader was tuned (tests/data): of the first, `everyday`,
some choices took notice; of the second, `everyday2`, none did. VADER and TextBlob know sentiment alone,
text2emotion five emotions and NRCLex six beside a sentiment; a dash stands where a reader does not answer. An
emotion counts as the mood of that name, no emotion as neutral; `own moods` counts only sentences whose mood the
reader has a name for. By kind of wording: right moods / right sentiments in percent.

    python benchmarks/text.py                        the table, and how well our confidence is calibrated
    python benchmarks/text.py --speed                ours: 12 words, 60 words, a batch of 64, loading, memory
    python benchmarks/text.py --by category|mood     ours alone, in numbers
    python benchmarks/text.py --sentences mine.tsv   your own: columns text, mood, sentiment, category

Peers are optional: pip install vaderSentiment textblob nrclex text2emotion
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from text_readers import READERS, Answer

DATA = Path(__file__).parents[1] / "tests/data"
SETS = (DATA / "everyday.tsv", DATA / "everyday2.tsv")
KINDS = ("plain", "negation", "slang", "request", "typos", "mixed", "emoji", "long", "sarcasm")
BINS = 10
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

SHORT = "I finally got home after a long day and feel so good"
LONG = (
    "I finally got home after such a long day at work and the kids were already asleep and the flat was quiet "
    "so I made some tea and sat down by the window to watch the rain for a while because tomorrow is going to "
    "be busy again and right now I want to enjoy the peace of this moment"
)
SEVERAL = (
    "I finally got home after such a long day at work. The kids were already asleep and the flat was quiet. "
    "So I made some tea and sat down by the window to watch the rain for a while. Tomorrow is going to be busy "
    "again. Right now I want to sit here and enjoy the peace of this moment."
)

Row = dict[str, str]


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def accuracy(said: Sequence[str | None], true: Sequence[str]) -> float:
    return sum(a == b for a, b in zip(said, true, strict=True)) / len(true)


def macro_f1(said: Sequence[str | None], true: Sequence[str]) -> float:
    """The mean over the true classes of the harmonic mean of precision and recall."""
    scores = []
    for name in sorted(set(true)):
        both = sum(a == b == name for a, b in zip(said, true, strict=True))
        scores.append(2 * both / (sum(a == name for a in said) + sum(b == name for b in true)))
    return sum(scores) / len(scores)


def calibration_error(sure: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error: how far confidence is from accuracy, over ten bins, by their sizes."""
    bins = defaultdict(list)
    for chance, hit in zip(sure, right, strict=True):
        bins[min(int(chance * BINS), BINS - 1)].append(chance - hit)
    return sum(abs(sum(gaps)) for gaps in bins.values()) / len(right)


def ask(name: str, rows: Sequence[Row]) -> dict[str, Any] | str:
    """What a reader alone in its process answers and costs, or why it can't."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("text_readers.py")), name],
        input=json.dumps([row["text"] for row in rows]), capture_output=True, text=True,
        env={**os.environ, **ONE_THREAD},
    )  # fmt: skip
    if done.returncode:
        return next((line for line in reversed(done.stderr.splitlines()) if ":" in line), "it failed")
    answer: dict[str, Any] = json.loads(done.stdout[done.stdout.index('{"answers"') :])
    return answer


def columns_of(answers: Sequence[Answer], rows: Sequence[Row]) -> list[str]:
    """Mood accuracy, macro-F1 and accuracy on own moods; sentiment accuracy and macro-F1; each kind's two."""
    moods, sentiments, _ = zip(*answers, strict=True)
    true = [row["mood"] for row in rows]
    own = set(filter(None, moods))
    named = [(a, b) for a, b in zip(moods, true, strict=True) if b in own]
    kinds = []
    for kind in KINDS:
        at = [n for n, row in enumerate(rows) if row["category"] == kind]
        kinds.append(" / ".join(
            f"{accuracy([said[n] for n in at], [rows[n][column] for n in at]):.0%}".rstrip("%")
            if at and None not in said else "-"
            for said, column in ((moods, "mood"), (sentiments, "sentiment"))
        ))  # fmt: skip
    return [
        *figures(moods, true), f"{accuracy(*zip(*named, strict=True)):.3f}" if named else "-",
        *figures(sentiments, [row["sentiment"] for row in rows]), *kinds,
    ]  # fmt: skip


def figures(said: Sequence[str | None], true: Sequence[str]) -> tuple[str, str]:
    if None in said:
        return "-", "-"
    return f"{accuracy(said, true):.3f}", f"{macro_f1(said, true):.3f}"


def compare(sets: Sequence[Path], console: Console) -> None:
    """One line for each reader and set."""
    table = Table("set", "reader", "mood", "F1", "own moods", "sentiment", "F1", *KINDS, "CPU ms", "MB")
    notes = []
    for path in sets:
        rows = rows_of(path)
        for name in READERS:
            told = ask(name, rows)
            if isinstance(told, str):
                notes.append(f"{name} is left out: {told}")
                continue
            notes += [f"{name} is shimmed: {shim}." for shim in told["shims"]]
            costs = f"{told['ms']:.2f}", f"{told['mb']:.0f}"
            table.add_row(path.stem, name, *columns_of(told["answers"], rows), *costs)
            if name == "MuseAIka":
                notes.append(f"{path.stem}, {len(rows)} sentences: {calibration_of(told['answers'], rows)}")
        table.add_section()
    console.print(table)
    for note in dict.fromkeys(notes):
        console.print(note, highlight=False)


def calibration_of(answers: Sequence[Answer], rows: Sequence[Row]) -> str:
    sure = [confidence or 0.0 for _, _, confidence in answers]
    right = [mood == row["mood"] for (mood, _, _), row in zip(answers, rows, strict=True)]
    error = calibration_error(sure, right)
    return f"our confidence is {sum(sure) / len(sure):.3f} on average; expected calibration error {error:.3f}"


def break_down(sets: Sequence[Path], column: str, console: Console) -> None:
    """Ours alone, for each value of a column."""
    for path in sets:
        rows, groups = rows_of(path), defaultdict(list)
        told = ask("MuseAIka", rows)
        assert isinstance(told, dict), told
        for row, (mood, sentiment, _) in zip(rows, told["answers"], strict=True):
            groups[row[column]].append((mood == row["mood"], sentiment == row["sentiment"]))
        table = Table(column, "sentences", "mood", "sentiment", title=path.stem)
        for name, found in groups.items():
            table.add_row(name, str(len(found)), *(str(sum(right)) for right in zip(*found, strict=True)))
        console.print(table)


def measure_speed(console: Console) -> None:
    """Ours: CPU time of one thread, the best of several runs, because neighbours only ever slow it down."""
    begun = time.process_time()
    from museaika.perception.text import TextReader

    imported = time.process_time()
    reader = TextReader()
    reader.read(["Hello there."])
    loaded = time.process_time()
    batch = [row["text"] for row in rows_of(SETS[1])[:64]]
    console.print(f"importing {imported - begun:.2f} s, loading {loaded - imported:.2f} s", highlight=False)
    several = "60 words in five sentences"
    for name, texts in (("12 words", [SHORT]), ("60 words", [LONG]), (several, [SEVERAL]), ("64 texts", batch)):
        seconds = best_of(lambda texts=texts: reader.read(texts), 40 if len(texts) == 1 else 6)
        console.print(f"{name}: {seconds * 1000:.1f} ms, {len(texts) / seconds:.0f} texts/s", highlight=False)
    seconds = best_of(lambda: reader.explain(SHORT), 10)
    console.print(f"12 words explained: {seconds * 1000:.1f} ms", highlight=False)


def best_of(what: Callable[[], object], times: int) -> float:
    """CPU seconds of the quickest call."""
    spent = []
    for _ in range(times):
        begun = time.process_time()
        what()
        spent.append(time.process_time() - begun)
    return min(spent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sentences", type=Path, action="append", help="a TSV: text, mood, sentiment, category"
    )
    parser.add_argument("--by", choices=("category", "mood", "sentiment"), help="break our own answers down")
    parser.add_argument("--speed", action="store_true", help="measure ours alone")
    args = parser.parse_args()
    console = Console(width=210)
    sets = args.sentences or SETS
    if args.speed:
        measure_speed(console)
    elif args.by:
        break_down(sets, args.by, console)
    else:
        compare(sets, console)


if __name__ == "__main__":
    main()
