"""Networks of others: run as their description says, or refused with what is wrong."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data
from tests.tiny_networks import channel_means

from museaika.errors import Invalid, NotFound
from museaika.mood.vocabulary import FACE_CLASSES
from museaika.perception.described import DescribedReader, framed
from museaika.perception.description import Description, read_description, shipped, shipped_named
from museaika.perception.facereader import FaceReader
from museaika.perception.geometry import Detection, Level

DESCRIPTION = """
name = "tiny"
licence = "none"
[input]
size = 16
channels = "rgb"
mean = [0.0, 0.0, 0.0]
std = [1.0, 1.0, 1.0]
[alignment]
kind = "box"
[output]
kind = "logits"
classes = ["Happy", "sad", "angry"]
"""
KEYPOINTS = np.array([[40, 50], [80, 50], [60, 70], [60, 90], [20, 55], [100, 55]], np.float32)
FACE = Detection(np.array([10, 20, 110, 120], np.float32), KEYPOINTS, 0.9)


def network(folder: Path, *changes: tuple[str, str], **made: object) -> Path:
    described = DESCRIPTION
    for old, new in changes:
        assert old in described
        described = described.replace(old, new)
    file = channel_means(folder / "tiny.onnx", **{"size": 16, **made})  # type: ignore[arg-type]
    file.with_suffix(".toml").write_text(described)
    return file


def only(colour: str) -> Image.Image:
    return Image.new("RGB", (64, 64), colour)


WHOLE = Level((32.0, 32.0), 60.0, 0.0)


def test_classes_come_in_the_networks_order_and_unknown_ones_are_zero(tmp_path: Path) -> None:
    reader = DescribedReader(network(tmp_path))
    (read,) = reader.read(only("lime"), [WHOLE])
    assert set(read) == set(FACE_CLASSES)
    assert sum(read.values()) == pytest.approx(1, abs=1e-5)
    assert read["sadness"] == pytest.approx(np.e / (np.e + 2), abs=1e-3)
    assert read["contempt"] == 0
    assert reader.read(only("lime"), []) == []


@pytest.mark.parametrize(("channels", "best"), [("rgb", "happiness"), ("bgr", "anger")])
def test_channels_come_in_the_order_that_is_described(tmp_path: Path, channels: str, best: str) -> None:
    reader = DescribedReader(network(tmp_path, ('"rgb"', f'"{channels}"')))
    (read,) = reader.read(only("red"), [WHOLE])
    assert max(read, key=lambda name: read[name]) == best


def test_mean_and_deviation_are_taken_out(tmp_path: Path) -> None:
    changed = network(tmp_path, ("mean = [0.0, 0.0, 0.0]", "mean = [0.0, 0.0, 0.5]"),
                      ("std = [1.0, 1.0, 1.0]", "std = [1.0, 1.0, 0.25]"))  # fmt: skip
    (read,) = DescribedReader(changed).read(only("white"), [WHOLE])
    assert read["anger"] == pytest.approx(np.e**2 / (np.e**2 + 2 * np.e), abs=1e-3)


def test_probabilities_are_taken_as_they_are(tmp_path: Path) -> None:
    described = network(tmp_path, ('"logits"', '"probabilities"'), softmax=True)
    (read,) = DescribedReader(described).read(only("lime"), [WHOLE, WHOLE][:1])
    assert read["sadness"] == pytest.approx(np.e / (np.e + 2), abs=1e-3)


@pytest.mark.parametrize(
    ("changes", "made", "words"),
    [
        ([('"angry"', '"hungry"')], {}, "hungry: no class that is known here"),
        ([('"angry"', '"happiness"')], {}, "a class is named twice"),
        ([(', "angry"', "")], {}, "answers 3 numbers; its description names 2 classes"),
        ([("size = 16", "size = 24")], {}, "does not take what its description says"),
        ([('"rgb"', '"gray"'), ("[0.0, 0.0, 0.0]", "[0.0]"), ("[1.0, 1.0, 1.0]", "[1]")], {},
         "does not take what its description says"),
        ([('"logits"', '"probabilities"')], {}, "does not answer probabilities"),
        ([('"rgb"', '"cmyk"')], {}, "input.channels"),
        ([("mean = [0.0, 0.0, 0.0]", "mean = [0.0]")], {}, "mean and std need 3 values each"),
        ([("std = [1.0, 1.0, 1.0]", "std = [1.0, 1.0, 0.0]")], {}, "input.std"),
        ([('kind = "box"', 'kind = "circle"')], {}, "alignment"),
        ([('licence = "none"', "")], {}, "licence"),
        ([("size = 16", "size = 16\ncolour = 3")], {}, "input.colour"),
        ([("[input]", "[input")], {}, "can't be read"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_at_the_start(
    tmp_path: Path, changes: list[tuple[str, str]], made: dict[str, object], words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        DescribedReader(network(tmp_path, *changes, **made))
    assert words in refused.value.detail
    assert "tiny" in refused.value.detail


def test_a_network_without_description_and_a_file_that_is_none_are_refused(tmp_path: Path) -> None:
    file = network(tmp_path)
    file.write_bytes(b"no network")
    with pytest.raises(Invalid, match="can't be opened as an ONNX network"):
        DescribedReader(file)
    file.with_suffix(".toml").unlink()
    with pytest.raises(Invalid, match=r"tiny\.toml is missing"):
        DescribedReader(file)


def test_the_product_reads_with_it(tmp_path: Path) -> None:
    reader = FaceReader(model=network(tmp_path))
    stream = io.BytesIO()
    Image.fromarray(data.astronaut()).save(stream, "PNG")
    (face,) = reader.read(stream.getvalue()).faces
    assert max(face.emotions, key=lambda name: face.emotions[name]) == "happy"  # red is the most in a face
    assert reader.model_name.endswith("+ tiny")


def test_a_box_is_cut_upright_with_its_margin() -> None:
    described = Description.model_validate({**plain(), "alignment": {"kind": "box", "margin": 0.25}})
    assert framed(described, FACE) == Level((60.0, 70.0), 150.0, 0.0)


@pytest.mark.parametrize("tilt", [0.0, 0.4, -1.0])
@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_points_come_to_where_they_are_wanted(tilt: float, scale: float) -> None:
    wanted = shipped_named("opencv-mobilefacenet")
    points = wanted.alignment
    there = np.array([points.right_eye, points.left_eye, points.nose, points.mouth])  # type: ignore[union-attr]
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    here = (there @ turn * scale + (300, 200)).astype(np.float32)
    face = Detection(np.zeros(4, np.float32), np.concatenate([here, here[:2]]), 0.9)
    level = framed(wanted, face)
    assert level.tilt == pytest.approx(tilt, abs=1e-4)
    assert level.side == pytest.approx(112 * scale, rel=1e-4)
    assert level.back(there.astype(np.float32), 112) == pytest.approx(here, abs=0.01)


def test_what_is_shipped_describes_networks_with_one_hash_each() -> None:
    known = shipped()
    assert known["opencv-mobilefacenet"].output.names == [
        "anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise",
    ]  # fmt: skip
    source = known["emotieff-b0-vgaf"].file
    assert source is not None
    assert (source.sha256, source.git_blob_sha1) == (None, "49772db4e87ee6df57087fba131832a959e5c64d")
    with pytest.raises(NotFound, match=r"There are: .*opencv-mobilefacenet"):
        shipped_named("resnet")


def test_a_source_needs_exactly_one_hash(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    for hashes in ("", f'sha256 = "{"0" * 64}"\ngit_blob_sha1 = "{"0" * 40}"'):
        file.write_text(DESCRIPTION + f'[file]\nurl = "http://localhost/x"\n{hashes}\n')
        with pytest.raises(Invalid, match="either sha256 or git_blob_sha1"):
            read_description(file)


def plain() -> dict[str, object]:
    return {
        "name": "plain", "licence": "none",
        "input": {"size": 16, "channels": "gray", "mean": [0], "std": [1]},
        "output": {"kind": "logits", "classes": ["happy", "sad"]},
    }  # fmt: skip
