"""The command line, each part tried without a server, with the real models and the real composer."""

from __future__ import annotations

import wave
from pathlib import Path

import mido
import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from skimage import data as photos

from museaika.cli import main


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")
    for name in ("MONGO_URI", "REDIS_URL", "S3_ENDPOINT", "DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=typed)


def test_help_teaches_every_command() -> None:
    said = run("--help").output
    for command in (
        "serve",
        "worker",
        "feel",
        "detect",
        "recommend",
        "compose",
        "doctor",
        "init-db",
        "reset-db",
    ):
        assert command in said
        assert run(command, "--help").exit_code == 0


def test_feel_names_the_mood_of_a_sentence() -> None:
    said = run("feel", "I feel happy today")
    assert said.exit_code == 0, said.output
    assert "happy (valence +" in said.output
    assert "positive" in said.output


def test_feel_tells_sentences_and_another_language() -> None:
    said = run("feel", "I love this song! But my dog died [today] and I cry.").output
    assert "[today]" in said
    assert "sad" in said
    assert "mixed" in said
    assert "looks like 'de'" in run("feel", "Ich bin so müde heute.").output


def test_detect_reads_a_photo_and_says_when_there_is_no_face() -> None:
    Image.fromarray(photos.astronaut()).save("astronaut.jpg")
    Image.fromarray(photos.coffee()).save("coffee.png")
    assert "valence" in run("detect", "astronaut.jpg").output
    assert "No face found" in run("detect", "coffee.png").output


def test_detect_draws_what_it_read() -> None:
    Image.fromarray(photos.astronaut()).save("astronaut.jpg")
    assert run("detect", "astronaut.jpg", "--draw", "drawn.png").exit_code == 0
    with Image.open("drawn.png") as drawn:
        assert drawn.size == (512, 512)
        assert max(np.abs(np.asarray(drawn)[120, 173:177].astype(int) - (242, 177, 52)).min(0)) < 3
    wrong = run("detect", "astronaut.jpg", "--draw", "drawn.txt")
    assert wrong.exit_code == 2
    assert ".png" in wrong.output


def test_recommend_lists_tracks_with_reasons() -> None:
    said = run("recommend", "calm", "--limit", "5")
    assert said.exit_code == 0, said.output
    assert "calm" in said.output.casefold()


def test_compose_writes_each_file_as_its_ending_says() -> None:
    names = ("song.mp3", "song.wav", "song.mid", "song.musicxml", "song.zip")
    outs = [word for name in names for word in ("--out", name)]
    made = run("compose", "--mood", "happy", "--length", "6", "--seed", "7", "--tempo", "120", *outs)
    assert made.exit_code == 0, made.output
    assert "seed 7" in made.output
    with wave.open("song.wav") as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(6, abs=0.1)
    tempos = [m.tempo for track in mido.MidiFile("song.mid").tracks for m in track if m.type == "set_tempo"]
    assert tempos == [500_000]
    assert all(Path(name).stat().st_size > 100 for name in names)


def test_compose_makes_variations_with_stems_of_a_journey_over_given_chords() -> None:
    wish = ("--mood", "sad", "--target-mood", "happy", "--chords", "Am F C G", "--energy", "0.2 0.9", "--loop")
    made = run(
        "compose", *wish, "--length", "8", "--variations", "2", "--seed", "5", "--stems", "--out", "a.mid"
    )
    assert made.exit_code == 0, made.output
    files = sorted(path.name for path in Path().iterdir() if path.suffix in (".mid", ".zip"))
    assert files == ["a-1.mid", "a-2.mid", "a-stems-1.zip", "a-stems-2.zip"]
    assert Path("a-1.mid").read_bytes() != Path("a-2.mid").read_bytes()
    assert "seed 5" in made.output
    assert "seed 6" in made.output


def test_compose_lists_what_it_knows() -> None:
    said = run("compose", "--options").output
    for word in ("melancholic", "lofi", "flute", "composer (installed)", "MAGENTA_CHECKPOINT=FOLDER"):
        assert word in said


def test_the_same_seed_composes_the_same_bytes() -> None:
    for name in ("one.mid", "two.mid", "one.mp3", "two.mp3"):
        run("compose", "--mood", "calm", "--length", "6", "--seed", "3", "--out", name)
    assert Path("one.mid").read_bytes() == Path("two.mid").read_bytes()
    assert Path("one.mp3").read_bytes() == Path("two.mp3").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("compose", "--tempo", "-1"), "between 40 and 220"),
        (("compose", "--length", "4000"), "600"),
        (("compose", "--mood", "hapy"), "happy"),
        (("compose", "--key", "H sharp"), "key"),
        (
            ("compose", "--engine", "magenta"),
            "is not installed here. whoever runs this server installs it",
        ),
        (("compose", "--engine", "kazoo"), "choose one of: composer"),
        (("compose", "--energy", "much"), "numbers between 0 and 1"),
        (("compose", "--variations", "9"), "1<=x<=4"),
        (("compose", "--out", "song.ogg"), ".mp3"),
        (("compose", "--out", "nowhere/song.mp3"), "missing or not writable"),
        (("serve", "--data-dir", "/dev/null/data"), "can't be made"),
        (("recommend", "hapy"), "Did you mean happy"),
        (("feel", ""), "text"),
    ],
)
def test_mistakes_are_answered_in_a_sentence(arguments: tuple[str, ...], words: str) -> None:
    said = run(*arguments)
    assert said.exit_code == 2, said.output
    assert words in said.output.casefold() or words in said.output
    assert "Traceback" not in said.output


def test_the_doctor_finds_a_healthy_house() -> None:
    said = run("doctor")
    assert said.exit_code == 0, said.output
    assert "missing" not in said.output


def test_the_doctor_tells_how_to_install_what_reads_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXT_MODEL", "hf:someone/something")
    monkeypatch.setattr("museaika.settings.find_spec", lambda name: None)
    said = run("doctor")
    assert said.exit_code == 1
    assert '".[hf]"' in said.output


def test_the_doctor_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGO_URI", "mongodb://127.0.0.1:1/x")
    monkeypatch.setenv("SOUNDFONT", "/no/such.sf2")
    said = run("doctor")
    assert said.exit_code == 1
    assert "MONGO_URI is set" in said.output
    assert "such.sf2" in said.output


def test_reset_asks_first_and_deletes_only_after_a_yes() -> None:
    assert run("init-db").exit_code == 0
    kept = Path("data/objects/kept")
    kept.write_bytes(b"x")
    assert run("reset-db", typed="n\n").exit_code == 1
    assert kept.exists()
    assert "Everything is deleted" in run("reset-db", typed="y\n").output
    assert not kept.exists()
    assert Path("data/secrets.json").exists()
