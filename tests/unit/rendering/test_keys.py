"""Spelling: as a musician would write it in that key."""

import mido
import pytest

from museaika.composition.score import tonic_name
from museaika.rendering.keys import _RELATIVE_MAJOR, fifths, midi_signature, spell


@pytest.mark.parametrize(
    ("tonic", "mode", "sharps"),
    [(0, "major", 0), (7, "major", 1), (5, "major", -1), (2, "dorian", 0), (4, "phrygian", 0), (9, "minor", 0),
     (3, "major", -3), (1, "minor", 4), (11, "lydian", 6), (6, "major", -6)],
)  # fmt: skip
def test_a_key_has_the_signature_of_its_relative_major(tonic, mode, sharps):
    assert fifths(tonic, mode) == sharps


@pytest.mark.parametrize(
    ("pitch", "tonic", "mode", "written"),
    [(61, 9, "major", ("C", 1, 4)), (61, 8, "major", ("D", -1, 4)), (68, 9, "minor", ("G", 1, 4)),
     (60, 0, "major", ("C", 0, 4)), (59, 6, "major", ("C", -1, 4)), (72, 1, "major", ("C", 0, 5)),
     (65, 6, "minor", ("E", 1, 4))],
)  # fmt: skip
def test_a_pitch_is_spelled_as_its_key_would(pitch, tonic, mode, written):
    assert tuple(spell(pitch, tonic, mode)) == written


@pytest.mark.parametrize("mode", sorted(_RELATIVE_MAJOR))
@pytest.mark.parametrize("tonic", range(12))
def test_every_key_spells_its_own_tonic_as_its_name_does_and_midi_knows_its_signature(tonic, mode):
    name = spell(60 + tonic, tonic, mode)
    assert name.step + {-1: "b", 0: "", 1: "#"}[name.alter] == tonic_name(tonic, mode)
    mido.MetaMessage("key_signature", key=midi_signature(tonic, mode))


def test_a_written_pitch_sounds_the_pitch_it_was():
    semitones = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))
    for pitch in range(128):
        for tonic in range(12):
            for mode in _RELATIVE_MAJOR:
                step, alter, octave = spell(pitch, tonic, mode)
                assert 12 * (octave + 1) + semitones[step] + alter == pitch
