"""How well the expression network reads: accuracy, macro-F1, calibration, by class, on FER+ and FER2013.

    python training/face/evaluate.py --data ../shared/data
    python training/face/evaluate.py --card src/museaika/perception/weights/expression.card.md
    python training/face/evaluate.py --split valid --levelled --mirrored --plot confusion.png

Runs the shipped ONNX file. "majority" counts the faces whose most-voted class is one of the eight and no tie;
"clear majority" those where it has more than half of the votes, as the FER+ paper does (Barsoum et al. 2016).
The intervals are of 95 %, from 2,000 resamplings of the faces: the luck of the test, not of the training.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from dataset import CLASSES, FER2013_LABELS, Faces, load_faces, load_labelled
from rich.console import Console
from rich.markdown import Markdown

WEIGHTS = Path(__file__).parents[2] / "src/museaika/perception/weights/expression.onnx"


def probabilities(weights: Path, pixels: np.ndarray, *, mirrored: bool = False) -> dict[str, np.ndarray]:
    """Return by name the file's answers, each (n, classes), to (n, 48, 48) faces.

    `mirrored`: the mean of those to a face and to its mirror image.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
    faces = pixels[:, None].astype(np.float32) / 255
    names = [output.name for output in session.get_outputs()]
    parts = [session.run(None, {"face": part}) for part in np.array_split(faces, 64)]
    answers = {name: np.concatenate(found) for name, found in zip(names, zip(*parts, strict=True), strict=True)}
    if not mirrored:
        return answers
    others = probabilities(weights, pixels[:, :, ::-1])
    return {name: (answers[name] + others[name]) / 2 for name in names}


def confusion(guesses: np.ndarray, truth: np.ndarray, classes: int = len(CLASSES)) -> np.ndarray:
    """Counts, (true class, guessed class)."""
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (truth, guesses), 1)
    return counts


def f1_scores(counts: np.ndarray) -> np.ndarray:
    """F1 of each class from its confusion counts; 0 where a class is never guessed."""
    right = counts.diagonal()
    return 2 * right / np.maximum(counts.sum(0) + counts.sum(1), 1)


def calibration_error(p: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error: how far confidence and accuracy lie apart, over `bins` equal ranges."""
    confidence, right = p.max(1), p.argmax(1) == truth
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(right[place == b].mean() - confidence[place == b].mean()) * (place == b).mean()
            for b in range(bins) if (place == b).any()]  # fmt: skip
    return float(sum(gaps))


def interval(guesses: np.ndarray, truth: np.ndarray) -> str:
    """Accuracy with the range that holds 95 % of its resamplings, in percent."""
    right = guesses == truth
    drawn = np.random.default_rng(1).binomial(len(right), right.mean(), 2000) / len(right)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{right.mean():.2%} ({low:.1%}–{high:.1%})"


def table(names: Sequence[str], counts: np.ndarray) -> list[str]:
    recall = counts.diagonal() / np.maximum(counts.sum(1), 1)
    precision = counts.diagonal() / np.maximum(counts.sum(0), 1)
    f1 = f1_scores(counts)
    return ["| class | faces | recall | precision | F1 |", "|---|---:|---:|---:|---:|"] + [
        f"| {name} | {counts[i].sum()} | {recall[i]:.3f} | {precision[i]:.3f} | {f1[i]:.3f} |"
        for i, name in enumerate(names)
    ]


def report_votes(p: np.ndarray, faces: Faces, split: str) -> tuple[str, np.ndarray]:
    """Return what FER+'s annotators say about the answers, as Markdown, and the confusion counts."""
    known = faces.majority >= 0
    p, truth = p[known], faces.majority[known]
    guesses = p.argmax(1)
    counts, clear = confusion(guesses, truth), faces.votes[known].max(1) > 0.5
    summary = (
        f"On the {split} split of FER+, {clear.sum()} faces with a clear majority: accuracy "
        f"{interval(guesses[clear], truth[clear])}, macro-F1 "
        f"{f1_scores(confusion(guesses[clear], truth[clear])).mean():.3f}. {len(truth)} faces with any "
        f"majority: accuracy {interval(guesses, truth)}, macro-F1 {f1_scores(counts).mean():.3f}, expected "
        f"calibration error {calibration_error(p, truth):.3f}; by class:"
    )
    return "\n".join([summary, "", *table(CLASSES, counts)]), counts


def report_labels(p: np.ndarray, truth: np.ndarray, split: str) -> str:
    """Return what FER2013's labels say about the second answer, as Markdown."""
    counts = confusion(p.argmax(1), truth, len(FER2013_LABELS))
    summary = (
        f"On the {split} split of FER2013, {len(truth)} faces with its own labels: accuracy "
        f"{interval(p.argmax(1), truth)}, macro-F1 {f1_scores(counts).mean():.3f}, expected calibration error "
        f"{calibration_error(p, truth):.3f}; by class:"
    )
    return "\n".join([summary, "", *table(FER2013_LABELS, counts)])


def update_card(card: Path, weights: Path, measured: str) -> None:
    """Write the file's sum and the measured numbers into the marked places of its card."""
    sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()
    text = re.sub(r"`[0-9a-f]{64}`", f"`{sha256}`", card.read_text("utf-8"))
    text = re.sub(r"(?s)(## Measured\n).*?(?=\n## )", lambda found: f"{found[1]}\n{measured}\n", text)
    card.write_text(text, "utf-8")


def plot(counts: np.ndarray, target: Path) -> None:
    import matplotlib.pyplot as plt

    shares = counts / counts.sum(1, keepdims=True)
    figure, axes = plt.subplots(figsize=(6, 6))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(CLASSES)), CLASSES, rotation=45, ha="right")
    axes.set_yticks(range(len(CLASSES)), CLASSES)
    for (row, column), share in np.ndenumerate(shares):
        axes.text(
            column, row, f"{share:.2f}", ha="center", va="center", color="white" if share > 0.5 else "black"
        )
    axes.set(xlabel="read", ylabel="annotators' majority")
    figure.tight_layout()
    figure.savefig(target, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder with face/fer2013plus.zip"
    )
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--split", choices=("valid", "test"), default="test")
    parser.add_argument("--levelled", action="store_true", help="in the product's frames (needs museaika)")
    parser.add_argument("--mirrored", action="store_true", help="mean of each face and its mirror image")
    parser.add_argument("--card", type=Path, help="write the numbers into this card, expression.card.md")
    parser.add_argument("--plot", type=Path, help="write the confusion matrix here (needs matplotlib)")
    options = parser.parse_args()
    archive = options.data / "face" / "fer2013plus.zip"
    faces, (pixels, labels) = load_faces(archive, options.split), load_labelled(archive, options.split)
    seen = faces.pixels
    if options.levelled:
        from levelled import levelled

        seen, pixels = levelled(seen)[0], levelled(pixels)[0]
    by_votes = probabilities(options.weights, seen, mirrored=options.mirrored)["probabilities"]
    by_label = probabilities(options.weights, pixels, mirrored=options.mirrored)["fer2013"]
    measured, counts = report_votes(by_votes, faces, options.split)
    measured += "\n\n" + report_labels(by_label, labels, options.split)
    Console().print(Markdown(measured))
    if options.card:
        update_card(options.card, options.weights, measured)
    if options.plot:
        plot(counts, options.plot)


if __name__ == "__main__":
    main()
