"""Music21, which is not ours, reads the lead sheet: the same notes, bars, key and chords as were written."""

from dataclasses import replace
from functools import cache

import pytest
from music21 import converter, harmony, stream

from museaika.composition.composer import compose
from museaika.composition.score import ChordSpan, Note, Part, Score
from museaika.composition.theory import QUALITIES
from museaika.generation.asking import request_of, with_defaults
from museaika.rendering import notation
from museaika.rendering.grid import DIVISIONS, written
from museaika.rendering.keys import fifths

PIECES = {
    "a happy song in 4/4": {"mood": "happy", "metre": "4/4", "key": "Eb major"},
    "a waltz in a sharp key": {"mood": "nostalgic", "metre": "3/4", "key": "F# dorian"},
    "a slow 6/8": {"mood": "sad", "metre": "6/8", "key": "C# minor", "tempo": 50},
    "a phrygian riff": {"mood": "angry", "metre": "4/4", "key": "B phrygian"},
    "a swung trio": {"mood": "romantic", "style": "jazz_trio", "key": "Gb major"},
    "a journey in 6/8": {"mood": "calm", "target_mood": "energetic", "metre": "6/8", "key": "A mixolydian"},
}


@cache
def composed(name: str) -> Score:
    return compose(request_of(with_defaults({"seed": 3, "length": 25, **PIECES[name]}), material=None))


@cache
def read(name: str) -> stream.Score:
    return converter.parseData(notation.write(composed(name)), format="musicxml")


def is_note(item) -> bool:
    return not isinstance(item, harmony.ChordSymbol)


@pytest.mark.parametrize("name", PIECES)
def test_the_tune_is_the_same_note_for_note(name):
    tune = next(part.notes for part in composed(name).parts if part.role == "melody")
    meant = [(n.start / DIVISIONS, (n.end - n.start) / DIVISIONS, list(n.pitches)) for n in written(tune)]
    found = [
        (float(n.offset), float(n.quarterLength), sorted(pitch.midi for pitch in n.pitches))
        for n in filter(is_note, read(name).stripTies().flatten().notes)
    ]
    assert [pitches for *_, pitches in found] == [pitches for *_, pitches in meant]
    assert [at for at, *_ in found] == pytest.approx([at for at, *_ in meant], abs=1e-3)
    assert [length for _, length, _ in found] == pytest.approx([length for _, length, _ in meant], abs=1e-3)


@pytest.mark.parametrize("name", PIECES)
def test_every_bar_is_full_and_metre_key_and_sections_stand_where_they_should(name):
    score, bars = composed(name), list(read(name).parts[0].getElementsByClass(stream.Measure))
    assert [bar.duration.quarterLength for bar in bars] == [score.bar_beats] * len(bars)
    assert bars[0].timeSignature.ratioString == f"{score.metre[0]}/{score.metre[1]}"
    assert bars[0].keySignature.sharps == fifths(score.tonic, score.mode)
    marks = {mark.content: bar.offset for bar in bars for mark in bar.getElementsByClass("RehearsalMark")}
    assert marks == {section.name: section.start for section in score.sections}


@pytest.mark.parametrize("name", PIECES)
def test_each_section_has_the_tempo_that_it_is_played_at(name):
    score = composed(name)
    starts = {section.start for section in score.sections}
    meant = {mark.start: mark.bpm for mark in score.tempo if mark.start in starts}
    marks = read(name).flatten().getElementsByClass("MetronomeMark")
    assert {float(mark.offset): mark.getQuarterBPM() for mark in marks} == pytest.approx(meant, rel=1e-3)
    assert len(meant) > 1 or "target_mood" not in PIECES[name]


@pytest.mark.parametrize("name", PIECES)
def test_chords_stand_over_their_beats_with_their_roots_and_basses(name):
    symbols = read(name).flatten().getElementsByClass(harmony.ChordSymbol)
    found = [(float(s.offset), s.root().pitchClass, s.bass().pitchClass) for s in symbols]
    assert found == [(chord.start, chord.root, chord.bass) for chord in composed(name).chords]


@pytest.mark.parametrize("quality", sorted(QUALITIES))
def test_every_kind_of_chord_is_understood_with_all_its_tones(score, quality):
    chord = ChordSpan(0, 3, 9, quality, 9, "A")
    sheet = notation.write(replace(score, chords=(chord,)))
    read_back = converter.parseData(sheet, format="musicxml")
    symbol = read_back.recurse().getElementsByClass(harmony.ChordSymbol)[0]
    assert {p.pitchClass for p in symbol.pitches} == {(9 + tone) % 12 for tone in QUALITIES[quality]}


def test_notes_tied_over_bars_and_triplets_come_back_whole(score):
    third = 1 / 3
    tune = (Note(2, 5, 60, 80), *(Note(8 + i * third, third, 62 + i, 80) for i in range(3)), Note(9, 3, 67, 80))
    sheet = notation.write(replace(score, parts=(Part("melody", "Flute", 73, tune),)))
    notes = filter(is_note, converter.parseData(sheet, format="musicxml").stripTies().flatten().notes)
    found = [(float(n.offset), float(n.quarterLength), n.pitch.midi) for n in notes]
    expected = [(n.start, n.duration, n.pitch) for n in tune]
    assert [pitch for *_, pitch in found] == [pitch for *_, pitch in expected]
    assert [x for at, length, _ in found for x in (at, length)] == pytest.approx(
        [x for at, length, _ in expected for x in (at, length)], abs=1e-3
    )
