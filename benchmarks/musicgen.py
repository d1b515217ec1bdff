"""What a second of music costs: the built-in composer beside a network of MusicGen-small's size.

    python benchmarks/musicgen.py [--seconds 10]

Both go from a request to a mastered MP3 on one thread of the CPU. The network has the architecture of
`facebook/musicgen-small` and random weights, which take as long as the trained ones and need no download. It
takes the extra `musicgen`; without it this says so and measures the composer alone.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from museaika.generation.asking import with_defaults
from museaika.generation.composing import ComposerEngine
from museaika.generation.engines import Engine
from museaika.generation.musicgen import Model, MusicGenEngine
from museaika.rendering.soundfont import BUNDLED, Bank

COMPOSED_S = 30.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--seconds", type=float, default=5.0, help="of music by the network, 5 or more (default 5)"
    )
    seconds = parser.parse_args().seconds
    composer = cpu_seconds(ComposerEngine(Bank.load(BUNDLED)), COMPOSED_S)
    print(
        f"composer: {composer / COMPOSED_S:.3f} CPU-seconds a second of music ({COMPOSED_S:.0f} s)", flush=True
    )
    if not all(importlib.util.find_spec(name) for name in ("torch", "transformers")):
        print("MusicGen: not measured, its extra is not installed: pip install -e '.[musicgen]'")
        return 0
    engine = MusicGenEngine("musicgen-small")
    engine._model = small_model()
    network = cpu_seconds(engine, seconds)
    print(f"MusicGen-small: {network / seconds:.1f} CPU-seconds a second of music ({seconds:.0f} s)")
    print(f"ratio: {network / seconds / (composer / COMPOSED_S):.0f}")
    return 0


def cpu_seconds(engine: Engine, length_s: float) -> float:
    """CPU time of this process from a request to its files."""
    asked = with_defaults({"mood": "calm", "length": length_s, "seed": 1})
    with TemporaryDirectory() as folder:
        began = time.process_time()
        engine.make(asked, 1, None, Path(folder), lambda stage, share: None, lambda: False)
        return time.process_time() - began


def small_model() -> Model:
    """The sizes of facebook/musicgen-small: T5-base, 24 layers of 1024, EnCodec at 32 kHz."""
    import torch
    import transformers

    torch.set_num_threads(1)
    text = transformers.T5Config(vocab_size=32128, d_model=768, d_kv=64, d_ff=3072, num_layers=12, num_heads=12)
    audio = transformers.EncodecConfig(
        target_bandwidths=[2.2], sampling_rate=32000, num_filters=64, num_residual_layers=1,
        upsampling_ratios=[8, 5, 4, 4], codebook_size=2048, codebook_dim=128, hidden_size=128,
        num_lstm_layers=2, use_causal_conv=False,
    )  # fmt: skip
    decoder = transformers.MusicgenDecoderConfig(
        vocab_size=2048, hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, ffn_dim=4096,
        num_codebooks=4, pad_token_id=2048, bos_token_id=2048,
    )  # fmt: skip
    config = transformers.MusicgenConfig(
        text_encoder=_typed(text), audio_encoder=_typed(audio), decoder=_typed(decoder)
    )
    network = transformers.MusicgenForConditionalGeneration(config).eval()
    network.generation_config.update(decoder_start_token_id=2048, pad_token_id=2048, bos_token_id=2048)
    print(f"MusicGen-small: {network.num_parameters() / 1e6:.0f} million random weights", flush=True)
    letters = [
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", 0.0),
        *((c, -2.0) for c in "▁abcdefghijklmnopqrstuvwxyz"),
    ]
    return Model(network, transformers.T5Tokenizer(vocab=letters, extra_ids=0), rate=32000, hop=640)


def _typed(config: Any) -> dict[str, Any]:
    return config.to_dict() | {"model_type": config.model_type}


if __name__ == "__main__":
    sys.exit(main())
