"""Print training sentences that (nearly) equal a sentence that measures, and end with 1 if there are any.

    python training/text/overlaps.py [--drop]

Two sentences are nearly equal when four fifths of their words (of both together) are the same. `--drop` takes
them out of `everyday_train.tsv`.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from corpora import table
from everyday import everyday_rows
from export_encoder import WEIGHTS

REPOSITORY = Path(__file__).parents[2]
MEASURES = ("tests/data/everyday*.tsv", "benchmarks/data/everyday*.tsv")
ALIKE = 0.8


def words_of(text: str) -> frozenset[str]:
    """The text's words in one case, or its signs where it has no words."""
    return frozenset(re.findall(r"[a-z']+", text.lower().replace("’", "'")) or text.replace("\ufe0f", ""))


def likest(words: frozenset[str], others: dict[str, frozenset[str]]) -> tuple[float, str]:
    return max((len(words & other) / len(words | other), text) for text, other in others.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drop", action="store_true")
    args = parser.parse_args()
    files = [file for pattern in MEASURES for file in sorted(REPOSITORY.glob(pattern))]
    measured = {row["text"]: words_of(row["text"]) for file in files for row in table(file)}
    train, chosen = everyday_rows(WEIGHTS)
    found = set()
    for row in (*train, *chosen):
        share, text = likest(words_of(row["text"]), measured)
        if share >= ALIKE:
            found.add(row["text"])
            print(f"{share:.2f}  {row['text']}  |  {text}")
    count = len(train) + len(chosen)
    print(f"{len(found)} of {count} are too near to one of {len(measured)} in {len(files)} files")
    if args.drop:
        path = Path(__file__).with_name("everyday_train.tsv")
        lines = path.read_text("utf-8").splitlines()
        path.write_text("\n".join(line for line in lines if line.split("\t")[0] not in found) + "\n", "utf-8")
    sys.exit(bool(found) and not args.drop)


if __name__ == "__main__":
    main()
