"""Calibrate trained weights on the valid split and write the ONNX file that is shipped.

    python training/face/export.py runs/face/best.pt --data ../shared/data

One number, the softmax's temperature, is fitted (Guo et al. 2017); the file is checked against the network
it came from before it is written.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from dataset import Faces, load_faces
from evaluate import WEIGHTS
from model import Answer, ExpressionNet
from torch import Tensor
from torch.nn import functional as F

TOLERANCE = 1e-4


@torch.no_grad()
def logits_of(net: ExpressionNet, faces: Faces) -> Tensor:
    pixels = torch.from_numpy(faces.pixels)[:, None].float() / 255
    return torch.cat([net(part)[0] for part in pixels.split(256)])


def fitted_temperature(logits: Tensor, majority: Tensor) -> float:
    """The temperature with the least cross-entropy, searched on a fine grid from 0.3 to 3."""
    grid = torch.linspace(0.3, 3.0, 271)
    losses = torch.stack([F.cross_entropy(logits / t, majority) for t in grid])
    return float(grid[losses.argmin()])


def exported(answer: Answer) -> onnx.ModelProto:
    """The network as ONNX: `face` (n, 1, 48, 48) in 0…1 -> `probabilities` (n, 8)."""
    program = torch.onnx.export(
        answer, (torch.rand(2, 1, 48, 48),), input_names=["face"], output_names=["probabilities"],
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
    known = torch.from_numpy(valid.majority >= 0)
    temperature = fitted_temperature(logits_of(net, valid)[known], torch.from_numpy(valid.majority)[known])
    answer = Answer(net, temperature).eval()
    content = exported(answer).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    faces = torch.from_numpy(valid.pixels[:64])[:, None].float() / 255
    with torch.no_grad():
        worst = float(np.abs(session.run(None, {"face": faces.numpy()})[0] - answer(faces).numpy()).max())
    if worst > TOLERANCE:
        raise SystemExit(f"the exported file differs by {worst:.1e}: nothing written")
    options.output.write_bytes(content)
    print(
        f"temperature {temperature:.2f}; {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}"
    )


if __name__ == "__main__":
    main()
