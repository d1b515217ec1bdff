"""Reads a checkpoint as Magenta.js publishes them: `config.json`, `weights_manifest.json` and its shards; or a
bundle of Magenta's Python tools, which only says what its network is called.

The manifest lists groups of arrays that lie one after the other in the group's files, as 32-bit floats or
quantised to 8 or 16 bits (value · scale + min) or to half floats.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from museaika.errors import Invalid
from museaika.generation.magenta.bundle import read_bundle
from museaika.generation.magenta.encoding import CHORD_CODES, Encoding
from museaika.generation.magenta.network import Array, Attention, Cell, Network

_WRAPPER = "rnn/attention_cell_wrapper/"
_BUNDLED: Mapping[str, Encoding] = MappingProxyType(
    {
        "basic_rnn": Encoding(48, 83),
        "mono_rnn": Encoding(0, 127),
        "basic_improv": Encoding(48, 83, CHORD_CODES["TriadChordEncoder"]),
        "chord_pitches_improv": Encoding(48, 83, CHORD_CODES["PitchChordEncoder"]),
    }
)
"""How music is written for the networks in bundles. Those that look back or at the key read it otherwise."""

_STORED = {"float32": "<f4", "float16": "<f2", "uint8": "|u1", "uint16": "<u2"}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A network and how music is written for it. `name` is its folder's or file's."""

    name: str
    network: Network
    encoding: Encoding


def load_checkpoint(place: Path) -> Checkpoint:
    """Read the melody network in a folder or in a `.mag` bundle.

    Raises:
        Invalid: files are missing, damaged, or hold another kind of network; the sentence says which.
    """
    try:
        encoding, network = _of_bundle(place) if place.is_file() else _of_folder(place)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _bad(place, _reason(error)) from error
    if (network.inputs, network.events) != (encoding.inputs, encoding.events):
        raise _bad(
            place,
            f"it is described with {encoding.inputs} inputs and {encoding.events} events, "
            f"the weights have {network.inputs} and {network.events}",
        )
    return Checkpoint(place.name, network, encoding)


def _of_bundle(path: Path) -> tuple[Encoding, Network]:
    name, arrays = read_bundle(path)
    if name not in _BUNDLED:
        raise ValueError(f"of bundles we read {', '.join(_BUNDLED)}, and this is '{name[:40]}'")
    return _BUNDLED[name], _network(arrays, 0)


def _of_folder(folder: Path) -> tuple[Encoding, Network]:
    encoding, attention_length = _encoding(json.loads((folder / "config.json").read_bytes()))
    return encoding, _network(_arrays(folder), attention_length)


def _encoding(config: Mapping[str, Any]) -> tuple[Encoding, int]:
    """How music is written, and how far attention reaches back (0 without any)."""
    converter = config["dataConverter"]
    if config["type"] != "MusicRNN" or converter["type"] != "MelodyConverter":
        raise ValueError(f"it is a {config['type']} of a {converter['type']}, not a MusicRNN of melodies")
    chords = config.get("chordEncoder")
    if chords is not None and chords not in CHORD_CODES:
        raise ValueError(f"its chord encoder '{chords}' is unknown")
    extras = config.get("auxInputs") or []
    if [extra["type"] for extra in extras] not in ([], ["BinaryCounter"]):
        raise ValueError(f"its extra inputs {[extra['type'] for extra in extras]} are not one BinaryCounter")
    counter = sum(int(extra["args"]["numBits"]) for extra in extras)
    pitches = converter["args"]
    encoding = Encoding(
        int(pitches["minPitch"]), int(pitches["maxPitch"]), CHORD_CODES[chords] if chords else None, counter
    )
    return encoding, int(config.get("attentionLength") or 0)


def _network(arrays: Mapping[str, Array], attention_length: int) -> Network:
    wrapped = f"{_WRAPPER}kernel" in arrays
    prefix = (_WRAPPER if wrapped else "rnn/") + "multi_rnn_cell/cell_{}/basic_lstm_cell/"
    cells: list[Cell] = []
    while (name := prefix.format(len(cells)) + "kernel") in arrays:
        cells.append(Cell(arrays[name], arrays[prefix.format(len(cells)) + "bias"]))
    if not cells:
        raise ValueError("it has no LSTM cells")
    attention = _attention(arrays, attention_length) if wrapped else None
    return Network(cells, (arrays["fully_connected/weights"], arrays["fully_connected/biases"]), attention)


def _attention(arrays: Mapping[str, Array], length: int) -> Attention:
    if length < 1:
        raise ValueError("config.json has no attentionLength")
    of = {name.removeprefix(_WRAPPER): array for name, array in arrays.items()}
    key = of["attention/attn_w"]
    return Attention(
        length,
        entry=(of["kernel"], of["bias"]),
        key=key.reshape(key.shape[-2:]),
        query=of["attention/kernel"],
        score=of["attention/attn_v"].reshape(-1),
        exit=(of["attention_output_projection/kernel"], of["attention_output_projection/bias"]),
    )


def _arrays(folder: Path) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    for group in json.loads((folder / "weights_manifest.json").read_bytes()):
        data = b"".join(_shard(folder, path) for path in group["paths"])
        at = 0
        for entry in group["weights"]:
            arrays[entry["name"]], at = _array(entry, data, at)
        if at != len(data):
            raise ValueError(f"{group['paths'][0]} is longer than its manifest says")
    return arrays


def _shard(folder: Path, path: str) -> bytes:
    """A file named by the manifest, which may name none outside its folder."""
    whole = (folder / path).resolve()
    if not whole.is_relative_to(folder.resolve()):
        raise ValueError(f"its manifest names '{path}', which is outside of the folder")
    return whole.read_bytes()


def _array(entry: Mapping[str, Any], data: bytes, at: int) -> tuple[Array, int]:
    """The array that begins at byte `at`, and where the next one does."""
    packing = entry.get("quantization")
    kind = np.dtype(_STORED[packing["dtype"] if packing else entry["dtype"]])
    count = math.prod(entry["shape"])
    end = at + count * kind.itemsize
    if end > len(data):
        raise ValueError(f"the weights end in the middle of {entry['name']}")
    values = np.frombuffer(data, dtype=kind, count=count, offset=at).astype(np.float32)
    if packing and "scale" in packing:
        values = values * np.float32(packing["scale"]) + np.float32(packing["min"])
    return values.reshape(entry["shape"]), end


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{Path(error.filename).name} is missing"
    if isinstance(error, KeyError):
        return f"it has no {error}"
    return str(error) or type(error).__name__


def _bad(place: Path, reason: str) -> Invalid:
    return Invalid(
        f"The Magenta checkpoint {place.name} cannot be used: {reason}. MAGENTA_CHECKPOINT names a folder "
        "with config.json, weights_manifest.json and the files listed there, or a .mag bundle.",
        code="bad_checkpoint",
    )
