"""Somebody else's expression network, run by its description."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from museaika.errors import Invalid
from museaika.mood.vocabulary import FACE_CLASSES
from museaika.perception.description import Box, Description, Levelled, Points, read_description
from museaika.perception.expression import framing
from museaika.perception.geometry import LEFT_EYE, MOUTH, NOSE, RIGHT_EYE, Array, Detection, Level

KEYPOINTS = [RIGHT_EYE, LEFT_EYE, NOSE, MOUTH]


class DescribedReader:
    """An expression network that is not ours; may be shared by threads.

    Raises:
        Invalid: the description is wrong, the file is no network, or the one does not fit the other.
    """

    def __init__(self, weights: Path, *, threads: int = 1) -> None:
        self.description = read_description(weights.with_suffix(".toml"))
        self._session = _opened(weights, threads)
        self._one_at_a_time = self._session.get_inputs()[0].shape[0] == 1
        self._try(weights)

    def framing(self, face: Detection) -> Level:
        return framed(self.description, face)

    def read(self, image: Image.Image, frames: Sequence[Level]) -> list[dict[str, float]]:
        """Return for each frame in an RGB picture the probability of each FER+ class (sum 1); classes that
        the network does not know have 0."""
        if not frames:
            return []
        pixels = np.stack([self._pixels(frame.cut(image, self.description.input.size)) for frame in frames])
        parts = np.split(pixels, len(pixels)) if self._one_at_a_time else [pixels]
        answers = np.concatenate([self._answer(part) for part in parts])
        shares = [dict(zip(self.description.output.names, map(float, row), strict=True)) for row in answers]
        return [{name: each.get(name, 0.0) for name in FACE_CLASSES} for each in shares]

    def _pixels(self, cut: Image.Image) -> Array:
        wanted = self.description.input
        pixels = np.atleast_3d(np.asarray(cut.convert("L" if wanted.channels == "gray" else "RGB"), np.float32))
        if wanted.channels == "bgr":
            pixels = pixels[..., ::-1]
        scaled = (pixels / 255 - np.array(wanted.mean)) / np.array(wanted.std)
        placed = scaled.transpose(2, 0, 1) if wanted.layout == "nchw" else scaled
        return np.ascontiguousarray(placed, np.float32)

    def _answer(self, pixels: Array) -> Array:
        """(n, classes); each row sums to 1 where the description is right."""
        raw = self._session.run(None, {self._session.get_inputs()[0].name: pixels})[0]
        raw = np.asarray(raw, np.float64).reshape(len(pixels), -1)
        if self.description.output.kind == "probabilities":
            return np.asarray(raw, np.float32)
        raised = np.exp(raw - raw.max(1, keepdims=True))
        return np.asarray(raised / raised.sum(1, keepdims=True), np.float32)

    def _try(self, weights: Path) -> None:
        """One gray square, so that a network that does not fit is refused at the start."""
        wanted = self.description.input
        blank = self._pixels(Image.new("RGB", (wanted.size, wanted.size), "gray"))[None]
        try:
            answer = self._answer(blank)
        except Exception as error:  # noqa: BLE001 - ONNX Runtime's errors have nothing in common
            raise Invalid(f"{weights} does not take what its description says: {_first_line(error)}") from None
        classes = self.description.output.classes
        if answer.shape != (1, len(classes)):
            count = f"{answer.size} numbers; its description names {len(classes)} classes"
            raise Invalid(f"{weights} answers {count}.")
        if not (answer.min() >= 0 and abs(float(answer.sum()) - 1) < 0.01):  # false for NaN, too
            raise Invalid(f"{weights} does not answer {self.description.output.kind}, as its description says.")


def framed(description: Description, face: Detection) -> Level:
    """The square of the picture that the network wants to see."""
    wanted = description.alignment
    if isinstance(wanted, Box):
        return Level(face.centre, face.side * (1 + 2 * wanted.margin), 0.0)
    if isinstance(wanted, Levelled):
        return framing(face, wanted.reach, wanted.below_eyes)
    return _fitted(wanted, face, description.input.size)


def _fitted(wanted: Points, face: Detection, size: int) -> Level:
    """The least-squares similarity that brings the keypoints to where they are wanted."""
    there = np.array([wanted.right_eye, wanted.left_eye, wanted.nose, wanted.mouth]) @ [1, 1j]
    here = face.keypoints[KEYPOINTS].astype(np.float64) @ [1, 1j]
    spread = here - here.mean()
    scale = np.vdot(spread, there - there.mean()) / max(float(np.vdot(spread, spread).real), 1e-9)
    if abs(scale) < 1e-9:
        raise ValueError("keypoints that all lie in one place frame nothing")
    middle = here.mean() + ((size / 2) * (1 + 1j) - there.mean()) / scale
    return Level((float(middle.real), float(middle.imag)), size / abs(scale), -float(np.angle(scale)))


def _opened(weights: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - as above
        raise Invalid(f"{weights} can't be opened as an ONNX network: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]
