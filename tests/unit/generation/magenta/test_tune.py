"""A network sings: within the constraints of the composer, and by its own taste."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from tests.magenta_checkpoints import KINDS, LOW, write_checkpoint

from museaika.composition.composer import compose
from museaika.composition.score import ChordSpan
from museaika.composition.theory import chord_tones, parse_symbol, scale
from museaika.generation.asking import request_of, with_defaults
from museaika.generation.magenta.checkpoint import load_checkpoint
from museaika.generation.magenta.encoding import CHORD_CODES, Encoding
from museaika.generation.magenta.tune import Singer

ASKED = {"mood": "happy", "length": 30, "seed": 3, "key": "D major", "metre": "4/4"}


def singer(folder: Path, kind: str = "basic", **wishes: object) -> Singer:
    return Singer(load_checkpoint(write_checkpoint(folder, **{**KINDS[kind], **wishes})))


def song(propose, **wishes):
    request = request_of(with_defaults({**ASKED, **wishes}), material=None)
    return compose(request, propose=propose)


def tune(score):
    return next(part.notes for part in score.parts if part.role == "melody")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_network_sings_a_tune_that_keeps_to_key_and_chords(kind, tmp_path):
    score = song(singer(tmp_path, kind).propose)
    notes = tune(score)
    inside = set(scale(score.tonic, score.mode))
    assert np.mean([note.pitch % 12 in inside for note in notes]) > 0.9
    assert notes[-1].pitch % 12 == score.tonic
    strong = [note for note in notes if note.start % 4 == 0]
    chords = [next(c for c in reversed(score.chords) if c.start <= note.start) for note in strong]
    fitting = [n.pitch % 12 in chord_tones(c.root, c.quality) for n, c in zip(strong, chords, strict=True)]
    assert np.mean(fitting) > 0.6


def test_the_same_request_is_the_same_tune_and_another_network_another(tmp_path):
    one, other = singer(tmp_path / "one"), singer(tmp_path / "other", seed=2)
    assert song(one.propose) == song(one.propose)
    assert [n.pitch for n in tune(song(one.propose))] != [n.pitch for n in tune(song(other.propose))]
    assert song(one.propose).chords == song(other.propose).chords


@pytest.mark.parametrize(("kind", "favourite", "sung"), [("basic", 67, 9), ("improv", 69, 9)])
def test_what_the_network_likes_is_sung_and_without_chords_it_hears_all_in_c(kind, favourite, sung, tmp_path):
    """In D major a G of a network without chords is an A; one with chords hears the true pitches."""
    plain = tune(song(singer(tmp_path / "plain", kind).propose))
    fond = tune(song(singer(tmp_path / "fond", kind, favourite=favourite).propose))
    shares = [np.mean([note.pitch % 12 == sung for note in notes]) for notes in (plain, fond)]
    assert shares[1] > max(2 * shares[0], 0.3)


def test_a_phrase_depends_on_what_was_sung_before(tmp_path):
    tasks = []
    voice = singer(tmp_path)

    def listen(task, count, rng):
        tasks.append(task)
        return voice.propose(task, count, rng)

    song(listen)
    later = next(task for task in tasks if task.before)
    assert all(tone.start < later.starts[0] for tone, _ in later.before)
    assert all(chord.start <= tone.start + 1e-6 for tone, chord in later.before)
    assert [tone.start for tone, _ in later.before] == sorted(tone.start for tone, _ in later.before)


def test_a_song_in_any_metre_comes_home(tmp_path):
    for metre, mood in itertools.product(("3/4", "6/8"), ("sad", "energetic")):
        score = song(singer(tmp_path).propose, mood=mood, metre=metre, key=None)
        assert tune(score)[-1].pitch % 12 == score.tonic


def chord_of(text):
    root, quality, bass = parse_symbol(text)
    return ChordSpan(0.0, 4.0, root, quality, bass, text)


@pytest.mark.parametrize(
    ("code", "chord", "ones"),
    [
        ("MajorMinorChordEncoder", "D", [3]), ("MajorMinorChordEncoder", "Am7", [22]),
        ("MajorMinorChordEncoder", "Gsus4", [0]), ("MajorMinorChordEncoder", "Bdim", [0]),
        ("TriadChordEncoder", "Bdim", [48]), ("TriadChordEncoder", "Caug", [25]),
        ("PitchChordEncoder", "Am", [10, 13, 17, 22, 34]), ("PitchChordEncoder", "C/E", [1, 13, 17, 20, 25]),
    ],
)  # fmt: skip
def test_chords_are_written_as_magenta_writes_them(code, chord, ones):
    assert np.flatnonzero(CHORD_CODES[code].encode(chord_of(chord))).tolist() == ones


def test_what_the_network_reads_is_chord_event_and_count(tmp_path):
    encoding = Encoding(LOW, LOW + 1, CHORD_CODES["MajorMinorChordEncoder"], counter=3)
    [row] = encoding.write(np.array([2]), chord_of("C"), 4)
    assert np.flatnonzero(row[:29]).tolist() == [1, 27]
    assert row[29:].tolist() == [1.0, -1.0, 1.0]
