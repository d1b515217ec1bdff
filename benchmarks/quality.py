"""Does `quality` see what spoils a reading? Faces shrunk, blurred, darkened and turned, read as a photo is.

    python -m benchmarks.quality --data ../shared/data

Each face of the FER+ test split is set at its own 48 x 48 pixels into a gray picture and read by the product,
its box given. For each defect and degree: the area under the ROC curve of its measure and of the score,
against the same faces as they are; how often the expression is still read right; and how sure the reader says
it is, with the score and without it. A turned face is the face bent over a cylinder and looked at from the
side, since real ones from several sides were not to be had.
"""

from __future__ import annotations

import argparse
import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter
from rich.console import Console
from rich.table import Table

from museaika.perception.expression import framing
from museaika.perception.facereader import Face, FaceReader
from museaika.perception.geometry import Detection
from museaika.perception.quality import measures

VOTES = {"neutral": "neutral", "happiness": "happy", "surprise": "surprise", "sadness": "sad", "anger": "angry",
         "disgust": "disgust", "fear": "fear", "contempt": "contempt"}  # fmt: skip
MARGIN = 40
BOX_IN_FACE = 1 / 1.17


@dataclass(frozen=True)
class Read:
    """A face that was read: what of it was measured, whether it was read right, and how sure."""

    measures: dict[str, float]
    score: float
    right: bool
    confidence: float
    plain: float
    """The confidence without the score."""


def shrunk(side: int) -> Callable[[Image.Image], Image.Image]:
    return lambda face: face.resize((side, side), Image.Resampling.BOX)


def blurred(radius: float) -> Callable[[Image.Image], Image.Image]:
    return lambda face: face.filter(ImageFilter.GaussianBlur(radius))


def darkened(light: float) -> Callable[[Image.Image], Image.Image]:
    """As a camera with 8 bits and a little noise would see it in less light."""
    dice = np.random.default_rng(0)

    def darken(face: Image.Image) -> Image.Image:
        seen = np.asarray(face, float) * light + dice.normal(0, 1.5, (face.height, face.width))
        return Image.fromarray(np.clip(np.round(seen), 0, 255).astype(np.uint8))

    return darken


def turned(degrees: float) -> Callable[[Image.Image], Image.Image]:
    """The face on a cylinder as wide as the picture, turned to the side."""
    angle = np.radians(degrees)

    def turn(face: Image.Image) -> Image.Image:
        pixels = np.asarray(face, float)
        middle = (face.width - 1) / 2
        radius = face.width * 0.56
        seen = np.arcsin(np.clip((np.arange(face.width) - middle) / radius, -1, 1)) - angle
        source = np.clip(middle + radius * np.sin(np.clip(seen, -np.pi / 2, np.pi / 2)), 0, face.width - 1)
        left = np.floor(source).astype(int)
        right, part = np.minimum(left + 1, face.width - 1), source - left
        return Image.fromarray((pixels[:, left] * (1 - part) + pixels[:, right] * part).astype(np.uint8))

    return turn


SPOILED: dict[str, dict[str, Callable[[Image.Image], Image.Image]]] = {
    "small": {f"{side} px": shrunk(side) for side in (32, 24, 16, 12)},
    "blurred": {f"radius {radius} of 48 px": blurred(radius) for radius in (1, 1.5, 2, 3)},
    "dark": {f"{light:.0%} of the light": darkened(light) for light in (0.3, 0.15, 0.08, 0.04)},
    "turned": {f"{degrees}°": turned(degrees) for degrees in (20, 35, 50, 65)},
}


WHOLE = ("blurred", "dark")
"""What spoils the whole picture, not the face alone."""


