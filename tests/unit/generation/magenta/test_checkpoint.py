"""Reading checkpoints of Magenta.js: every kind, every packing of numbers, and what is refused in words."""

import json

import numpy as np
import pytest
from tests.magenta_checkpoints import HIGH, KINDS, LOW, write_checkpoint

from museaika.errors import Invalid
from museaika.generation.magenta.checkpoint import load_checkpoint


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_melody_network_is_read_and_says_something(kind, tmp_path):
    checkpoint = load_checkpoint(write_checkpoint(tmp_path, **KINDS[kind]))
    network, encoding = checkpoint.network, checkpoint.encoding
    assert (encoding.low, encoding.high) == (LOW, HIGH)
    assert len(network.cells) == KINDS[kind]["layers"]
    assert (network.attention.length if network.attention else 0) == KINDS[kind].get("attention", 0)
    heard = np.eye(encoding.inputs, dtype=np.float32)[[3, 5]]
    first, state = network.step(heard, network.start(2))
    second, _ = network.step(heard, state)
    assert first.shape == (2, HIGH - LOW + 3)
    assert not np.allclose(first[0], first[1])
    assert not np.allclose(first, second)


def test_a_batch_computes_what_each_of_it_would_alone(tmp_path):
    network = load_checkpoint(write_checkpoint(tmp_path, **KINDS["attention"])).network
    heard = np.eye(network.inputs, dtype=np.float32)[[1, 4, 9]]
    _, before = network.step(heard[:1], network.start())
    together, _ = network.step(heard, before.repeated(3))
    alone = [network.step(heard[i : i + 1], before)[0][0] for i in range(3)]
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_shards_may_be_cut_anywhere(tmp_path):
    whole = load_checkpoint(write_checkpoint(tmp_path / "whole", shards=1)).network
    parts = load_checkpoint(write_checkpoint(tmp_path / "parts", shards=7)).network
    for one, other in zip(whole.cells, parts.cells, strict=True):
        np.testing.assert_array_equal(one.kernel, other.kernel)


@pytest.mark.parametrize(("dtype", "error"), [("uint8", 0.03), ("uint16", 1e-4), ("float16", 2e-3)])
def test_quantised_numbers_are_unpacked(dtype, error, tmp_path):
    exact = load_checkpoint(write_checkpoint(tmp_path / "exact", shards=1)).network.exit[0]
    folder = write_checkpoint(tmp_path / "packed", shards=1)
    [group] = json.loads((folder / "weights_manifest.json").read_text())
    data, at, packed = (folder / "group1-shard1of1").read_bytes(), 0, b""
    for entry in group["weights"]:
        count = int(np.prod(entry["shape"]))
        values = np.frombuffer(data, "<f4", count, at)
        at += 4 * count
        entry["quantization"] = {"dtype": dtype}
        if dtype != "float16":
            steps = np.iinfo(dtype).max
            scale = float(np.ptp(values)) / steps
            entry["quantization"] |= {"min": float(values.min()), "scale": scale}
            values = np.round((values - values.min()) / scale)
        packed += values.astype(dtype).tobytes()
    (folder / "group1-shard1of1").write_bytes(packed)
    (folder / "weights_manifest.json").write_text(json.dumps([group]))
    unpacked = load_checkpoint(folder).network.exit[0]
    np.testing.assert_allclose(unpacked, exact, atol=error)
    assert not np.array_equal(unpacked, exact)


def change_json(name, change):
    def spoil(folder):
        content = json.loads((folder / name).read_text())
        change(content)
        (folder / name).write_text(json.dumps(content))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
        (lambda folder: (folder / "group1-shard2of3").unlink(), "group1-shard2of3 is missing"),
        (lambda folder: (folder / "group1-shard3of3").write_bytes(b""), "end in the middle of"),
        (lambda folder: (folder / "group1-shard3of3").write_bytes(bytes(99999)), "longer than its manifest"),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot be used"),
        (change_json("config.json", lambda c: c.update(type="MusicVAE")), "a MusicVAE of a MelodyConverter"),
        (change_json("config.json", lambda c: c["dataConverter"].update(type="DrumsConverter")), "of melodies"),
        (change_json("config.json", lambda c: c.pop("dataConverter")), "has no 'dataConverter'"),
        (change_json("config.json", lambda c: c.update(chordEncoder="Jazz")), "'Jazz' is unknown"),
        (change_json("config.json", lambda c: c.update(chordEncoder="TriadChordEncoder")), "87 inputs"),
        (change_json("config.json", lambda c: c["dataConverter"]["args"].update(maxPitch=90)), "45 events"),
        (change_json("weights_manifest.json", lambda m: m[0].update(paths=["../secret"])), "outside"),
        (change_json("weights_manifest.json", lambda m: m[0]["weights"][0].update(dtype="string")), "string"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(spoil, words, tmp_path):
    folder = write_checkpoint(tmp_path / "melody")
    spoil(folder)
    with pytest.raises(Invalid, match="Magenta checkpoint melody") as refused:
        load_checkpoint(folder)
    assert words in refused.value.detail
    assert str(tmp_path) not in refused.value.detail
