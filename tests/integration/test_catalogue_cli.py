"""`museaika catalogue` as a person uses it: bring tracks in, look at them, take them out."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from museaika.cli import main

SONGS = "artist,title,valence,energy,tempo\n" + "".join(
    f"Someone {n},Sad Song {n},0.{10 + n},0.{25 + n},70\n" for n in range(30)
)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")
    for name in ("MONGO_URI", "REDIS_URL", "S3_ENDPOINT", "DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_imported_songs_are_shown_recommended_exported_and_forgotten(tmp_path):
    (tmp_path / "songs.csv").write_text(SONGS)
    said = run("catalogue", "import", "songs.csv")
    assert said.exit_code == 0, said.output
    assert "30 tracks are new, 0 were replaced" in said.output
    assert "after its next start" in said.output
    assert "0…1; arousal is made of energy and tempo" in said.output
    assert "Someone" in run("recommend", "sad", "--limit", "100").output
    assert "0 tracks are new, 30 were replaced" in run("catalogue", "import", "songs.csv").output

    shown = run("catalogue", "stats", "--source", "songs", "--plot", "plane.svg").output
    assert "dark and quiet" in shown
    assert (tmp_path / "plane.svg").read_text().startswith("<svg")

    assert "30 tracks are in mine.csv" in run("catalogue", "export", "mine.csv", "--source", "songs").output
    assert len((tmp_path / "mine.csv").read_text().splitlines()) == 31

    assert "30 tracks of 'songs' are forgotten" in run("catalogue", "forget", "songs").output
    assert "no such tracks" in run("catalogue", "stats", "--source", "songs").output


def test_a_bad_row_stops_the_import_with_its_line_and_keeps_nothing(tmp_path):
    (tmp_path / "songs.csv").write_text(SONGS + "Ada,Loud,0.5,blue,70\n")
    said = run("catalogue", "import", "songs.csv")
    assert said.exit_code == 2
    assert "line 32: energy: 'blue' is not a number" in said.output
    assert "no such tracks" in run("catalogue", "stats", "--source", "songs").output

    said = run("catalogue", "import", "songs.csv", "--skip-bad")
    assert "left out, line 32" in said.output
    assert "30 tracks are new" in said.output


def test_a_dry_run_shows_the_guess_and_keeps_nothing(tmp_path):
    (tmp_path / "songs.csv").write_text(SONGS)
    assert "our field" in run("catalogue", "import", "songs.csv", "--dry-run").output
    assert "no such tracks" in run("catalogue", "stats", "--source", "songs").output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--column", "title"), "FIELD=COLUMN"),
        (("--column", "title=Song"), "There is no column 'Song'"),
        (("--column", "colour=title"), "'colour' is no field of ours"),
        (("--scale", "1..7"), "no scale we know"),
    ],
)
def test_mistakes_are_told_in_a_sentence(tmp_path, options, said):
    (tmp_path / "songs.csv").write_text(SONGS)
    result = run("catalogue", "import", "songs.csv", *options)
    assert result.exit_code == 2
    assert said in result.output


def test_a_folder_of_audio_becomes_tracks_and_what_is_no_audio_is_told(tmp_path):
    import numpy as np
    from scipy.io import wavfile

    (tmp_path / "music").mkdir()
    time = np.arange(22_050 * 5) / 22_050
    tone = (np.sin(2 * np.pi * 440 * time) * (time % 0.5 < 0.2) * 20_000).astype(np.int16)
    wavfile.write(tmp_path / "music" / "Ada - Beeps.wav", 22_050, tone)
    (tmp_path / "music" / "broken.wav").write_bytes(b"junk")
    said = run("catalogue", "scan", "music")
    assert said.exit_code == 0, said.output
    assert "Beeps" in said.output
    assert "broken.wav: It is no whole WAV file" in said.output
    assert "1 tracks are new" in said.output
    assert "music" in run("catalogue", "stats", "--source", "music").output
    (tmp_path / "nothing").mkdir()
    assert "No audio files" in run("catalogue", "scan", "nothing").output
