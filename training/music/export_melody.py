"""Write a trained melody network as the ONNX file that is shipped.

    python training/music/export_melody.py runs/melody/best.pt

`heard` (notes, batch, INPUTS) and the state `h`, `c` (2, batch, 384) → `opinions` (notes, batch, OPINIONS) and
the state after them. Weights are stored as half floats and widened when the file is loaded (`--int8`: LSTM
weights as bytes). The file is run beside the network it came from before it is written.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from network import LAYERS, MelodyNet
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from museaika.composition.hearing import INPUTS
from museaika.composition.improviser import WEIGHTS


class Step(nn.Module):
    """The network with its state as plain tensors."""

    def __init__(self, net: MelodyNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, heard: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        opinions, (h, c) = self.net(heard, (h, c))
        return opinions, h, c


def exported(net: MelodyNet, units: int) -> onnx.ModelProto:
    state = torch.zeros(LAYERS, 2, units)
    axes = {"heard": {0: "notes", 1: "batch"}, "h": {1: "batch"}, "c": {1: "batch"},
            "opinions": {0: "notes", 1: "batch"}, "h_after": {1: "batch"}, "c_after": {1: "batch"}}  # fmt: skip
    names = list(axes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "melody.onnx"
        torch.onnx.export(
            Step(net).eval(), (torch.zeros(3, 2, INPUTS), state, state), str(path), dynamo=False,
            opset_version=17, input_names=names[:3], output_names=names[3:], dynamic_axes=axes,
        )  # fmt: skip
        model = onnx.load(path)
    for node in model.graph.node:
        node.ClearField("doc_string")
    return model


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store large weights as half floats, each with a cast that the runtime folds when it loads."""
    casts = []
    for weight in model.graph.initializer:
        array = numpy_helper.to_array(weight)
        if array.dtype == np.float32 and array.size > 1000:
            name = weight.name
            weight.CopyFrom(numpy_helper.from_array(array.astype(np.float16), f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model


def quantised(model: onnx.ModelProto) -> onnx.ModelProto:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "melody.onnx"
        quantize_dynamic(model, path, op_types_to_quantize=["LSTM"], weight_type=QuantType.QInt8)
        return onnx.load(path)


@torch.no_grad()
def difference(content: bytes, net: MelodyNet, units: int) -> float:
    """The largest difference between the file's opinions and the network's on random inputs."""
    heard, state = torch.rand(40, 3, INPUTS).round(), torch.zeros(LAYERS, 3, units)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    feed = {"heard": heard.numpy(), "h": state.numpy(), "c": state.numpy()}
    return float(np.abs(session.run(["opinions"], feed)[0] - net(heard)[0].numpy()).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="best.pt of train_melody.py")
    parser.add_argument("--int8", action="store_true", help="LSTM weights as bytes")
    parser.add_argument("--tolerance", type=float, default=0.05, help="largest difference of a logit")
    parser.add_argument("--output", type=Path, default=WEIGHTS / "melody.onnx")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    state = torch.load(options.checkpoint, map_location="cpu", weights_only=True)["net"]
    units = state["lstm.weight_hh_l0"].shape[1]
    net = MelodyNet(units).eval()
    net.load_state_dict(state)
    model = exported(net, units)
    content = (quantised(model) if options.int8 else halved(model)).SerializeToString()
    worst = difference(content, net, units)
    if worst > options.tolerance:
        raise SystemExit(f"the exported file differs by {worst:.3f}: nothing written")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(content)
    print(f"{len(content):,} bytes, off by {worst:.4f}, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
