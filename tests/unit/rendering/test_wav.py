"""WAV files and the zip of stems."""

import wave
import zipfile

import numpy as np

from museaika.rendering import wav


def test_the_header_is_what_readers_expect(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav.header(1000) + bytes(4000))
    with wave.open(str(path)) as file:
        assert file.getparams()[:4] == (2, 2, 44100, 1000)


def test_stems_come_out_of_the_zip_as_they_went_in_and_twice_the_same(tmp_path):
    sound = np.random.default_rng(1).integers(-9999, 9999, (300_000, 2), dtype=np.int16)
    raw = tmp_path / "raw"
    raw.write_bytes(sound.tobytes())
    archives = []
    for name in ("a.zip", "b.zip"):
        assert (
            sum(wav.zip_stems(tmp_path / name, [("01 melody", raw, 300_000), ("room", raw, 300_000)]))
            == 2_400_000
        )
        archives.append((tmp_path / name).read_bytes())
    assert archives[0] == archives[1]
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["01 melody.wav", "room.wav"]
        assert archive.read("room.wav")[44:] == sound.tobytes()
