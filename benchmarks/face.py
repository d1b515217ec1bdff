"""Faces: how fast, how many found by size, how many invented. One core, nothing but this process.

    python -m benchmarks.face --data ../shared/data

Scenes: one face of the FER+ test split, which the detector has never seen, enlarged and set into a photo of
scikit-image without people, 640 x 480, at a size given as a share of the short side. A face counts as found
when the reported box overlaps the true one by 0.3; anything else reported is a false finding. FER2013's faces
are 48 x 48 pixels, so the large ones are blurred, as from a poor camera; many are profiles, or have a hand
before the face. A sharp face is that of the astronaut, at the same sizes and places, as she is and mirrored.

Without people are scikit-image's own pictures and the four quarters of each (the coins are left out: there are
heads on them), and drawings made here: charts, patterns, clouds, plain letters.
"""

from __future__ import annotations

import argparse
import csv
import io
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps
from rich.console import Console
from rich.table import Table
from skimage import data

from museaika.perception.expression import ExpressionReader, framing
from museaika.perception.facereader import WEIGHTS, FaceReader
from museaika.perception.faces import FaceDetector
from museaika.perception.geometry import overlap
from museaika.perception.images import decode_photo

BACKGROUNDS = ("coffee", "rocket", "brick", "grass", "gravel", "retina", "immunohistochemistry", "chelsea")
WITHOUT_PEOPLE = (*BACKGROUNDS, "moon", "page", "text", "hubble_deep_field", "clock", "horse", "colorwheel",
                  "cell", "logo", "microaneurysms", "shepp_logan_phantom", "checkerboard")  # fmt: skip
DRAWINGS = 16
SHARES = (0.10, 0.15, 0.20, 0.30, 0.50)
SIZE = (640, 480)
BOX_IN_FACE = 1 / 1.17
"""BlazeFace's box in a FER2013 image takes this share of its side (median)."""


