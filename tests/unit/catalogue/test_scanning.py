"""Listening to audio files: made-up sounds whose tempo, mode and level are known."""

import shutil
import subprocess

import numpy as np
import pytest
from mutagen.id3 import TALB, TDRC, TIT2, TPE1
from mutagen.wave import WAVE
from scipy.io import wavfile

from museaika.catalogue import sound
from museaika.catalogue.scanning import LEAST, MOST, audio_files, scan_file, scan_folder
from museaika.catalogue.sound import RATE, decode, listen
from museaika.errors import Invalid

MAJOR, MINOR = (0, 4, 7), (0, 3, 7)


def music(bpm=120.0, chord=MAJOR, level=0.3, seconds=15, bright=False):
    """Struck chords of a I–IV–V–I, one a beat, with a click at each."""
    time = np.arange(int(seconds * RATE)) / RATE
    out = np.zeros_like(time)
    beat = 60 / bpm
    for n in range(int(seconds / beat)):
        root = 60 + (0, 5, 7, 0)[n // 4 % 4]
        since = time - n * beat
        on = (since >= 0) & (since < beat)
        for step in chord:
            pitch = 440 * 2 ** ((root + step - 69) / 12)
            for overtone in range(1, 9 if bright else 3):
                out[on] += (
                    np.sin(2 * np.pi * pitch * overtone * since[on]) * np.exp(-4 * since[on]) / overtone**0.7
                )
    return (level * out / np.abs(out).max()).astype(np.float32)


def save(path, signal, rate=RATE):
    wavfile.write(path, rate, (signal * 32767).astype(np.int16))
    return path


@pytest.mark.parametrize("bpm", [72, 100, 120, 150])
def test_the_tempo_is_heard(bpm):
    assert listen(music(bpm)).tempo == pytest.approx(bpm, rel=0.03)


def test_major_and_minor_are_told_apart():
    assert listen(music(chord=MAJOR)).mode > 0.1
    assert listen(music(chord=MINOR)).mode < -0.1


def test_louder_brighter_and_denser_is_heard_as_such():
    soft, loud = listen(music(level=0.05)), listen(music(level=0.5))
    assert loud.loudness - soft.loudness == pytest.approx(20, abs=0.5)
    assert listen(music(bright=True)).brightness > 1.5 * listen(music()).brightness
    assert listen(music(180)).onsets > 1.5 * listen(music(90)).onsets
    assert listen(music(120)).onsets == pytest.approx(2, abs=0.3)


def test_fast_major_is_brighter_and_livelier_than_slow_soft_minor(tmp_path):
    merry = scan_file(save(tmp_path / "merry.wav", music(150, MAJOR, 0.9, bright=True)), "mine")
    bleak = scan_file(save(tmp_path / "bleak.wav", music(66, MINOR, 0.1)), "mine")
    assert merry.valence > bleak.valence + 0.5
    assert merry.arousal > bleak.arousal + 0.5
    for track in (merry, bleak):
        assert LEAST <= track.confidence <= MOST
        assert (track.source, track.duration_ms) == ("mine", pytest.approx(15_000, abs=10))


def test_names_come_from_the_tags(tmp_path):
    path = save(tmp_path / "x.wav", music(seconds=5))
    file = WAVE(path)
    file.add_tags()
    for frame in (TIT2(text="Lied"), TPE1(text=["Ada", "Bo"]), TALB(text="Album"), TDRC(text="1999-05-01")):
        file.tags.add(frame)
    file.save()
    track = scan_file(path, "mine")
    assert (track.title, track.artists, track.album, track.year) == ("Lied", ("Ada", "Bo"), "Album", 1999)


@pytest.mark.parametrize(
    ("name", "artist", "title"),
    [("Ada - Lied.wav", "Ada", "Lied"), ("03 Ada - Lied.wav", "Ada", "Lied"),
     ("lied.wav", "Unknown artist", "lied"), ("-.wav", "Unknown artist", "-")],
)  # fmt: skip
def test_without_tags_names_come_from_the_file_name(tmp_path, name, artist, title):
    track = scan_file(save(tmp_path / name, music(seconds=4)), "mine")
    assert (track.artists, track.title) == ((artist,), title)


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
def test_other_rates_and_two_channels_sound_the_same(tmp_path, rate):
    from scipy.signal import resample

    signal = music(120, seconds=8)
    stereo = np.stack([resample(signal, len(signal) * rate // RATE)] * 2, axis=1)
    heard = listen(decode(save(tmp_path / "x.wav", stereo, rate)))
    assert heard.tempo == pytest.approx(120, rel=0.03)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("ending", ["flac", "mp3", "ogg"])
def test_packed_audio_is_heard_through_ffmpeg(tmp_path, ending):
    path = tmp_path / f"-odd name; 'x'.{ending}"
    wav = save(tmp_path / "x.wav", music(100, seconds=8))
    subprocess.run(["ffmpeg", "-v", "error", "-i", wav, f"file:{path}"], check=True, timeout=60)
    assert scan_file(path, "mine").tempo == pytest.approx(100, rel=0.03)


def test_without_ffmpeg_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sound.shutil, "which", lambda name: None)
    (tmp_path / "x.ogg").write_bytes(b"OggS")
    with pytest.raises(Invalid, match=r"Install it .*or give WAV"):
        decode(tmp_path / "x.ogg")


def test_what_cannot_be_heard_is_told_and_does_not_stop_the_others(tmp_path):
    save(tmp_path / "good.wav", music(seconds=5))
    save(tmp_path / "silent.wav", np.zeros(5 * RATE, np.float32))
    save(tmp_path / "short.wav", music(seconds=1))
    (tmp_path / "broken.wav").write_bytes(b"RIFF\0\0\0\0WAVEjunk")
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("no audio")
    (tmp_path / ".hidden.wav").write_bytes(b"")
    steps = []
    found = scan_folder(audio_files(tmp_path), "mine", lambda: steps.append(1))
    assert [path.name for path, _ in found.heard] == ["good.wav"]
    reasons = {path.name: why for path, why in found.unheard}
    assert set(reasons) == {"silent.wav", "short.wav", "broken.wav", "empty.wav"}
    assert "silent" in reasons["silent.wav"]
    assert "shorter" in reasons["short.wav"]
    assert len(steps) == 5


def test_the_middle_of_a_long_recording_is_listened_to(tmp_path):
    quiet = np.zeros(60 * RATE, np.float32)
    path = save(tmp_path / "long.wav", np.concatenate([quiet, np.tile(music(120, seconds=15), 6), quiet]))
    signal = decode(path)
    assert len(signal) == 90 * RATE
    assert listen(signal).tempo == pytest.approx(120, rel=0.03)


def test_one_recording_in_two_files_is_one_track(tmp_path):
    for name in ("Ada - Lied.wav", "ada - LIED (2009 Remaster).wav"):
        save(tmp_path / name, music(seconds=4))
    found = scan_folder(audio_files(tmp_path), "mine", lambda: None)
    assert len(found.heard) == 2
    assert len(found.tracks) == 1
