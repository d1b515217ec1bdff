"""Measure the shipped reader and write its card, `text.card.md`.

    python training/text/evaluate.py --data ../shared/data

GoEmotions' test split (thresholds come from the development split), the everyday sentences of the tests, and
EmoBank, on which nothing was trained. Every figure in the card comes from here.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from pathlib import Path

import numpy as np
from corpora import EKMAN, emobank, goemotions, grouped, label_names
from sklearn.metrics import f1_score

from museaika.perception.feelings import TEXT_EMOTIONS
from museaika.perception.text import WEIGHTS, TextReader, TextReading, says_something

EVERYDAY = Path(__file__).parents[2] / "tests/data/everyday.tsv"

CARD = """# text.onnx, text.head.npz, text.vocab.txt, exemplars.tsv

Read a mood, a sentiment and 28 labels out of English text.

| file | sha256 |
|---|---|
{digests}

## Origin
- Encoder: all-MiniLM-L6-v2 (sentence-transformers; Apache-2.0), mean pooling, unit length{tuning}. Made by
  `training/text/export_encoder.py` as int8 ONNX, per channel, reduced range. The vocabulary is BERT's.
- Head: GoEmotions (Demszky et al. 2020, Google Research; CC BY 4.0), 28 labels; {head_texts} Reddit
  comments of its training split, drawn at random, trained the head.
- Examples, written for this project: `exemplars.tsv`, 40 for each mood, and
  `training/text/sentiments.tsv`. Head and examples are fitted by
  `training/text/train_head.py`; choices are made on GoEmotions' development split and by cross-validation
  over the examples. The everyday sentences trained nothing, but they were looked at: the blend's share
  was chosen among 35, 50 and 80 % partly by their accuracy (cross-validation alone preferred 50 %,
  GoEmotions 80 %), and `sentiments.tsv` was written after seeing which categories were weak.
  Their figures are a little kind.

## Measured by `training/text/evaluate.py`
| on | figure |
|---|---|
{figures}

Known weaknesses: sarcasm, mixed feelings and stories that name no feeling; any language but English.
GoEmotions' raters and Reddit's habits colour the labels. A reading is about the words, not about the person.
"""


def everyday(reader: TextReader) -> list[tuple[str, str]]:
    with EVERYDAY.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    read = [reader.read([row["text"]])[0] for row in rows]
    moods = np.array([a.mood.primary_mood == row["mood"] for a, row in zip(read, rows, strict=True)])
    sentiments = np.array([a.sentiment.label == row["sentiment"] for a, row in zip(read, rows, strict=True)])
    negated = np.array([row["category"] == "negation" for row in rows])
    return [
        (f"{len(rows)} everyday sentences, mood accuracy", f"{moods.mean():.3f}"),
        ("the same, sentiment accuracy", f"{sentiments.mean():.3f}"),
        ("the same, sentiment of negations", f"{sentiments[negated].sum()} of {negated.sum()}"),
    ]


def on_goemotions(reader: TextReader, data: Path) -> list[tuple[str, str]]:
    texts, hot = goemotions(data, "test")
    names = label_names(data)
    kept = [number for number, text in enumerate(texts) if says_something(text)]
    read = [reader.read([texts[number]])[0] for number in kept]
    ekman = grouped(hot[kept], names, {name: EKMAN[name] for name in TEXT_EMOTIONS})
    called = np.array([[a.mood.emotions[name] for name in TEXT_EMOTIONS] for a in read]).argmax(1)
    labels = np.array([[a.labels[name] for name in names] for a in read]) > 0.5
    fine = f1_score(hot[kept], labels, average="macro", zero_division=0)
    return [
        ("GoEmotions test, 28 labels, macro-F1", f"{fine:.3f}"),
        ("GoEmotions test, Ekman-7 macro-F1", f"{f1_score(ekman, np.eye(7)[called], average='macro'):.3f}"),
    ]


def on_emobank(reader: TextReader, data: Path) -> list[tuple[str, str]]:
    texts, points = emobank(data)
    kept = [number for number, text in enumerate(texts) if says_something(text)]
    read: list[TextReading] = [reader.read([texts[number]])[0] for number in kept]
    said = np.array([[a.mood.valence, a.mood.arousal] for a in read])
    valence, arousal = (float(np.corrcoef(said[:, axis], points[kept, axis])[0, 1]) for axis in (0, 1))
    return [(f"EmoBank, {len(kept)} sentences, Pearson r", f"valence {valence:.3f}, arousal {arousal:.3f}")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared/data")
    parser.add_argument("--tuning", default="", help="what was done to the encoder, for the card")
    parser.add_argument("--head-texts", type=int, default=43_410, help="what train_head.py got as --most")
    args = parser.parse_args()
    reader = TextReader()
    found = [*everyday(reader), *on_goemotions(reader, args.data), *on_emobank(reader, args.data)]
    files = ("text.onnx", "text.head.npz", "text.vocab.txt", "exemplars.tsv")
    digests = [f"| {name} | `{hashlib.sha256((WEIGHTS / name).read_bytes()).hexdigest()}` |" for name in files]
    figures = "\n".join(f"| {what} | {value} |" for what, value in found)
    card = CARD.format(
        digests="\n".join(digests), figures=figures, tuning=args.tuning, head_texts=args.head_texts
    )
    (WEIGHTS / "text.card.md").write_text(card, "utf-8")
    print(figures)


if __name__ == "__main__":
    main()
