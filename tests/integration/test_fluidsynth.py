"""The sampler against FluidSynth: the same notes from the same bank must have the same spectrum over time."""

from __future__ import annotations

import shutil
import subprocess
import wave

import numpy as np
import pytest

from museaika.composition.score import Note, Part, Score, Section, TempoMark
from museaika.rendering import midi
from museaika.rendering.recording import RATE
from museaika.rendering.soundfont import BUNDLED, Bank
from museaika.rendering.synthesis import Player, strokes
from museaika.rendering.voice import VoiceShelf

pytestmark = pytest.mark.skipif(
    shutil.which("fluidsynth") is None, reason="FluidSynth is not installed (Debian: apt install fluidsynth)"
)

VELOCITIES = (60, 80, 100, 120, 70, 90)
SECONDS = 5
PROGRAMS = (0, 4, 10, 16, 24, 30, 33, 38, 40, 48, 52, 56, 65, 73, 80, 81, 88, 89, 91)
LEVEL_BETWEEN_THEM_DB = 3.0  # FluidSynth pans mono at half power and keeps General MIDI's volume of 100


def phrase(role: str, program: int) -> Score:
    keys = (40, 43, 47, 52, 35, 45) if 32 <= program < 40 else (52, 60, 64, 67, 72, 79)
    if role == "drums":
        keys = (36, 38, 45, 39, 37, 50)
    notes = tuple(Note(i, 0.75, key, v) for i, (key, v) in enumerate(zip(keys, VELOCITIES, strict=True)))
    section, tempo = (Section("A", 0, 2, 0.5),), (TempoMark(0, 100),)
    return Score(
        "x", 0, "major", (4, 4), tempo, section, (), (Part(role, "x", program, notes),), SECONDS, 1, "x"
    )


def fluidsynth(score: Score, folder) -> np.ndarray:
    (folder / "phrase.mid").write_bytes(midi.write(score))
    command = [
        "fluidsynth",
        "-ni",
        "-R",
        "0",
        "-C",
        "0",
        "-g",
        "1.0",
        "-r",
        str(RATE),
        "-F",
        "out.wav",
        str(BUNDLED),
    ]
    subprocess.run([*command, "phrase.mid"], cwd=folder, check=True, capture_output=True, timeout=60)
    with wave.open(str(folder / "out.wav")) as file:
        data = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
    return data.reshape(-1, 2).T / 32768


def ours(score: Score) -> np.ndarray:
    part = score.parts[0]
    preset = Bank.load().preset(part.program, drums=part.is_drums)
    return Player(preset, strokes(score, part, preset), VoiceShelf()).block(SECONDS * RATE)


def log_mel(sound: np.ndarray, bands: int = 64, size: int = 2048) -> np.ndarray:
    """dB per 12 ms and mel band from 30 Hz to 16 kHz."""
    hz = np.linspace(0, RATE / 2, size // 2 + 1)
    mel = np.linspace(2595 * np.log10(1 + 30 / 700), 2595 * np.log10(1 + 16000 / 700), bands + 2)
    edge = 700 * (10 ** (mel / 2595) - 1)
    rise = (hz - edge[:-2, None]) / (edge[1:-1] - edge[:-2])[:, None]
    fall = (edge[2:, None] - hz) / (edge[2:] - edge[1:-1])[:, None]
    weights = np.maximum(0, np.minimum(rise, fall))
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    frames = np.lib.stride_tricks.sliding_window_view(sound.mean(axis=0), size)[::512] * np.hanning(size)
    return 10 * np.log10(np.abs(np.fft.rfft(frames)) ** 2 @ weights.T + 1e-7)


def compare(score: Score, folder) -> tuple[float, float, float]:
    """RMS difference in dB around the mean one where either is within 60 dB of the top, mean, correlation."""
    a, b = log_mel(ours(score)), log_mel(fluidsynth(score, folder))
    n = min(len(a), len(b))
    top = max(a.max(), b.max())
    heard = (a[:n] > top - 60) | (b[:n] > top - 60)
    a, b = np.maximum(a[:n], top - 70)[heard], np.maximum(b[:n], top - 70)[heard]
    level = float((a - b).mean())
    return float(np.sqrt(((a - b - level) ** 2).mean())), level, float(np.corrcoef(a, b)[0, 1])


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_instrument_sounds_as_fluidsynth_plays_it(program, tmp_path):
    distance, level, likeness = compare(phrase("melody", program), tmp_path)
    assert distance < 3.2
    assert level == pytest.approx(LEVEL_BETWEEN_THEM_DB, abs=1.0)
    assert likeness > 0.98


def test_the_drum_kit_sounds_as_fluidsynth_plays_it(tmp_path):
    distance, level, likeness = compare(phrase("drums", 0), tmp_path)
    assert distance < 3.2
    assert level == pytest.approx(LEVEL_BETWEEN_THEM_DB, abs=1.0)
    assert likeness > 0.95


def test_the_measure_tells_instruments_apart(tmp_path):
    """A violin is no flute: otherwise the limits above would prove nothing."""
    violin, flute = log_mel(ours(phrase("melody", 40))), log_mel(fluidsynth(phrase("melody", 73), tmp_path))
    n = min(len(violin), len(flute))
    assert np.sqrt(((violin[:n] - flute[:n]) ** 2).mean()) > 8
