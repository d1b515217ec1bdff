"""An encoder's ONNX graph in int8: weights by channel, activations by row.

onnxruntime's own dynamic quantisation takes one scale for all that is run together, so that a sentence reads
differently beside another one. Here each row (each token) has a scale of its own, written out in the
graph: a batch gives what its sentences give alone. Weights keep seven of the eight bits (`reduce_range`),
because kernels without VNNI overflow otherwise. The table of words is int8 too, one scale a word.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

WEIGHT_LEVELS, ROW_LEVELS, MIDDLE = 63, 127, 128
LEAST = 1e-8
"""No row is scaled by less, or an empty one would be divided by nothing."""


class Quantiser:
    """Rewrites one graph, node by node."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._graph = model.graph
        self._constants = {tensor.name: tensor for tensor in model.graph.initializer}
        self._nodes: list[NodeProto] = []
        self._rows_of: set[str] = set()
        self._constant("one", np.float32(1))
        self._constant("row_level", np.float32(1 / ROW_LEVELS))
        self._constant("least", np.float32(LEAST))
        self._constant("middle", np.uint8(MIDDLE))

    def rewrite(self) -> None:
        """Replace each product with a constant matrix, and the look-up of words."""
        for node in list(self._graph.node):
            if node.op_type == "MatMul" and node.input[1] in self._constants:
                self._product(node)
            elif node.op_type == "Gather" and "word_embeddings" in node.input[0]:
                self._look_up(node)
            else:
                self._nodes.append(node)
        del self._graph.node[:]
        self._graph.node.extend(self._nodes)
        used = {name for node in self._nodes for name in node.input}
        del self._graph.initializer[:]
        self._graph.initializer.extend(t for name, t in self._constants.items() if name in used)

    def _product(self, node: NodeProto) -> None:
        """x·W as (x / row scale in uint8)·(W / column scale in int8) · column scale · row scale."""
        x, name, result = node.input[0], node.input[1], node.output[0]
        matrix = numpy_helper.to_array(self._constants[name])
        scales = np.abs(matrix).max(0) / WEIGHT_LEVELS
        self._constant(f"{name}.int8", np.round(matrix / scales).astype(np.int8))
        self._constant(f"{name}.scales", scales.astype(np.float32))
        self._constant(f"{name}.zeros", np.zeros(matrix.shape[1], np.int8))
        self._rows(x)
        inputs = (f"{x}.uint8", f"{name}.int8", "one", f"{name}.scales", "middle", f"{name}.zeros")
        self._add("MatMulIntegerToFloat", inputs, f"{result}.unscaled", domain="com.microsoft")
        self._add("Mul", (f"{result}.unscaled", f"{x}.scales"), result)

    def _rows(self, x: str) -> None:
        """x in uint8, and the scale of each of its rows."""
        if x in self._rows_of:
            return
        self._rows_of.add(x)
        self._add("Abs", (x,), f"{x}.sizes")
        self._add("ReduceMax", (f"{x}.sizes",), f"{x}.largest", axes=[-1], keepdims=1)
        self._add("Mul", (f"{x}.largest", "row_level"), f"{x}.level")
        self._add("Max", (f"{x}.level", "least"), f"{x}.scales")
        self._add("Div", (x, f"{x}.scales"), f"{x}.scaled")
        self._add("QuantizeLinear", (f"{x}.scaled", "one", "middle"), f"{x}.uint8")

    def _look_up(self, node: NodeProto) -> None:
        name, ids, result = node.input[0], node.input[1], node.output[0]
        table = numpy_helper.to_array(self._constants[name])
        scales = np.maximum(np.abs(table).max(1, keepdims=True) / ROW_LEVELS, LEAST)
        self._constant(f"{name}.int8", np.round(table / scales).astype(np.int8))
        self._constant(f"{name}.scales", scales.astype(np.float32))
        self._add("Gather", (f"{name}.int8", ids), f"{result}.int8", axis=0)
        self._add("Cast", (f"{result}.int8",), f"{result}.whole", to=TensorProto.FLOAT)
        self._add("Gather", (f"{name}.scales", ids), f"{result}.scales", axis=0)
        self._add("Mul", (f"{result}.whole", f"{result}.scales"), result)

    def _constant(self, name: str, value: np.ndarray | np.generic) -> None:
        self._constants[name] = numpy_helper.from_array(np.asarray(value), name)

    def _add(self, kind: str, inputs: tuple[str, ...], output: str, **more: object) -> None:
        self._nodes.append(helper.make_node(kind, inputs, [output], **more))


def quantise(source: Path, target: Path) -> None:
    """Write the float graph `source` in int8 to `target`."""
    model = onnx.load(source)
    Quantiser(model).rewrite()
    if all(entry.domain != "com.microsoft" for entry in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, target)
