"""Sound that another made is finished as a score's is: as loud, as long, as MP3 and WAV."""

import io
import wave

import numpy as np
import pyloudnorm
import pytest

from museaika.rendering.production import Cancelled, finish
from museaika.rendering.recording import RATE


@pytest.fixture(scope="module")
def hum():
    """Four seconds of a chord that swells, very soft, with one loud crack."""
    time = np.arange(4 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * hz * time) for hz in (220, 277, 330)) * (0.02 + 0.01 * time)
    chord[RATE : RATE + 40] = 0.9
    return np.stack([chord, 0.7 * chord]).astype(np.float32)


def test_it_has_the_loudness_peak_and_length_of_every_other_piece(hum, tmp_path):
    heard = []
    made = finish(hum, {"TIT2": "Hum"}, tmp_path, on_progress=lambda stage, share: heard.append((stage, share)))
    with wave.open(io.BytesIO(made.files["wav"].read_bytes())) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16).reshape(-1, 2) / 32768
    assert len(sound) == hum.shape[1]
    assert pyloudnorm.Meter(RATE).integrated_loudness(sound) == pytest.approx(-14, abs=0.5)
    assert made.loudness_lufs == pytest.approx(-14, abs=0.5)
    assert made.peak_dbtp <= -1
    assert made.duration_s == 4
    assert b"H\0u\0m\0" in made.files["mp3"].read_bytes()[:200]
    assert sorted(tmp_path.iterdir()) == sorted(made.files.values())
    assert [heard[0][0], heard[-1]] == ["mastering", ("encoding", 1.0)]
    assert np.abs(sound[-3:]).max() < 1e-3


def test_it_is_the_same_every_time(hum, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = (finish(hum, {}, tmp_path / name) for name in ("one", "two"))
    assert all(one.files[kind].read_bytes() == two.files[kind].read_bytes() for kind in ("mp3", "wav"))


def test_asked_to_stop_it_stops(hum, tmp_path):
    with pytest.raises(Cancelled):
        finish(hum, {}, tmp_path, should_stop=lambda: True)


def test_silence_stays_silent(tmp_path):
    made = finish(np.zeros((2, RATE), dtype=np.float32), {}, tmp_path)
    assert made.loudness_lufs == made.peak_dbtp == float("-inf")
    assert made.duration_s == 1
