"""Key signatures and the spelling of pitches: the line of fifths … Bb F C G D A E B F# … laid beside a key.

A signature is a place on that line: C major stands at 0, each sharp is one step up, each flat one down. A
key owns the seven places from one below its major tonic; what lies outside is spelled from the places next to
them, in minor keys one step further up, since there the raised leading tone is the usual guest.
"""

from __future__ import annotations

from typing import NamedTuple

_RELATIVE_MAJOR = {"major": 0, "dorian": -2, "phrygian": -4, "lydian": -5, "mixolydian": -7, "minor": -9}
_MINOR_THIRD = {"dorian", "phrygian", "minor"}
_STEPS = "FCGDAEB"
_MAJOR_KEYS = ("Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#")
_MINOR_KEYS = ("Ebm", "Bbm", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m", "G#m", "D#m")


class Spelling(NamedTuple):
    """A written pitch: `step` A…G, `alter` −2…2 semitones, `octave` as in C4 = middle C."""

    step: str
    alter: int
    octave: int


def fifths(tonic: int, mode: str) -> int:
    """Sharps (positive) or flats (negative) of the signature, −6…6; six are flats save for a tonic B."""
    count = relative_major(tonic, mode) * 7 % 12
    return count if count <= 5 or (count == 6 and tonic == 11) else count - 12


def relative_major(tonic: int, mode: str) -> int:
    """The pitch class of the major key that has the same signature: D dorian → C."""
    return (tonic + _RELATIVE_MAJOR[mode]) % 12


def midi_signature(tonic: int, mode: str) -> str:
    """The signature as MIDI names it: by its major key, or its minor key for modes with a minor third."""
    names = _MINOR_KEYS if mode in _MINOR_THIRD else _MAJOR_KEYS
    return names[fifths(tonic, mode) + 6]


def spell(pitch: int, tonic: int, mode: str) -> Spelling:
    """Write a MIDI pitch as the key would: 61 is C# in A major, Db in Ab major."""
    lowest = fifths(tonic, mode) - (3 if mode in _MINOR_THIRD else 4)
    place = lowest + (pitch * 7 - lowest) % 12
    step, alter = _STEPS[(place + 1) % 7], (place + 1) // 7
    return Spelling(step, alter, (pitch - alter) // 12 - 1)
