"""The lead sheet: well-formed, every bar full, and the notes of the tune when read back."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from museaika.composition.score import ChordSpan, Note, Part, Score, Section, TempoMark
from museaika.composition.theory import QUALITIES
from museaika.rendering import notation
from museaika.rendering.grid import DIVISIONS, LENGTHS, split, written

SEMITONES = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))


def sheet(score):
    return ET.fromstring(notation.write(score))


def with_tune(score, *notes):
    return replace(score, parts=(Part("melody", "Flute", 73, notes),))


def read_back(root):
    """(start in beats, length, pitches) with ties joined: what a reader of the sheet plays."""
    out, now, onset, held = [], 0, 0, None
    for note in root.iter("note"):
        units = int(note.findtext("duration"))
        onset, now = (onset, now) if note.find("chord") is not None else (now, now + units)
        if note.find("rest") is not None:
            continue
        pitch = note.find("pitch")
        key = 12 * (int(pitch.findtext("octave")) + 1) + SEMITONES[pitch.findtext("step")]
        key += int(pitch.findtext("alter") or 0)
        ties = {tie.get("type") for tie in note.findall("tie")}
        if note.find("chord") is not None:
            out[-1][2].add(key)
        elif "stop" in ties:
            out[-1][1] += units
        else:
            out.append([onset, units, {key}])
        held = ties
    assert not held or "start" not in held
    return [
        (Fraction(start, DIVISIONS), Fraction(length, DIVISIONS), pitches) for start, length, pitches in out
    ]


def test_the_tune_reads_back_as_it_was_written(score):
    expected = [(Fraction(n.start), Fraction(n.duration), {n.pitch}) for n in score.parts[0].notes]
    assert read_back(sheet(score)) == expected


def test_key_metre_tempo_clef_and_title_stand_at_the_beginning(score):
    root = sheet(score)
    assert root.findtext(".//work-title") == "A small waltz"
    found = [
        root.findtext(f".//{name}") for name in ("fifths", "mode", "beats", "beat-type", "per-minute", "sign")
    ]
    assert found == ["0", "minor", "3", "4", "120", "G"]


def test_sections_are_rehearsal_marks_of_their_bars(score):
    marks = {
        m.get("number"): m.findtext(".//rehearsal")
        for m in sheet(score).iter("measure")
        if m.find(".//rehearsal") is not None
    }
    assert marks == {"1": "A", "3": "B"}


def test_chords_stand_over_their_beats_with_root_kind_and_bass(score):
    chords, bar_start = [], 0
    for measure in sheet(score).iter("measure"):
        now = bar_start
        for item in measure:
            if item.tag == "harmony":
                at = now + int(item.findtext("offset") or 0)
                bass = item.findtext("bass/bass-step")
                alter = item.findtext("bass/bass-alter")
                chords.append(
                    (at / DIVISIONS, item.findtext("root/root-step"), item.findtext("kind"), bass, alter)
                )
            elif item.tag == "note":
                now += int(item.findtext("duration"))
        bar_start += 3 * DIVISIONS
    assert chords == [
        (0, "A", "minor", None, None), (3, "E", "dominant", "G", "1"), (6, "F", "major-seventh", None, None),
        (9, "A", "minor-seventh", "G", None),
    ]  # fmt: skip


@pytest.mark.parametrize("quality", sorted(QUALITIES))
def test_every_chord_a_composer_knows_can_be_written(score, quality):
    chord = ChordSpan(0, 3, 9, quality, 9, "A" + quality)
    assert sheet(replace(score, chords=(chord,))).find(".//kind").text


def test_triplets_and_swung_grids_are_written_as_what_they_are(score):
    third = 1 / 3
    root = sheet(with_tune(score, *(Note(i * third, third, 60 + i, 80) for i in range(3)), Note(1, 1, 64, 80)))
    notes = [note for note in root.iter("note") if note.find("rest") is None]
    assert [note.findtext("type") for note in notes] == ["eighth"] * 3 + ["quarter"]
    assert [note.find("time-modification") is not None for note in notes] == [True] * 3 + [False]


def test_a_note_over_a_bar_line_is_two_tied_ones(score):
    root = sheet(with_tune(score, Note(2, 2, 60, 80)))
    notes = [note for note in root.iter("note") if note.find("rest") is None]
    assert [[tie.get("type") for tie in note.findall("tie")] for note in notes] == [["start"], ["stop"]]
    assert read_back(root) == [(2, 2, {60})]


def test_a_score_without_a_tune_is_chords_over_rests(score):
    root = sheet(replace(score, parts=()))
    assert all(note.find("rest") is not None for note in root.iter("note"))
    assert len(list(root.iter("harmony"))) == 4


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 12), st.floats(0.05, 6), st.integers(40, 90)), max_size=12))
def test_whatever_is_played_every_bar_is_full_and_nothing_sounds_twice(tune):
    notes = tuple(sorted((Note(s, d, p, 80) for s, d, p in tune), key=lambda n: n.start))
    part, marks = Part("melody", "x", 0, notes), (TempoMark(0, 90),)
    score = Score("x", 3, "major", (3, 4), marks, (Section("A", 0, 4, 0.5),), (), (part,), 9, 1, "x")
    for measure in sheet(score).iter("measure"):
        lengths = [int(n.findtext("duration")) for n in measure.iter("note") if n.find("chord") is None]
        assert sum(lengths) == 3 * DIVISIONS
    stretches = written(notes)
    assert all(a.end <= b.start for a, b in pairwise(stretches))


@given(st.integers(0, 500), st.integers(1, 200))
def test_lengths_are_cut_into_ones_that_notes_have(start, length):
    grid = {0, 6, 8, 12, 16, 18}
    start -= next(i for i in range(24) if (start - i) % 24 in grid)
    end = start + length
    end += next(i for i in range(24) if (end + i) % 24 in grid)
    if (
        start // 24 == (end - 1) // 24
        and {start % 24, end % 24} & {8, 16}
        and {start % 24, end % 24} & {6, 12, 18}
    ):
        return  # one beat has one grid
    pieces = list(split(start, end, 72))
    assert pieces[0][0] == start
    assert pieces[-1][1] == end
    assert all(a[1] == b[0] for a, b in pairwise(pieces))
    assert all(b - a in LENGTHS and a // 72 == (b - 1) // 72 for a, b in pieces)
