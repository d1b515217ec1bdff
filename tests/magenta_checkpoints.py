"""Writes checkpoints as Magenta.js publishes them, with random weights."""

import json
from pathlib import Path

import numpy as np

LOW, HIGH = 48, 83
KINDS = {
    "basic": {"layers": 2},
    "attention": {"layers": 3, "attention": 12, "counter": 6},
    "improv": {"layers": 2, "chords": "PitchChordEncoder"},
    "triads": {"layers": 1, "chords": "TriadChordEncoder"},
    "attentive improv": {"layers": 3, "attention": 5, "chords": "MajorMinorChordEncoder"},
}
CHORD_DEPTHS = {None: 0, "PitchChordEncoder": 37, "TriadChordEncoder": 49, "MajorMinorChordEncoder": 25}


def shapes_of(layers, units, inputs, events, attention):
    """Names and shapes of the arrays of a network."""
    prefix = "rnn/attention_cell_wrapper/" if attention else "rnn/"
    width = units if attention else inputs
    shapes = {}
    for layer in range(layers):
        name = f"{prefix}multi_rnn_cell/cell_{layer}/basic_lstm_cell/"
        shapes[name + "kernel"] = [(units if layer else width) + units, 4 * units]
        shapes[name + "bias"] = [4 * units]
    if attention:
        shapes |= {
            prefix + "kernel": [inputs + units, units],
            prefix + "bias": [units],
            prefix + "attention/attn_w": [1, 1, units, units],
            prefix + "attention/attn_v": [units],
            prefix + "attention/kernel": [2 * layers * units, units],
            prefix + "attention/bias": [units],
            prefix + "attention_output_projection/kernel": [2 * units, units],
            prefix + "attention_output_projection/bias": [units],
        }
    return shapes | {"fully_connected/weights": [units, events], "fully_connected/biases": [events]}


def write_checkpoint(
    folder: Path, *, layers=2, units=24, attention=0, chords=None, counter=0, seed=1, favourite=None, shards=3
):
    """Write a checkpoint; `favourite` is a pitch (MIDI) that the network would rather strike than any other."""
    rng = np.random.default_rng(seed)
    events = HIGH - LOW + 3
    shapes = shapes_of(layers, units, CHORD_DEPTHS[chords] + events + counter, events, attention)
    arrays = {name: rng.normal(0, _spread(shape), shape).astype("<f4") for name, shape in shapes.items()}
    if favourite is not None:
        arrays["fully_connected/biases"][favourite - LOW + 2] += 8.0
    config = {"type": "MusicRNN", "dataConverter": {"type": "MelodyConverter",
              "args": {"minPitch": LOW, "maxPitch": HIGH}}}  # fmt: skip
    config |= {"attentionLength": attention} if attention else {}
    config |= {"chordEncoder": chords} if chords else {}
    config |= {"auxInputs": [{"type": "BinaryCounter", "args": {"numBits": counter}}]} if counter else {}
    manifest = [{"name": name, "shape": shape, "dtype": "float32"} for name, shape in shapes.items()]
    write_files(folder, config, manifest, b"".join(arrays[name].tobytes() for name in shapes), shards)
    return folder


def _spread(shape):
    """As networks are initialised, so that nothing explodes."""
    return 1.5 / shape[-2] ** 0.5 if len(shape) > 1 else 0.3


def write_files(folder, config, weights, data, shards=1):
    """A checkpoint's files: the shards are cut where they may, in the middle of an array too."""
    folder.mkdir(parents=True, exist_ok=True)
    size = -(-len(data) // shards)
    paths = [f"group1-shard{i + 1}of{shards}" for i in range(shards)]
    for i, path in enumerate(paths):
        (folder / path).write_bytes(data[i * size : (i + 1) * size])
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "weights_manifest.json").write_text(json.dumps([{"paths": paths, "weights": weights}]))
