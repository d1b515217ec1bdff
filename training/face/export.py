"""Calibrate trained weights on the valid split and write the ONNX file that is shipped.

    python training/face/export.py runs/face/best.pt --data ../shared/data

One number for each head, the softmax's temperature, is fitted (Guo et al. 2017); the file is checked against
the network it came from before it is written.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from dataset import load_faces
from evaluate import WEIGHTS
from model import Answer, ExpressionNet
from torch import Tensor
from torch.nn import functional as F

TOLERANCE = 1e-4
OUTPUTS = ["probabilities", "fer2013"]


@torch.no_grad()
def logits_of(net: ExpressionNet, pixels: np.ndarray) -> tuple[Tensor, Tensor]:
    faces = torch.from_numpy(pixels)[:, None].float() / 255
    by_votes, by_label = zip(*(net(part) for part in faces.split(256)), strict=True)
    return torch.cat(by_votes), torch.cat(by_label)


def fitted_temperature(logits: Tensor, truth: np.ndarray) -> float:
    """The temperature with the least cross-entropy where the truth is known, from a fine grid of 0.3 to 3."""
    known, grid = torch.from_numpy(truth), torch.linspace(0.3, 3.0, 271)
    losses = torch.stack([F.cross_entropy(logits / t, known, ignore_index=-1) for t in grid])
    return float(grid[losses.argmin()])


def exported(answer: Answer) -> onnx.ModelProto:
    """The network as ONNX: `face` (n, 1, 48, 48) in 0…1 -> `probabilities` (n, 8), `fer2013` (n, 7)."""
    program = torch.onnx.export(
        answer, (torch.rand(2, 1, 48, 48),), input_names=["face"], output_names=OUTPUTS,
        dynamic_shapes={"face": {0: torch.export.Dim("n")}}, dynamo=True, opset_version=18, verbose=False,
    )  # fmt: skip
    model = program.model_proto
    for node in model.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    onnx.checker.check_model(model)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="best.pt of train.py")
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder with face/fer2013plus.zip"
    )
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    net = ExpressionNet()
    net.load_state_dict(torch.load(options.checkpoint, map_location="cpu", weights_only=True)["net"])
    net.eval()
    valid = load_faces(options.data / "face" / "fer2013plus.zip", "valid")
    truths = (valid.majority, valid.fer2013)
    heads = zip(logits_of(net, valid.pixels), truths, strict=True)
    temperatures = tuple(fitted_temperature(logits, truth) for logits, truth in heads)
    answer = Answer(net, temperatures).eval()
    content = exported(answer).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    faces = torch.from_numpy(valid.pixels[:64])[:, None].float() / 255
    with torch.no_grad():
        pairs = zip(session.run(OUTPUTS, {"face": faces.numpy()}), answer(faces), strict=True)
        worst = max(float(np.abs(mine - its.numpy()).max()) for mine, its in pairs)
    if worst > TOLERANCE:
        raise SystemExit(f"the exported file differs by {worst:.1e}: nothing written")
    options.output.write_bytes(content)
    print(f"temperatures {' and '.join(f'{t:.2f}' for t in temperatures)}; {len(content):,} bytes")
    print(f"sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
