"""Bring a network's channels to multiples of sixteen, without changing what it answers.

ONNX Runtime keeps pictures in blocks of 8 or 16 channels, but only where a depthwise convolution has whole
blocks; BlazeFace's 24, 28, 36, 42 … have not, and every second layer was put into order and out of it again.
The channels that are added are zeros all the way. Where the network pads a shortcut with zeros to meet a wider
layer, that layer is cut in two instead: the part that meets the shortcut, and the rest.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

BLOCK = 16


class Widening:
    """Walks a graph of Cast, Conv, Relu, MaxPool, Pad (of channels), Add and a tail, and writes it anew."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = onnx.ModelProto.FromString(model.SerializeToString())
        self.known = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
        self.heads = {node.input[0] for node in model.graph.node if node.op_type == "Transpose"}
        self.nodes: list[NodeProto] = []
        self.weights: dict[str, np.ndarray] = {}
        self.kernels: dict[str, tuple[NodeProto, np.ndarray, np.ndarray]] = {}
        """What was convolved, by the name of its outcome: the node, its kernel and its bias."""
        self.width: dict[str, int] = {}
        self.unpadded: dict[str, str] = {}

    def widened(self) -> onnx.ModelProto:
        for node in self.model.graph.node:
            getattr(self, f"_{node.op_type.lower()}", self._tail)(node)
        graph = self.model.graph
        del graph.node[:], graph.initializer[:]
        graph.node.extend(self.nodes)
        graph.initializer.extend(numpy_helper.from_array(w, name) for name, w in self.weights.items())
        onnx.checker.check_model(self.model)
        return self.model

    def _cast(self, node: NodeProto) -> None:
        self.known[node.output[0]] = self.known[node.input[0]]

    def _conv(self, node: NodeProto) -> None:
        kernel, bias = (self.known[name] for name in node.input[1:])
        inputs, outputs = self.width.get(node.input[0], kernel.shape[1]), kernel.shape[0]
        if node.output[0] not in self.heads:
            outputs = -(-outputs // BLOCK) * BLOCK
        depthwise = kernel.shape[1] == 1
        wide = np.zeros((outputs, 1 if depthwise else inputs, *kernel.shape[2:]), kernel.dtype)
        wide[: kernel.shape[0], : kernel.shape[1]] = kernel
        longer = np.zeros(outputs, bias.dtype)
        longer[: len(bias)] = bias
        self._convolve(node, node.output[0], wide, longer)

    def _convolve(self, like: NodeProto, name: str, kernel: np.ndarray, bias: np.ndarray) -> str:
        inputs = [like.input[0]]
        for kind, values in (("kernel", kernel), ("bias", bias)):
            self.weights[f"{name}.{kind}.half"] = values
            inputs.append(f"{name}.{kind}")
            self._write(
                helper.make_node("Cast", [f"{inputs[-1]}.half"], [inputs[-1]], to=onnx.TensorProto.FLOAT)
            )
        new = helper.make_node("Conv", inputs, [name])
        new.attribute.extend(each for each in like.attribute if each.name != "group")
        groups = len(kernel) if kernel.shape[1] == 1 else 1
        new.attribute.append(helper.make_attribute("group", groups))
        self.kernels[name] = (like, kernel, bias)
        self.width[name] = len(kernel)
        self._write(new)
        return name

    def _relu(self, node: NodeProto) -> None:
        self.width[node.output[0]] = self.width[node.input[0]]
        self._write(node)

    _maxpool = _relu

    def _pad(self, node: NodeProto) -> None:
        self.unpadded[node.output[0]] = node.input[0]

    def _add(self, node: NodeProto) -> None:
        shortcut, layer = (self.unpadded.get(name, name) for name in node.input)
        name, met = node.output[0], self.width[shortcut]
        self.width[name] = self.width[layer]
        if met == self.width[layer]:
            self._write(helper.make_node("Add", [shortcut, layer], [name]))
            return
        like, kernel, bias = self.kernels[layer]
        self._forget(layer)
        first = self._convolve(like, f"{layer}.first", kernel[:met], bias[:met])
        rest = self._convolve(like, f"{layer}.rest", kernel[met:], bias[met:])
        self._write(helper.make_node("Add", [shortcut, first], [f"{name}.first"]))
        self._write(helper.make_node("Concat", [f"{name}.first", rest], [name], axis=1))

    def _forget(self, layer: str) -> None:
        mine = {layer, f"{layer}.kernel", f"{layer}.bias"}
        self.nodes = [each for each in self.nodes if each.output[0] not in mine]
        for kind in ("kernel", "bias"):
            del self.weights[f"{layer}.{kind}.half"]

    def _tail(self, node: NodeProto) -> None:
        self.weights.update({name: self.known[name] for name in node.input if name in self.known})
        self._write(node)

    def _write(self, node: NodeProto) -> None:
        self.nodes.append(node)
