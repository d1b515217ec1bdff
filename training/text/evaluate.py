"""Measure the shipped reader and write its card, `text.card.md`.

    python training/text/evaluate.py --data ../shared/data

GoEmotions' test split (thresholds come from the development split), the everyday sentences of the tests, and
EmoBank, on which nothing was trained. Every figure in the card comes from here; `--part` measures one alone
and writes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from corpora import EKMAN, SENTIMENT, emobank, goemotions, grouped, label_names, table
from sklearn.metrics import f1_score

from museaika.perception.feelings import SENTIMENTS, TEXT_EMOTIONS
from museaika.perception.text import LARGEST_BATCH, WEIGHTS, TextReader, TextReading, says_something

EVERYDAY = Path(__file__).parents[2] / "tests/data"
BINS = 10

Figures = list[tuple[str, str]]

CARD = """# text.onnx, text.head.npz, text.vocab.txt, exemplars.tsv

Read a mood, a sentiment and 28 labels out of English text.

| file | sha256 |
|---|---|
{digests}

## Origin
- Encoder: all-MiniLM-L6-v2 (sentence-transformers; Apache-2.0), mean pooling, unit length; tuned by
  `training/text/finetune.py`: {tuning}. Written by `training/text/export_encoder.py` as int8 ONNX, weights per
  channel with reduced range, activations by row. The vocabulary is BERT's.
- Heads, trained together with the encoder: GoEmotions (Demszky et al. 2020, Google Research; CC BY 4.0), its
  training split, for labels, emotions and sentiment; for moods and sentiment the sentences written for this
  project, `exemplars.tsv` (40 for each mood), `training/text/everyday_train.tsv` and
  `training/text/sentiments.tsv`.
- Choices: thresholds on GoEmotions' development split, weights of the opinions on every seventh sentence of
  `everyday_train.tsv`, which trains nothing (`training/text/train_head.py`). The everyday sentences that
  measure trained nothing; no training sentence equals or nearly equals one of them
  (`training/text/overlaps.py`), except two of `everyday2` that the middle stage saw before they were taken
  out. `everyday` had been looked at when `sentiments.tsv` was written; of `everyday2` no choice took notice.

## Measured by `training/text/evaluate.py`
| on | figure |
|---|---|
{figures}

Known weaknesses: irony without a sign of it, mixed feelings, stories that name no feeling; any language but
English. GoEmotions' raters and Reddit's habits colour the labels. A reading is about the words, not about the
person.
"""


def read(reader: TextReader, texts: Sequence[str]) -> list[TextReading]:
    starts = range(0, len(texts), LARGEST_BATCH)
    return [said for start in starts for said in reader.read(texts[start : start + LARGEST_BATCH])]


def calibration_error(sure: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error: how far confidence and accuracy lie apart, over ten equal bins."""
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in set(bins)]
    return float(sum(gaps))


def everyday(reader: TextReader, file: Path) -> Figures:
    rows = table(file)
    said = read(reader, [row["text"] for row in rows])
    moods = np.array([a.mood.primary_mood == row["mood"] for a, row in zip(said, rows, strict=True)])
    sentiments = np.array([a.sentiment.label == row["sentiment"] for a, row in zip(said, rows, strict=True)])
    sure = np.array([a.mood.confidence for a in said])
    kinds = np.array([row["category"] for row in rows])
    found = [
        (
            f"{file.stem}, {len(rows)} sentences: mood, sentiment accuracy",
            f"{moods.mean():.3f}, {sentiments.mean():.3f}",
        ),
        (f"{file.stem}: calibration error of the mood's confidence", f"{calibration_error(sure, moods):.3f}"),
    ]
    for kind in dict.fromkeys(kinds):
        own = kinds == kind
        counts = f"{moods[own].sum()}, {sentiments[own].sum()} of {own.sum()}"
        found.append((f"{file.stem}, {kind}: mood, sentiment right", counts))
    return found


def on_goemotions(reader: TextReader, data: Path) -> Figures:
    texts, hot = goemotions(data, "test")
    names = label_names(data)
    kept = [number for number, text in enumerate(texts) if says_something(text)]
    said = read(reader, [texts[number] for number in kept])
    ekman = grouped(hot[kept], names, {name: EKMAN[name] for name in TEXT_EMOTIONS})
    sentiment = grouped(hot[kept], names, {name: SENTIMENT[name] for name in SENTIMENTS})
    called = np.array([[a.mood.emotions[name] for name in TEXT_EMOTIONS] for a in said]).argmax(1)
    labels = np.array([[a.labels[name] for name in names] for a in said]) > 0.5
    feeling = np.array([SENTIMENTS.index(a.sentiment.label) for a in said])
    right, single = sentiment[np.arange(len(said)), feeling], sentiment.sum(1) == 1
    fine = f1_score(hot[kept], labels, average="macro", zero_division=0)
    return [
        ("GoEmotions test, 28 labels, macro-F1", f"{fine:.3f}"),
        ("GoEmotions test, Ekman-7 macro-F1", f"{f1_score(ekman, np.eye(7)[called], average='macro'):.3f}"),
        ("GoEmotions test, sentiment is one of the comment's", f"{right.mean():.3f}"),
        (f"the same, on the {single.sum()} comments that have only one", f"{right[single].mean():.3f}"),
    ]


def on_emobank(reader: TextReader, data: Path) -> Figures:
    texts, points = emobank(data)
    kept = [number for number, text in enumerate(texts) if says_something(text)]
    said = read(reader, [texts[number] for number in kept])
    places = np.array([[a.mood.valence, a.mood.arousal] for a in said])
    valence, arousal = (float(np.corrcoef(places[:, axis], points[kept, axis])[0, 1]) for axis in (0, 1))
    return [(f"EmoBank, {len(kept)} sentences, Pearson r", f"valence {valence:.3f}, arousal {arousal:.3f}")]


def write_card(figures: Figures, tuning: str) -> None:
    files = ("text.onnx", "text.head.npz", "text.vocab.txt", "exemplars.tsv")
    digests = [f"| {name} | `{hashlib.sha256((WEIGHTS / name).read_bytes()).hexdigest()}` |" for name in files]
    lines = "\n".join(f"| {what} | {value} |" for what, value in figures)
    card = CARD.format(digests="\n".join(digests), figures=lines, tuning=tuning)
    (WEIGHTS / "text.card.md").write_text(card, "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared/data")
    parser.add_argument("--tuning", default="three epochs", help="how the encoder was tuned, for the card")
    parser.add_argument("--part", choices=("everyday", "goemotions", "emobank"))
    args = parser.parse_args()
    reader = TextReader()
    parts: dict[str, Callable[[], Figures]] = {
        "everyday": lambda: [
            f for file in sorted(EVERYDAY.glob("everyday*.tsv")) for f in everyday(reader, file)
        ],
        "goemotions": lambda: on_goemotions(reader, args.data),
        "emobank": lambda: on_emobank(reader, args.data),
    }
    figures = [figure for name, part in parts.items() if args.part in (None, name) for figure in part()]
    print("\n".join(f"{what}: {value}" for what, value in figures))
    if args.part is None:
        write_card(figures, args.tuning)


if __name__ == "__main__":
    main()