def picture(name: str) -> Image.Image:
    pixels = getattr(data, name)()
    if pixels.dtype != np.uint8:
        pixels = (np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    return Image.fromarray(pixels).convert("RGB")


def test_faces(archive: Path, count: int) -> list[Image.Image]:
    """Every n-th face of the test split that no annotator called "not a face"."""
    with zipfile.ZipFile(archive) as files:
        rows = csv.DictReader(io.TextIOWrapper(files.open("labels.csv")))
        names = [r["file"] for r in rows if r["split"] == "test" and r["NF"] == "0" and r["unknown"] == "0"]
        chosen = names[:: max(1, len(names) // count)][:count]
        return [Image.open(files.open(name)).convert("L") for name in chosen]


def scene(face: Image.Image, share: float, turn: np.random.Generator) -> tuple[Image.Image, np.ndarray]:
    """Return a picture with the face in it and the box the detector should report."""
    name = BACKGROUNDS[turn.integers(len(BACKGROUNDS))]
    ground = picture(name).resize(SIZE, Image.Resampling.BILINEAR)
    box_side = share * min(SIZE)
    side = round(box_side / BOX_IN_FACE)
    x, y = (int(turn.integers(0, max(1, n - side))) for n in SIZE)
    mask = Image.new("L", (side, side))
    mask.paste(255, tuple(round(side * part) for part in (0.04, 0.04, 0.96, 0.96)))
    mask = mask.filter(ImageFilter.GaussianBlur(side * 0.03))
    ground.paste(face.resize((side, side), Image.Resampling.BICUBIC).convert("RGB"), (x, y), mask)
    middle = np.array([x + side / 2, y + side / 2 + 0.09 * box_side])
    return ground, np.concatenate([middle - box_side / 2, middle + box_side / 2]).astype(np.float32)


def sharp_scene(share: float, turn: np.random.Generator) -> tuple[Image.Image, np.ndarray]:
    """The astronaut's head in a picture, and her face's box."""
    ground = picture(BACKGROUNDS[turn.integers(len(BACKGROUNDS))]).resize(SIZE, Image.Resampling.BILINEAR)
    scale = share * min(SIZE) / 102
    head, face = (149, 20, 299, 195), np.array([173, 73, 275, 175])
    cut = (
        picture("astronaut")
        .crop(head)
        .resize((round(150 * scale), round(175 * scale)), Image.Resampling.LANCZOS)
    )
    box = (face - np.array([149, 20, 149, 20])) * scale
    if turn.integers(2):
        cut, box = ImageOps.mirror(cut), np.array([cut.width - box[2], box[1], cut.width - box[0], box[3]])
    x, y = (int(turn.integers(0, max(1, n - side))) for n, side in zip(SIZE, cut.size, strict=True))
    mask = Image.new("L", cut.size)
    ImageDraw.Draw(mask).ellipse((0, 0, *cut.size), fill=255)
    ground.paste(cut, (x, y), mask.filter(ImageFilter.GaussianBlur(cut.width * 0.03)))
    return ground, (box + np.array([x, y, x, y])).astype(np.float32)


def recall(
    detector: FaceDetector, scenes: Sequence[tuple[Image.Image, np.ndarray]], detail: str
) -> tuple[int, int]:
    """How many of the faces are found, and how much else is."""
    hits = false = 0
    for picture_, box in scenes:
        found = detector.find(picture_, thorough=detail == "full")
        right = [overlap(box, other.box[None])[0] > 0.3 for other in found]
        hits += any(right)
        false += len(right) - sum(right)
    return hits, false


def recall_by_size(detector: FaceDetector, faces: list[Image.Image], console: Console) -> None:
    table = Table("faces", "detail", *(f"{share:.0%}" for share in SHARES), "false findings",
                  title=f"Found, by the face's share of the short side ({len(faces)} scenes each)")  # fmt: skip
    for kind in ("FER+ test", "sharp"):
        for detail in ("fast", "full"):
            turn, cells, false = np.random.default_rng(0), [], 0
            for share in SHARES:
                scenes = [
                    scene(each, share, turn) if kind != "sharp" else sharp_scene(share, turn) for each in faces
                ]
                hits, more = recall(detector, scenes, detail)
                cells.append(f"{hits / len(faces):.1%}")
                false += more
            table.add_row(kind, detail, *cells, str(false))
    console.print(table)


def recall_turned(detector: FaceDetector, faces: list[Image.Image], console: Console) -> None:
    """Heads of 30 and 50 % of the short side, turned with the whole picture."""
    table = Table("turned by", "detail", "found", "of", "false findings", title="Turned pictures")
    for angle, detail in ((30, "fast"), (30, "full"), (90, "full"), (180, "full"), (270, "full")):
        turn, scenes = np.random.default_rng(1), []
        for i, face in enumerate(faces):
            ground, box = scene(face, (0.3, 0.5)[i % 2], turn)
            scenes.append(turned(ground, box, angle * (1 if angle != 30 or i % 4 < 2 else -1)))
        hits, false = recall(detector, scenes, detail)
        table.add_row(f"{angle}°", detail, str(hits), str(len(scenes)), str(false))
    console.print(table)


def turned(image: Image.Image, box: np.ndarray, degrees: float) -> tuple[Image.Image, np.ndarray]:
    """The picture turned counter-clockwise, and the box of the same side around the same face."""
    out = image.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    angle, side = np.radians(degrees), box[2] - box[0]
    x, y = (box[:2] + box[2:]) / 2 - np.array(image.size) / 2
    middle = np.array([x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)])
    middle = middle + np.array(out.size) / 2
    return out, np.concatenate([middle - side / 2, middle + side / 2]).astype(np.float32)


def without_people() -> dict[str, Image.Image]:
    pictures = {}
    for name in WITHOUT_PEOPLE:
        whole = picture(name)
        pictures[name] = whole
        across, down = (n // 2 for n in whole.size)
        for i, (x, y) in enumerate(((0, 0), (across, 0), (0, down), (across, down))):
            pictures[f"{name}, quarter {i + 1}"] = whole.crop((x, y, x + across, y + down))
    return pictures | {f"drawing {i}": drawing(i) for i in range(DRAWINGS)}


def drawing(seed: int) -> Image.Image:
    """Circles, bars, letters, clouds or noise in random colours."""
    dice = np.random.default_rng(seed)
    image = Image.new("RGB", SIZE, tuple(dice.integers(0, 256, 3)))
    pen, kind = ImageDraw.Draw(image), seed % 4
    for i in range(40):
        colour = tuple(dice.integers(0, 256, 3))
        x, y, side = int(dice.integers(0, 600)), int(dice.integers(0, 440)), int(dice.integers(8, 120))
        if kind == 0:
            pen.ellipse((x, y, x + side, y + side), fill=colour, outline="black")
        elif kind == 1:
            pen.rectangle((16 * i, SIZE[1] - side * 3, 16 * i + 12, SIZE[1]), fill=colour)
        elif kind == 2:
            pen.text(
                (x, y), "".join(chr(c) for c in dice.integers(33, 126, 12)), fill=colour, font_size=side / 2 + 6
            )
    if kind == 3:
        noise = dice.integers(0, 256, (480 // 2 ** (seed % 6), 640 // 2 ** (seed % 6), 3), np.uint8)
        return Image.fromarray(noise).resize(SIZE, Image.Resampling.BICUBIC)
    return image


def invented(detector: FaceDetector, console: Console) -> None:
    table = Table("detail", "pictures", "false findings", "in", title="Pictures without people")
    pictures = without_people()
    for detail in ("fast", "full"):
        found = {name: len(detector.find(each, thorough=detail == "full")) for name, each in pictures.items()}
        table.add_row(
            detail, str(len(found)), str(sum(found.values())), "; ".join(n for n in found if found[n])
        )
    console.print(table)


def milliseconds(work: Callable[[], object], times: int = 40) -> str:
    """CPU time: the tenth percentile, as on a machine where nobody else is, the median and the 95th."""
    work()
    spent = []
    for _ in range(times):
        start = time.process_time()
        work()
        spent.append((time.process_time() - start) * 1e3)
    return " / ".join(f"{np.percentile(spent, part):.1f}" for part in (10, 50, 95))


def stages(detector: FaceDetector, console: Console) -> None:
    frame = Image.new("RGB", SIZE)
    frame.paste(picture("astronaut").resize((480, 480)), (80, 0))
    sent, five = jpeg(frame), jpeg(five_faces())
    reader, expressions = FaceReader(), ExpressionReader(WEIGHTS / "expression.onnx")
    (face,) = detector.find(frame)
    assert len(reader.read(five).faces) == 5
    table = Table("stage", "ms, quiet / median / p95", title="One core, 640 x 480, one face")
    table.add_row("decode the JPEG", milliseconds(lambda: decode_photo(sent)))
    table.add_row("find, fast", milliseconds(lambda: detector.find(frame, thorough=False)))
    table.add_row("find, full", milliseconds(lambda: detector.find(frame)))
    table.add_row("read the expression", milliseconds(lambda: expressions.read(frame, [framing(face)])))
    table.add_row("all of it, fast", milliseconds(lambda: reader.read(sent, detail="fast")))
    table.add_row("all of it, full", milliseconds(lambda: reader.read(sent)))
    table.add_row("all of it, full, five faces", milliseconds(lambda: reader.read(five)))
    large = jpeg(frame.resize((4032, 3024)))
    table.add_row("all of it, full, 12 megapixels", milliseconds(lambda: reader.read(large), 10))
    console.print(table)
    console.print(f"resident, the reader alone: {memory_of_the_reader(sent):.0f} MB")


def five_faces() -> Image.Image:
    scene_, head = Image.new("RGB", SIZE, "dimgray"), picture("astronaut").crop((100, 0, 350, 250))
    for x, y, side in ((10, 10, 200), (220, 10, 190), (430, 10, 200), (60, 240, 220), (330, 240, 230)):
        scene_.paste(head.resize((side, side)), (x, y))
    return scene_


def memory_of_the_reader(sent: bytes) -> float:
    """Megabytes of a process of its own that has read forty frames, half of them `fast`."""
    code = (
        "import sys; from museaika.perception.facereader import FaceReader; data = sys.stdin.buffer.read();"
        "reader = FaceReader(); [reader.read(data, detail=d) for d in ('fast', 'full') * 20];"
        "print(open('/proc/self/status').read().split('VmRSS:')[1].split()[0])"
    )
    said = subprocess.run([sys.executable, "-c", code], input=sent, capture_output=True, check=True)
    return int(said.stdout) / 1024


def jpeg(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=90)
    return stream.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder with face/fer2013plus.zip"
    )
    parser.add_argument("--faces", type=int, default=150, help="scenes for each size")
    options = parser.parse_args()
    console, detector = Console(), FaceDetector(WEIGHTS / "blazeface.onnx")
    stages(detector, console)
    invented(detector, console)
    archive = options.data / "face" / "fer2013plus.zip"
    if archive.exists():
        faces = test_faces(archive, options.faces)
        recall_by_size(detector, faces, console)
        recall_turned(detector, faces, console)
    else:
        console.print(f"no {archive}: recall by size left out")


if __name__ == "__main__":
    main()
