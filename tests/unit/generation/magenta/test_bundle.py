"""A bundle that TensorFlow wrote is read without it; what is none, or not whole, is refused in words."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from tests.integration.magenta.write_bundle import EVENTS, arrays, bundle

from museaika.errors import Invalid
from museaika.generation.magenta.bundle import _fields, read_bundle
from museaika.generation.magenta.checkpoint import load_checkpoint

REAL = Path(__file__).parents[3] / "data" / "basic_rnn.mag"


def checkpoint_in(path):
    return next(value for number, value in _fields(path.read_bytes()) if number == 3)


def test_every_number_that_tensorflow_wrote_is_read():
    name, found = read_bundle(REAL)
    expected = arrays()
    assert name == "basic_rnn"
    assert set(found) == set(expected)
    for key, array in expected.items():
        np.testing.assert_array_equal(found[key], array)


def test_it_becomes_a_network_that_knows_how_music_is_written_for_it():
    checkpoint = load_checkpoint(REAL)
    assert checkpoint.name == "basic_rnn.mag"
    assert (checkpoint.encoding.low, checkpoint.encoding.high, checkpoint.encoding.chords) == (48, 83, None)
    heard = np.eye(EVENTS, dtype=np.float32)[[14]]
    logits, _ = checkpoint.network.step(heard, checkpoint.network.start())
    assert logits.shape == (1, EVENTS)
    assert np.isfinite(logits).all()


@pytest.mark.parametrize("name", ["attention_rnn", "lookback_rnn", "performance"])
def test_a_network_that_reads_music_otherwise_is_refused_with_those_that_do_not(tmp_path, name):
    path = tmp_path / "other.mag"
    path.write_bytes(bundle(name, checkpoint_in(REAL)))
    with pytest.raises(Invalid, match=f"basic_improv, chord_pitches_improv, and this is '{name}'"):
        load_checkpoint(path)


@pytest.mark.parametrize("length", [0, 10, 100, 9000, 17_000, 17_600])
def test_what_was_cut_short_is_refused_in_words(tmp_path, length):
    path = tmp_path / "short.mag"
    path.write_bytes(REAL.read_bytes()[:length])
    with pytest.raises(Invalid, match=r"short\.mag cannot be used"):
        load_checkpoint(path)


def test_no_byte_of_a_bundle_can_break_the_reader(tmp_path):
    dice, whole = np.random.default_rng(1), REAL.read_bytes()
    path = tmp_path / "odd.mag"
    for _ in range(300):
        odd = bytearray(whole)
        for place in dice.integers(0, len(odd), 3):
            odd[int(place)] = int(dice.integers(0, 256))
        path.write_bytes(odd)
        with suppress(Invalid):  # any other exception fails; most numbers may be any number
            load_checkpoint(path)


def test_another_format_of_checkpoint_is_named(tmp_path):
    path = tmp_path / "second.mag"
    path.write_bytes(bundle("basic_rnn", b"not a table" * 20))
    with pytest.raises(Invalid, match="not of TensorFlow's first format"):
        load_checkpoint(path)
