"""How well the expression network reads: accuracy, macro-F1, calibration, by class, on FER+.

    python training/face/evaluate.py --data ../shared/data
    python training/face/evaluate.py --card src/museaika/perception/weights/expression.card.md
    python training/face/evaluate.py --split valid --plot confusion.png

Runs the shipped ONNX file. "majority" counts the faces whose most-voted class is one of the eight and no tie;
"clear majority" those where it has more than half of the votes, as the FER+ paper does (Barsoum et al. 2016).
"""

from __future__ import annotations

import argparse
import hashlib
import re
from pathlib import Path

import numpy as np
import onnxruntime
from dataset import CLASSES, Faces, load_faces
from rich.console import Console
from rich.markdown import Markdown

WEIGHTS = Path(__file__).parents[2] / "src/museaika/perception/weights/expression.onnx"


def probabilities(weights: Path, faces: Faces) -> np.ndarray:
    """Return (n, 8), the file's answers to the faces as they are."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
    pixels = faces.pixels[:, None].astype(np.float32) / 255
    return np.concatenate([session.run(None, {"face": part})[0] for part in np.array_split(pixels, 64)])


def confusion(guesses: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Counts, (true class, guessed class)."""
    counts = np.zeros((len(CLASSES), len(CLASSES)), int)
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


def report(p: np.ndarray, faces: Faces, split: str) -> tuple[str, np.ndarray]:
    """Return the numbers as a Markdown table with a summary, and the confusion counts."""
    known = faces.majority >= 0
    p, truth = p[known], faces.majority[known]
    counts, right = confusion(p.argmax(1), truth), p.argmax(1) == truth
    clear = faces.votes[known].max(1) > 0.5
    recall = counts.diagonal() / np.maximum(counts.sum(1), 1)
    precision = counts.diagonal() / np.maximum(counts.sum(0), 1)
    f1 = f1_scores(counts)
    rows = [
        f"| {name} | {counts[i].sum()} | {recall[i]:.3f} | {precision[i]:.3f} | {f1[i]:.3f} |"
        for i, name in enumerate(CLASSES)
    ]
    summary = (
        f"On the {split} split of FER+, {len(truth)} faces with a majority: accuracy {right.mean():.4f} "
        f"({right[clear].mean():.4f} on the {clear.sum()} where more than half of the votes agree), "
        f"macro-F1 {f1.mean():.3f}, mean recall {recall.mean():.3f}, "
        f"expected calibration error {calibration_error(p, truth):.3f}."
    )
    head = ["| class | faces | recall | precision | F1 |", "|---|---:|---:|---:|---:|"]
    return "\n".join([summary, "", *head, *rows]), counts


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
    parser.add_argument("--card", type=Path, help="write the numbers into this card, expression.card.md")
    parser.add_argument("--plot", type=Path, help="write the confusion matrix here (needs matplotlib)")
    options = parser.parse_args()
    faces = load_faces(options.data / "face" / "fer2013plus.zip", options.split)
    measured, counts = report(probabilities(options.weights, faces), faces, options.split)
    Console().print(Markdown(measured))
    if options.card:
        update_card(options.card, options.weights, measured)
    if options.plot:
        plot(counts, options.plot)


if __name__ == "__main__":
    main()
