"""Writing a lead sheet as MusicXML 4.0: the tune on one staff, chord symbols above it, sections and their tempo
marked.

What crosses a bar line, or has a length no single note has, is written as several tied notes.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

from museaika.composition.score import ChordSpan, Note, Score
from museaika.rendering.grid import DIVISIONS, LENGTHS, Written, split, written
from museaika.rendering.keys import Spelling, fifths, spell

_KINDS: Mapping[str, str] = {
    "maj": "major", "min": "minor", "dim": "diminished", "aug": "augmented", "5": "power",
    "sus2": "suspended-second", "sus4": "suspended-fourth", "6": "major-sixth", "min6": "minor-sixth",
    "7": "dominant", "maj7": "major-seventh", "min7": "minor-seventh", "minmaj7": "major-minor",
    "dim7": "diminished-seventh", "min7b5": "half-diminished", "7sus4": "suspended-fourth", "add9": "major",
    "minadd9": "minor", "9": "dominant-ninth", "maj9": "major-ninth", "min9": "minor-ninth",
}  # fmt: skip
_ADDED: Mapping[str, int] = {"7sus4": 7, "add9": 9, "minadd9": 9}
_ADDED_ALTER: Mapping[str, int] = {"7sus4": -1}
_MELODY = "melody"


def write(score: Score) -> bytes:
    """The lead sheet of a score as MusicXML in UTF-8; the same score gives the same bytes."""
    root = ET.Element("score-partwise", version="4.0")
    ET.SubElement(ET.SubElement(root, "work"), "work-title").text = score.title
    notes = next((part.notes for part in score.parts if part.role == _MELODY), ())
    name = next((part.name for part in score.parts if part.role == _MELODY), "Melody")
    listed = ET.SubElement(ET.SubElement(root, "part-list"), "score-part", id="P1")
    ET.SubElement(listed, "part-name").text = name
    sheet = _Sheet(score, written(notes), _low(notes))
    sheet.write(ET.SubElement(root, "part", id="P1"))
    ET.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    kind = '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" ' \
           '"http://www.musicxml.org/dtds/partwise.dtd">\n'  # fmt: skip
    return (head + kind + ET.tostring(root, encoding="unicode") + "\n").encode()


def _low(notes: Sequence[Note]) -> bool:
    return bool(notes) and sum(note.pitch for note in notes) / len(notes) < 55


class _Sheet:
    """Writes bars from what is on the sheet: notes and rests, chords, sections."""

    def __init__(self, score: Score, notes: list[Written], low: bool):
        self._score, self._low = score, low
        self._bar = round(score.bar_beats * DIVISIONS)
        last = max([round(score.bars * score.bar_beats * DIVISIONS), *(n.end for n in notes)])
        self._bars = max(-(-last // self._bar), 1)
        self._voices = _with_rests(notes, self._bars * self._bar)
        self._chords = sorted((round(c.start * DIVISIONS), i) for i, c in enumerate(score.chords))
        self._sections = {round(s.start * DIVISIONS) // self._bar: s.name for s in reversed(score.sections)}

    def write(self, part: ET.Element) -> None:
        measures = [ET.SubElement(part, "measure", number=str(i + 1)) for i in range(self._bars)]
        self._attributes(measures[0])
        for bar, name in sorted(self._sections.items()):
            if bar < self._bars:
                _direction(measures[bar], "rehearsal", name)
        for mark in self._score.tempo:
            bar, beside = divmod(round(mark.start * DIVISIONS), self._bar)
            if not beside and (bar == 0 or bar in self._sections) and bar < self._bars:
                _tempo(measures[bar], mark.bpm, dotted=self._score.metre == (6, 8))
        for voice in self._voices:
            pieces = list(split(voice.start, voice.end, self._bar))
            for i, (start, end) in enumerate(pieces):
                measure = measures[start // self._bar]
                self._write_chords(measure, start, end)
                self._note(measure, voice.pitches, end - start, first=i == 0, last=i == len(pieces) - 1)
        closing = ET.SubElement(measures[-1], "barline", location="right")
        ET.SubElement(closing, "bar-style").text = "light-heavy"

    def _attributes(self, measure: ET.Element) -> None:
        attributes = ET.SubElement(measure, "attributes")
        ET.SubElement(attributes, "divisions").text = str(DIVISIONS)
        key = ET.SubElement(attributes, "key")
        ET.SubElement(key, "fifths").text = str(fifths(self._score.tonic, self._score.mode))
        ET.SubElement(key, "mode").text = self._score.mode
        time = ET.SubElement(attributes, "time")
        ET.SubElement(time, "beats").text, ET.SubElement(time, "beat-type").text = map(str, self._score.metre)
        clef = ET.SubElement(attributes, "clef")
        ET.SubElement(clef, "sign").text, ET.SubElement(clef, "line").text = (
            ("F", "4") if self._low else ("G", "2")
        )

    def _write_chords(self, measure: ET.Element, start: int, end: int) -> None:
        """Chord symbols that begin during a written note, before it, at their distance from its onset."""
        while self._chords and self._chords[0][0] < end:
            at, i = self._chords.pop(0)
            self._harmony(measure, self._score.chords[i], at - start)

    def _harmony(self, measure: ET.Element, chord: ChordSpan, offset: int) -> None:
        harmony = ET.SubElement(measure, "harmony")
        _harmony_pitch(harmony, "root", self._spell(chord.root))
        ET.SubElement(harmony, "kind", text=_suffix(chord)).text = _KINDS[chord.quality]
        if chord.bass != chord.root:
            _harmony_pitch(harmony, "bass", self._spell(chord.bass))
        if chord.quality in _ADDED:
            degree = ET.SubElement(harmony, "degree")
            ET.SubElement(degree, "degree-value").text = str(_ADDED[chord.quality])
            ET.SubElement(degree, "degree-alter").text = str(_ADDED_ALTER.get(chord.quality, 0))
            ET.SubElement(degree, "degree-type").text = "add"
        if offset:
            ET.SubElement(harmony, "offset").text = str(offset)

    def _spell(self, pitch: int) -> Spelling:
        return spell(pitch, self._score.tonic, self._score.mode)

    def _note(
        self, measure: ET.Element, pitches: tuple[int, ...], units: int, *, first: bool, last: bool
    ) -> None:
        for i, pitch in enumerate(pitches or (None,)):
            note = ET.SubElement(measure, "note")
            if i:
                ET.SubElement(note, "chord")
            if pitch is None:
                ET.SubElement(note, "rest")
            else:
                _pitch(ET.SubElement(note, "pitch"), self._spell(pitch))
            ET.SubElement(note, "duration").text = str(units)
            ties = (
                []
                if pitch is None
                else [kind for kind, is_there in (("stop", not first), ("start", not last)) if is_there]
            )
            for kind in ties:
                ET.SubElement(note, "tie", type=kind)
            _length(note, units)
            if ties:
                notations = ET.SubElement(note, "notations")
                for kind in ties:
                    ET.SubElement(notations, "tied", type=kind)


def _with_rests(notes: list[Written], end: int) -> list[Written]:
    out, now = [], 0
    for note in notes:
        if note.start > now:
            out.append(Written(now, note.start, ()))
        out.append(note)
        now = note.end
    return [*out, Written(now, end, ())] if now < end else out


def _suffix(chord: ChordSpan) -> str:
    """What follows the root in the symbol, bass left out: "Am7/G" → "m7"."""
    return chord.symbol.split("/")[0][1:].lstrip("#b♯♭")


def _length(note: ET.Element, units: int) -> None:
    kind, dots, triplet = LENGTHS[units]
    ET.SubElement(note, "type").text = kind
    for _ in range(dots):
        ET.SubElement(note, "dot")
    if triplet:
        change = ET.SubElement(note, "time-modification")
        ET.SubElement(change, "actual-notes").text, ET.SubElement(change, "normal-notes").text = "3", "2"


def _pitch(parent: ET.Element, written: Spelling) -> None:
    ET.SubElement(parent, "step").text = written.step
    if written.alter:
        ET.SubElement(parent, "alter").text = str(written.alter)
    ET.SubElement(parent, "octave").text = str(written.octave)


def _harmony_pitch(harmony: ET.Element, what: str, written: Spelling) -> None:
    parent = ET.SubElement(harmony, what)
    ET.SubElement(parent, f"{what}-step").text = written.step
    if written.alter:
        ET.SubElement(parent, f"{what}-alter").text = str(written.alter)


def _direction(measure: ET.Element, kind: str, text: str) -> None:
    direction = ET.SubElement(measure, "direction", placement="above")
    ET.SubElement(ET.SubElement(direction, "direction-type"), kind).text = text


def _tempo(measure: ET.Element, bpm: float, *, dotted: bool) -> None:
    """A metronome mark by what is counted: quarters, in 6/8 dotted ones; players hear `bpm` quarters."""
    direction = ET.SubElement(measure, "direction", placement="above")
    metronome = ET.SubElement(ET.SubElement(direction, "direction-type"), "metronome")
    ET.SubElement(metronome, "beat-unit").text = "quarter"
    if dotted:
        ET.SubElement(metronome, "beat-unit-dot")
    ET.SubElement(metronome, "per-minute").text = f"{bpm / 1.5 if dotted else bpm:.4g}"
    ET.SubElement(direction, "sound", tempo=f"{bpm:.5g}")
