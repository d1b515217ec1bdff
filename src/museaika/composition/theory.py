"""Pitches, scales and chords: the alphabet everything else is spelled in.

A *pitch class* is a note name without its octave, 0 for C up to 11 for B. A *mode* picks seven of the
twelve: major and minor differ in their third, sixth and seventh; dorian is a minor with a brighter sixth,
phrygian a minor with a darker second, lydian a major with a floating fourth, mixolydian a major without
its leading tone. A *chord* is a root and a quality, the stack of intervals above it. Musicians write chords
as symbols: "Am7/G" is A minor with its seventh, G in the bass. In harmony chords are named by where their
root stands in the key: in C major, "ii" is D minor, "V7" is G7, "bVII" is B flat major.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from museaika.composition.score import PITCH_NAMES_FLAT, PITCH_NAMES_SHARP
from museaika.errors import FieldError, Invalid

SCALES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "major": (0, 2, 4, 5, 7, 9, 11),
        "minor": (0, 2, 3, 5, 7, 8, 10),
        "dorian": (0, 2, 3, 5, 7, 9, 10),
        "lydian": (0, 2, 4, 6, 7, 9, 11),
        "mixolydian": (0, 2, 4, 5, 7, 9, 10),
        "phrygian": (0, 1, 3, 5, 7, 8, 10),
    }
)
MODES = tuple(SCALES)

QUALITIES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "maj": (0, 4, 7),
        "min": (0, 3, 7),
        "dim": (0, 3, 6),
        "aug": (0, 4, 8),
        "5": (0, 7),
        "sus2": (0, 2, 7),
        "sus4": (0, 5, 7),
        "6": (0, 4, 7, 9),
        "min6": (0, 3, 7, 9),
        "7": (0, 4, 7, 10),
        "maj7": (0, 4, 7, 11),
        "min7": (0, 3, 7, 10),
        "minmaj7": (0, 3, 7, 11),
        "dim7": (0, 3, 6, 9),
        "min7b5": (0, 3, 6, 10),
        "7sus4": (0, 5, 7, 10),
        "add9": (0, 4, 7, 2),
        "minadd9": (0, 3, 7, 2),
        "9": (0, 4, 7, 10, 2),
        "maj9": (0, 4, 7, 11, 2),
        "min9": (0, 3, 7, 10, 2),
    }
)
"""Intervals above the root in semitones; ninths are folded into the octave."""

_SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        "maj": "", "min": "m", "dim": "dim", "aug": "aug", "5": "5", "sus2": "sus2", "sus4": "sus4", "6": "6",
        "min6": "m6", "7": "7", "maj7": "maj7", "min7": "m7", "minmaj7": "m(maj7)", "dim7": "dim7",
        "min7b5": "m7b5", "7sus4": "7sus4", "add9": "add9", "minadd9": "m(add9)", "9": "9", "maj9": "maj9",
        "min9": "m9",
    }
)  # fmt: skip
_SPELLINGS: Mapping[str, str] = MappingProxyType(
    {suffix: quality for quality, suffix in _SUFFIXES.items()}
    | {"M": "maj", "maj": "maj", "min": "min", "-": "min", "°": "dim", "o": "dim", "+": "aug", "sus": "sus4",
       "M7": "maj7", "Δ": "maj7", "Δ7": "maj7", "min7": "min7", "-7": "min7", "mmaj7": "minmaj7",
       "mM7": "minmaj7", "°7": "dim7", "o7": "dim7", "ø": "min7b5", "ø7": "min7b5", "min7b5": "min7b5",
       "madd9": "minadd9", "min6": "min6", "min9": "min9", "M9": "maj9", "7sus": "7sus4", "dom7": "7"}
)  # fmt: skip

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
_SYMBOL = re.compile(r"([A-Ga-g])([#♯b♭]?)([^/]*)(?:/([A-Ga-g])([#♯b♭]?))?")
_ROMAN = re.compile(r"([b#]?)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(.*)")
_DEGREES = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_KEY = re.compile(r"([A-Ga-g])\s*(#|♯|b|♭|sharp|flat)?\s*[- ]?\s*([A-Za-z]*)")
_MODE_WORDS = {"": "major", "maj": "major", "M": "major", "ionian": "major", "dur": "major", "m": "minor",
               "min": "minor", "aeolian": "minor", "moll": "minor",
                **{mode: mode for mode in MODES}}  # fmt: skip

MINOR_LIKE = frozenset({"minor", "dorian", "phrygian"})


def invalid(field: str, message: str) -> Invalid:
    """An `Invalid` that points at one field."""
    return Invalid(message, errors=(FieldError((field,), message),))


def scale(tonic: int, mode: str) -> tuple[int, ...]:
    """The seven pitch classes of a key, from its tonic up."""
    return tuple((tonic + step) % 12 for step in SCALES[mode])


def chord_tones(root: int, quality: str) -> tuple[int, ...]:
    """The pitch classes of a chord, root first."""
    return tuple((root + interval) % 12 for interval in QUALITIES[quality])


def is_minor_quality(quality: str) -> bool:
    return 3 in QUALITIES[quality]


_LINE = "FCGDAEB"
_BRIGHTNESS = {"lydian": 1, "major": 0, "mixolydian": -1, "dorian": -2, "minor": -3, "phrygian": -4}
"""Sharps that a mode has more than the major key of the same tonic."""


def pitch_name(pitch_class: int, tonic: int, mode: str) -> str:
    """Name a pitch class as a key would.

    Notes stand on a line of fifths, ... Bb F C G D A E B F# ..., and a key looks only at the twelve around it:
    four below its major tonic and seven above; in minor-like modes one fewer below for the raised leading tone,
    in minor two fewer, for the leading tone of the dominant. So A minor says Bb and G#, C minor Db and F#.
    """
    sharps = (tonic * 7 + _BRIGHTNESS[mode]) % 12
    signature = sharps if sharps <= 5 or (sharps == 6 and tonic == 11) else sharps - 12
    lowest = signature - (2 if mode == "minor" else 3 if mode in MINOR_LIKE else 4)
    place = lowest + (pitch_class * 7 - lowest) % 12 + 1
    alter = place // 7
    if abs(alter) > 1:
        return (PITCH_NAMES_FLAT if alter < 0 else PITCH_NAMES_SHARP)[pitch_class]
    return _LINE[place % 7] + {0: "", 1: "#", -1: "b"}[alter]


def symbol(root: int, quality: str, bass: int, tonic: int, mode: str) -> str:
    """Write a chord as musicians do: `symbol(9, "min7", 7, 0, "major")` is "Am7/G"."""
    name = pitch_name(root, tonic, mode) + _SUFFIXES[quality]
    return name if bass == root else f"{name}/{pitch_name(bass, tonic, mode)}"


def parse_symbol(text: str, *, field: str = "chords") -> tuple[int, str, int]:
    """Read "Am7/G" as (root, quality, bass).

    Raises:
        Invalid: the symbol is not one we know.
    """
    match = _SYMBOL.fullmatch(text.strip())
    if match:
        letter, accidental, suffix, bass_letter, bass_accidental = match.groups()
        quality = _SPELLINGS.get(suffix.strip("()") if suffix.startswith("(") else suffix)
        if quality:
            root = (_LETTERS[letter.upper()] + _ACCIDENTALS[accidental]) % 12
            bass = root
            if bass_letter:
                bass = (_LETTERS[bass_letter.upper()] + _ACCIDENTALS[bass_accidental]) % 12
            return root, quality, bass
    raise invalid(
        field, f"'{text[:20]}' is not a chord we know. Write chords such as C, Am, F#m7, Bbmaj7, Gsus4, D/F#."
    )


def respelled(text: str) -> str:
    """A chord symbol as its writer named the notes, in our way of writing the rest: "f♯min7" is "F#m7"."""
    quality = _SUFFIXES[parse_symbol(text)[1]]
    head, _, bass = text.strip().partition("/")
    names = [_note_name(part) for part in (head, bass) if part]
    return names[0] + quality + (f"/{names[1]}" if len(names) > 1 else "")


def _note_name(text: str) -> str:
    accidental = {"♯": "#", "♭": "b"}.get(text[1:2], text[1:2])
    return text[0].upper() + (accidental if accidental in ("#", "b") else "")


def chord_names(text: str) -> dict[tuple[int, str, int], str]:
    """How the writer of a chord line spells each of its chords; the first spelling of one counts."""
    names: dict[tuple[int, str, int], str] = {}
    for word in text.replace(",", " ").replace("–", " ").replace(" - ", " ").replace("|", " ").split():
        if word != "%":
            names.setdefault(parse_symbol(word), respelled(word))
    return names


def parse_chords(text: str) -> tuple[tuple[tuple[int, str, int], ...], ...]:
    """Read a chord line as bars of (root, quality, bass).

    "Am F C G" is a bar each; with bar lines, "Am F | C G", the chords between two lines share a bar;
    "%" repeats the bar before.

    Raises:
        Invalid: an unknown symbol, no chord at all, more than 64 bars or more than 4 chords in a bar.
    """
    cleaned = text.replace(",", " ").replace("–", " ").replace(" - ", " ").strip().strip("|")
    cells = cleaned.split("|") if "|" in cleaned else cleaned.split()
    bars: list[tuple[tuple[int, str, int], ...]] = []
    for cell in cells:
        words = cell.split()
        if words == ["%"] and bars:
            bars.append(bars[-1])
        elif words:
            bars.append(tuple(parse_symbol(word) for word in words))
    if not bars:
        raise invalid("chords", "No chord was given. Write a line such as 'Am F C G' or 'Am F | C G'.")
    if len(bars) > 64 or any(len(bar) > 4 for bar in bars):
        raise invalid("chords", "A chord line has at most 64 bars and at most 4 chords in a bar.")
    return tuple(bars)


def parse_key(text: str) -> tuple[int, str]:
    """Read "C", "A minor", "Am", "Eb major" or "F# dorian" as (tonic pitch class, mode); a bare letter is
    major.

    Raises:
        Invalid: not a key.
    """
    match = _KEY.fullmatch(text.strip())
    if match:
        letter, accidental, word = match.groups()
        mode = _MODE_WORDS.get(word) or _MODE_WORDS.get(word.lower())
        if mode:
            shift = {"sharp": 1, "flat": -1}.get(accidental or "", _ACCIDENTALS.get(accidental or "", 0))
            return (_LETTERS[letter.upper()] + shift) % 12, mode
    raise invalid(
        "key",
        f"'{text[:30]}' is not a key we know. Write a note and a mode, such as 'C', 'A minor' or 'F# dorian'.",
    )


def roman(text: str) -> tuple[int, str]:
    """Read a degree as (semitones above the tonic, quality): "ii" → (2, "min"), "bVII" → (10, "maj"), "V7" →
    (7, "7")."""
    match = _ROMAN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a degree")
    accidental, numeral, suffix = match.groups()
    offset = (_DEGREES[numeral.upper()] + _ACCIDENTALS[accidental]) % 12
    if numeral.islower() and suffix in ("", "7", "9", "6", "add9"):
        return offset, "min" + suffix
    return offset, _SPELLINGS[suffix]


PROFILES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    }
)
"""How well each step above the tonic fits a key, as listeners rate it (Krumhansl & Kessler 1982)."""


def estimate_key(weights: Sequence[float]) -> tuple[int, str]:
    """The key whose profile correlates best with how long each of twelve pitch classes sounds (Krumhansl &
    Schmuckler)."""

    def fit(key: tuple[int, str]) -> float:
        profile = [PROFILES[key[1]][(pitch_class - key[0]) % 12] for pitch_class in range(12)]
        return statistics.correlation(profile, list(weights))

    return max(((tonic, mode) for mode in PROFILES for tonic in range(12)), key=fit)


def key_of_chords(bars: tuple[tuple[tuple[int, str, int], ...], ...], valence: float) -> tuple[int, str]:
    """Guess the key a chord line stands in: most chord tones inside, first and last chord near the tonic.

    Between a key and its relative the `valence` of the mood tips the balance.
    """
    chords = [chord for bar in bars for chord in bar]

    def fit(key: tuple[int, str]) -> float:
        tonic, mode = key
        inside = set(scale(tonic, mode)) | ({(tonic + 11) % 12} if mode == "minor" else set())
        points = sum(
            sum(tone in inside for tone in chord_tones(r, q)) / len(QUALITIES[q]) for r, q, _ in chords
        ) / len(chords)
        for (root, quality, _), weight in ((chords[0], 0.12), (chords[-1], 0.08)):
            if root == tonic and is_minor_quality(quality) == (mode == "minor"):
                points += weight
        return points + (0.03 * valence if mode == "major" else -0.03 * valence)

    return max(((tonic, mode) for mode in ("major", "minor") for tonic in range(12)), key=fit)
