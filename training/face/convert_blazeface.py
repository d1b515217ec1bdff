"""Turn BlazeFace (short range) of the MediaPipe wheel into an ONNX file that takes any size.

    pip download --no-deps mediapipe==0.10.21
    python training/face/convert_blazeface.py mediapipe-0.10.21-*.whl

The network is fully convolutional, so height and width are left open (multiples of 32), and so is the
number of images. Weights stay in half precision as they come; channels are brought to whole blocks
(`widening.py`). The result is compared with the original, run by LiteRT, before it is written.
"""

from __future__ import annotations

import argparse
import hashlib
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import tflite
from ai_edge_litert.interpreter import Interpreter
from onnx import TensorProto, helper, numpy_helper
from widening import Widening

MEMBER = "mediapipe/modules/face_detection/face_detection_short_range.tflite"
SHA256 = "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8"
WEIGHTS = Path(__file__).parents[2] / "src/museaika/perception/weights/blazeface.onnx"
TOLERANCE = 1e-4
DTYPES = {
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.INT32: np.int32,
}
OPERATORS = {code: name for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)}


@dataclass
class Converter:
    """Walks the operators of a TFLite graph in order and writes the ONNX nodes that say the same in NCHW."""

    model: tflite.Model
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.graph = self.model.Subgraphs(0)

    def convert(self) -> onnx.ModelProto:
        self._node("Identity", ["image"], int(self.graph.Inputs(0)))
        for i in range(self.graph.OperatorsLength()):
            operator = self.graph.Operators(i)
            code = self.model.OperatorCodes(operator.OpcodeIndex())
            name = OPERATORS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            getattr(self, f"_{name.lower()}")(operator, *operator.InputsAsNumpy(), operator.Outputs(0))
        boxes, scores = self.graph.OutputsAsNumpy()
        self._node("Identity", [f"t{boxes}"], "boxes")
        self._node("Identity", [f"t{scores}"], "scores")
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, "height", "width"])
        outputs = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", "anchors", width])
            for name, width in (("boxes", 16), ("scores", 1))
        ]
        graph = helper.make_graph(self.nodes, "blazeface_short_range", [image], outputs, self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)

    def _node(self, kind: str, inputs: list[str], output: int | str, **attributes: object) -> None:
        name = output if isinstance(output, str) else f"t{output}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))

    def _constant(self, name: str, values: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _values(self, index: int) -> np.ndarray:
        tensor = self.graph.Tensors(index)
        raw = self.model.Buffers(tensor.Buffer()).DataAsNumpy()
        return raw.view(DTYPES[tensor.Type()]).reshape(tensor.ShapeAsNumpy())

    def _dequantize(self, _: object, source: int, output: int) -> None:
        values = self._values(source)
        if values.ndim == 4:  # TFLite: out, height, width, in; a depthwise kernel: 1, height, width, channels
            values = values.transpose((3, 0, 1, 2) if values.shape[0] == 1 else (0, 3, 1, 2))
        self._node("Cast", [self._constant(f"w{output}", values)], output, to=TensorProto.FLOAT)

    def _conv_2d(self, operator: tflite.Operator, x: int, kernel: int, bias: int, output: int) -> None:
        self._convolve(_options(operator, tflite.Conv2DOptions()), x, kernel, bias, output, depthwise=False)

    def _depthwise_conv_2d(
        self, operator: tflite.Operator, x: int, kernel: int, bias: int, output: int
    ) -> None:
        self._convolve(
            _options(operator, tflite.DepthwiseConv2DOptions()), x, kernel, bias, output, depthwise=True
        )

    def _convolve(
        self, options: object, x: int, kernel: int, bias: int, output: int, *, depthwise: bool
    ) -> None:
        shape = self.graph.Tensors(kernel).ShapeAsNumpy()
        stride = options.StrideH()
        self._node(
            "Conv",
            [f"t{x}", f"t{kernel}", f"t{bias}"],
            output,
            strides=[stride, stride],
            pads=_same(int(shape[1]), stride),
            group=int(shape[3]) if depthwise else 1,
        )

    def _max_pool_2d(self, operator: tflite.Operator, x: int, output: int) -> None:
        options = _options(operator, tflite.Pool2DOptions())
        side, stride = options.FilterHeight(), options.StrideH()
        self._node(
            "MaxPool",
            [f"t{x}"],
            output,
            kernel_shape=[side, side],
            strides=[stride, stride],
            pads=_same(side, stride),
        )

    def _pad(self, _: object, x: int, widths: int, output: int) -> None:
        before, after = self._values(widths)[[0, 3, 1, 2]].T
        pads = self._constant(f"p{output}", np.concatenate([before, after]).astype(np.int64))
        self._node("Pad", [f"t{x}", pads], output)

    def _relu(self, _: object, x: int, output: int) -> None:
        self._node("Relu", [f"t{x}"], output)

    def _add(self, _: object, a: int, b: int, output: int) -> None:
        self._node("Add", [f"t{a}", f"t{b}"], output)

    def _reshape(self, _: object, x: int, *rest: int) -> None:
        output = rest[-1]
        self._node("Transpose", [f"t{x}"], f"nhwc{output}", perm=[0, 2, 3, 1])
        last = int(self.graph.Tensors(output).Shape(2))
        self._node("Reshape", [f"nhwc{output}", self._constant(f"s{output}", np.array([0, -1, last]))], output)

    def _concatenation(self, _: object, *tensors: int) -> None:
        *inputs, output = tensors
        self._node("Concat", [f"t{i}" for i in inputs], output, axis=1)


def _options(operator: tflite.Operator, options: object) -> object:
    table = operator.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    if options.FusedActivationFunction():
        raise SystemExit("a fused activation: this network is not the one known here")
    return options


def _same(side: int, stride: int) -> list[int]:
    """TFLite's SAME for sizes that the stride divides: the odd pixel goes to the end (VALID is 1 x 1 only)."""
    total = max(side - stride, 0)
    before, after = total // 2, total - total // 2
    return [before, before, after, after]


def difference(original: bytes, converted: bytes, images: int = 8) -> float:
    """The largest difference between both networks' answers on random images of 128 x 128."""
    theirs = Interpreter(model_content=original)
    theirs.allocate_tensors()
    ours = onnxruntime.InferenceSession(converted, providers=["CPUExecutionProvider"])
    worst, random = 0.0, np.random.default_rng(0)
    for _ in range(images):
        image = random.uniform(-1, 1, (1, 128, 128, 3)).astype(np.float32)
        theirs.set_tensor(theirs.get_input_details()[0]["index"], image)
        theirs.invoke()
        answers = ours.run(["boxes", "scores"], {"image": image.transpose(0, 3, 1, 2)})
        for detail, answer in zip(theirs.get_output_details(), answers, strict=True):
            worst = max(worst, float(np.abs(theirs.get_tensor(detail["index"]) - answer).max()))
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path, help="mediapipe-0.10.21-*.whl")
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    original = zipfile.ZipFile(options.wheel).read(MEMBER)
    if hashlib.sha256(original).hexdigest() != SHA256:
        raise SystemExit(f"{MEMBER} is not the file this script knows; take mediapipe==0.10.21")
    model = Widening(Converter(tflite.Model.GetRootAs(original, 0)).convert()).widened()
    onnx.checker.check_model(model)
    converted = model.SerializeToString()
    worst = difference(original, converted)
    if worst > TOLERANCE:
        raise SystemExit(f"answers differ by {worst:.2e}, more than {TOLERANCE:.0e}: nothing written")
    options.output.write_bytes(converted)
    print(f"{options.output.name}: {len(converted):,} bytes, sha256 {hashlib.sha256(converted).hexdigest()}")
    print(f"largest difference from the original: {worst:.1e}")


if __name__ == "__main__":
    main()
