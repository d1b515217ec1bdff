"""The whole way: a score in, five files out, watched, stoppable, and the same every time."""

import hashlib
import io
import wave
import zipfile
from dataclasses import replace

import mido
import numpy as np
import pyloudnorm
import pytest

from museaika.composition.score import Note, Part, TempoMark
from museaika.rendering.mixing import Desk
from museaika.rendering.production import FORMATS, Cancelled, produce
from museaika.rendering.progress import Steps
from museaika.rendering.recording import RATE
from museaika.rendering.tape import Tape


def samples(data):
    with wave.open(io.BytesIO(data)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16).reshape(-1, 2) / 32768


@pytest.fixture(scope="module")
def watched(score, bank, tmp_path_factory):
    heard = []
    folder = tmp_path_factory.mktemp("piece")
    return (
        produce(score, folder, bank, stems=True, on_progress=lambda stage, share: heard.append((stage, share))),
        heard,
        folder,
    )


def test_all_formats_are_there_and_nothing_else(watched):
    produced, _, folder = watched
    assert tuple(sorted(produced.files)) == tuple(sorted(FORMATS))
    assert sorted(folder.iterdir()) == sorted(produced.files.values())
    assert mido.MidiFile(produced.files["midi"]).length == pytest.approx(8.0, abs=0.01)


def test_the_sound_has_the_promised_length_to_the_sample(watched, score):
    produced = watched[0]
    assert len(samples(produced.files["wav"].read_bytes())) == round(score.length_s * RATE)
    assert produced.duration_s == score.length_s


def test_an_independent_meter_finds_minus_14_lufs(watched):
    produced = watched[0]
    sound = samples(produced.files["wav"].read_bytes())
    loudness = pyloudnorm.Meter(RATE).integrated_loudness(sound)
    assert loudness == pytest.approx(-14, abs=0.5)
    assert produced.loudness_lufs == pytest.approx(loudness, abs=0.1)
    assert produced.peak_dbtp <= -1
    assert 20 * np.log10(np.abs(sound).max()) <= -1


def test_it_begins_and_ends_softly_without_offset(watched):
    sound = samples(watched[0].files["wav"].read_bytes())
    assert np.abs(sound[-1]).max() < 1e-4
    assert np.abs(sound[-RATE // 20 :]).max() < 0.02
    assert np.abs(sound.mean(axis=0)).max() < 1e-3


def test_stems_of_every_player_and_the_room_add_up_to_the_mix(watched, score, bank):
    with zipfile.ZipFile(watched[0].files["stems"]) as archive:
        names = archive.namelist()
        total = sum(samples(archive.read(name)) for name in names)
    assert names == [
        "01 melody Piano.wav",
        "02 pad Strings.wav",
        "03 bass Upright bass.wav",
        "04 drums Drums.wav",
        "room.wav",
    ]
    mix = np.concatenate([mixed.mix for mixed in Desk(score, bank).blocks(len(total))], axis=1).T
    assert 20 * np.log10((total - mix).std()) < -80
    assert mix.std() > 0.01


def test_stems_are_made_only_where_asked_for_and_change_nothing_else(watched, score, bank, tmp_path):
    shares = []
    plain = produce(score, tmp_path, bank, on_progress=lambda stage, share: shares.append(share))
    assert set(plain.files) == set(FORMATS) - {"stems"}
    assert sorted(tmp_path.iterdir()) == sorted(plain.files.values())
    for name, path in plain.files.items():
        assert path.read_bytes() == watched[0].files[name].read_bytes()
    assert shares[-1] == pytest.approx(1)


def test_progress_is_told_stage_by_stage_and_only_grows(watched):
    heard = watched[1]
    assert list(dict.fromkeys(stage for stage, _ in heard)) == ["rendering", "mastering", "encoding"]
    for stage in ("rendering", "mastering", "encoding"):
        shares = [share for name, share in heard if name == stage]
        assert shares == sorted(shares)
        assert shares[-1] == pytest.approx(1)


def test_the_same_score_gives_the_same_bytes(watched, score, bank, tmp_path):
    again = produce(score, tmp_path, bank, stems=True)
    for name, path in watched[0].files.items():
        assert (
            hashlib.sha256(path.read_bytes()).digest()
            == hashlib.sha256(again.files[name].read_bytes()).digest()
        ), name


@pytest.mark.parametrize("asked", [1, 4, 12])
def test_work_stops_when_asked_and_leaves_no_scratch(score, bank, tmp_path, asked):
    times = iter(range(100))
    with pytest.raises(Cancelled):
        produce(score, tmp_path, bank, should_stop=lambda: next(times) >= asked)
    assert all(path.is_file() for path in tmp_path.iterdir())


def test_a_loop_rings_over_into_its_beginning(bank, score, tmp_path):
    last = Part("melody", "Vibraphone", 11, (Note(9, 3, 60, 100),))
    loop = replace(score, parts=(last,), length_s=6.0, loop=True)
    once = produce(replace(loop, loop=False), tmp_path, bank)
    straight = samples(once.files["wav"].read_bytes())
    ringing = samples(produce(loop, tmp_path, bank).files["wav"].read_bytes())
    assert len(ringing) == len(straight) == 6 * RATE
    assert not straight[: RATE // 2].any()
    assert ringing[: RATE // 2].std() > 1e-4
    assert np.abs(ringing[0] - ringing[-1]).max() < 0.05


def test_a_loop_sounds_as_the_second_of_two_rounds_does(bank, score, tmp_path):
    parts = tuple(replace(part, controls=()) for part in score.parts)
    loop = replace(score, parts=parts, tempo=(TempoMark(0, 120),), length_s=6.0, loop=True)
    rounds = tuple(
        replace(part, notes=(*part.notes, *(replace(n, start=n.start + 12) for n in part.notes)))
        for part in parts
    )
    twice = replace(loop, parts=rounds, length_s=12.0, loop=False)
    both = np.concatenate([mixed.mix for mixed in Desk(twice, bank).blocks(12 * RATE)], axis=1)
    tape = Tape(tmp_path, loop, 6 * RATE, stems=False)
    tape.record(Desk(loop, bank), Steps(lambda stage, share: None, lambda: False))
    once = np.frombuffer((tmp_path / "mix").read_bytes(), dtype=np.float32).reshape(-1, 2).T
    astray = once - both[:, 6 * RATE :]
    assert 20 * np.log10(astray.std() / once.std()) < -60


def test_nothing_jumps_at_the_seam_of_a_loop(bank, score, tmp_path):
    loop = replace(score, tempo=(TempoMark(0, 120),), length_s=6.0, loop=True)
    sound = samples(produce(loop, tmp_path, bank).files["wav"].read_bytes())
    steps = np.abs(np.diff(sound, axis=0)).max(axis=1)
    assert np.abs(sound[0] - sound[-1]).max() < np.quantile(steps, 0.99)


def test_a_silent_score_is_produced_as_silence(score, bank, tmp_path):
    produced = produce(replace(score, parts=()), tmp_path, bank)
    assert produced.loudness_lufs == float("-inf")
    assert not samples(produced.files["wav"].read_bytes()).any()