def clear_faces(archive: Path, split: str, count: int) -> list[tuple[Image.Image, str]]:
    """Faces of a split whose most-voted class has more than half of the votes."""
    with zipfile.ZipFile(archive) as files:
        rows = [r for r in csv.DictReader(io.TextIOWrapper(files.open("labels.csv"))) if r["split"] == split]
        clear = []
        for row in rows:
            votes = {name: int(row[name]) for name in (*VOTES, "unknown", "NF")}
            most = max(votes, key=votes.__getitem__)
            if most in VOTES and votes[most] * 2 > sum(votes.values()):
                clear.append((row["file"], VOTES[most]))
        chosen = clear[:: max(1, len(clear) // count)][:count]
        return [(Image.open(files.open(name)).convert("L"), label) for name, label in chosen]


def spoiled_picture(face: Image.Image, defect: str, spoil: Callable[[Image.Image], Image.Image]) -> Image.Image:
    return spoil(in_picture(face)) if defect in WHOLE else in_picture(spoil(face))


def in_picture(face: Image.Image) -> Image.Image:
    picture = Image.new("L", (face.width + 2 * MARGIN,) * 2, 110)
    picture.paste(face, (MARGIN, MARGIN))
    return picture


def read(reader: FaceReader, picture: Image.Image, label: str) -> Read:
    side = picture.width - 2 * MARGIN
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    inner = round(side * BOX_IN_FACE)
    edge = MARGIN + (side - inner) // 2
    (found,) = reader.read(stream.getvalue(), boxes=[(edge, edge + round(0.09 * inner), inner, inner)]).faces
    seen = {}
    if found.keypoints:
        points = np.array(found.keypoints, np.float32)
        placed = Detection(np.zeros(4, np.float32), points, found.confidence)
        seen = measures(picture, placed, framing(placed))
    return Read(seen, found.quality.score, _best(found) == label, max(found.emotions.values()), _plain(found))


def _best(face: Face) -> str:
    return max(face.emotions, key=lambda name: face.emotions[name])


def _plain(face: Face) -> float:
    """What the confidence was before the score brought it nearer to the others'."""
    score = max(face.quality.score, 1e-3)
    return (max(face.emotions.values()) - (1 - score) / len(face.emotions)) / score


def area(spoiled: list[float], fine: list[float]) -> float:
    """Under the ROC curve: how often a spoiled face measures less than a fine one; a face that was not found
    counts as the least."""
    values = np.concatenate([spoiled, fine])
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    n, m = len(spoiled), len(fine)
    return float(1 - (ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder with face/fer2013plus.zip"
    )
    parser.add_argument("--faces", type=int, default=300)
    options = parser.parse_args()
    reader, console = FaceReader(), Console()
    faces = clear_faces(options.data / "face" / "fer2013plus.zip", "test", options.faces)
    fine = [read(reader, in_picture(face), label) for face, label in faces]
    right, sure = f"{_mean(fine, 'right'):.1%} right", f"confidence {_mean(fine, 'confidence'):.1%}"
    table = Table("defect", "degree", "AUC of the measure", "of the score", "right", "sure", "without score",
                  title=f"{len(faces)} faces of the FER+ test split, as they are: {right}, {sure}")  # fmt: skip
    for defect, degrees in SPOILED.items():
        for degree, spoil in degrees.items():
            spoiled = [read(reader, spoiled_picture(face, defect, spoil), label) for face, label in faces]
            table.add_row(
                defect,
                degree,
                f"{area(_measured(spoiled, defect), _measured(fine, defect)):.3f}",
                f"{area([r.score for r in spoiled], [r.score for r in fine]):.3f}",
                f"{_mean(spoiled, 'right'):.1%}",
                f"{_mean(spoiled, 'confidence'):.1%}",
                f"{_mean(spoiled, 'plain'):.1%}",
            )
    console.print(table)


def _measured(reads: list[Read], defect: str) -> list[float]:
    return [r.measures.get(defect, -10.0) for r in reads]


def _mean(reads: list[Read], what: str) -> float:
    return sum(getattr(r, what) for r in reads) / len(reads)


if __name__ == "__main__":
    main()
