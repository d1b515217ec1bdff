"""Styles: who plays in the room, and how.

A style names its players and the patterns they fall into; the mood decides how fast, how loud and in which
mode they play. Each row stands at a point of the valence–arousal plane where it feels at home, so that a mood
chooses among its neighbours. `entrances` is the section energy from which a layer plays: a quiet section
leaves the later ones out, and the build of a song is their coming in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from museaika.composition.rhythm import Metre


@dataclass(frozen=True, slots=True)
class Instrument:
    """A General MIDI `program`, the range in which it sings a tune (MIDI pitches), and how heated it sounds
    (−1 soft … 1 sharp), and whether it is a keyboard that uses its sustain pedal or a voice that swells."""

    program: int
    low: int
    high: int
    heat: float
    pedal: bool = False
    sustained: bool = False


PLAYERS: Mapping[str, Instrument] = MappingProxyType(
    {
        "piano": Instrument(0, 55, 88, 0.0, pedal=True),
        "electric_piano": Instrument(4, 55, 84, -0.3, pedal=True),
        "music_box": Instrument(10, 65, 93, -0.7),
        "vibraphone": Instrument(11, 57, 86, -0.2, pedal=True),
        "organ": Instrument(16, 52, 81, 0.2),
        "guitar": Instrument(24, 52, 79, -0.4),
        "steel_guitar": Instrument(25, 52, 79, 0.1),
        "electric_guitar": Instrument(27, 52, 81, 0.5),
        "distorted_guitar": Instrument(30, 50, 79, 0.9),
        "violin": Instrument(40, 56, 88, 0.2, sustained=True),
        "cello": Instrument(42, 43, 69, -0.2, sustained=True),
        "strings": Instrument(48, 55, 84, 0.2, sustained=True),
        "synth_strings": Instrument(50, 55, 84, 0.3, sustained=True),
        "choir": Instrument(52, 55, 79, -0.3, sustained=True),
        "trumpet": Instrument(56, 57, 81, 0.7, sustained=True),
        "horn": Instrument(60, 48, 72, 0.5, sustained=True),
        "saxophone": Instrument(65, 52, 79, 0.1, sustained=True),
        "tenor_saxophone": Instrument(66, 46, 74, 0.1, sustained=True),
        "oboe": Instrument(68, 60, 84, -0.3, sustained=True),
        "clarinet": Instrument(71, 53, 82, -0.1, sustained=True),
        "flute": Instrument(73, 62, 90, -0.1, sustained=True),
        "synth_square": Instrument(80, 57, 84, 0.6, sustained=True),
        "synth_lead": Instrument(81, 57, 84, 0.7, sustained=True),
    }
)
"""Whoever can carry the tune."""

BASSES: Mapping[str, int] = MappingProxyType(
    {"upright bass": 32, "bass guitar": 33, "fretless bass": 35, "synth bass": 38}
)
PADS: Mapping[str, int] = MappingProxyType(
    {"strings": 48, "synth strings": 50, "choir": 52, "new age pad": 88, "warm pad": 89, "choir pad": 91}
)


@dataclass(frozen=True, slots=True)
class Style:
    """One row of the table; see the module's text. `swing` is the share of an eighth by which off-beat
    eighths come late (0.33 is triplet swing), `colour` how readily chords take sevenths and ninths,
    `harmonic_rhythm` the beats a chord lasts by preference in 4/4, `bend` the depth of a final ritardando."""

    name: str
    valence: float
    arousal: float
    metres: Mapping[Metre, float]
    leads: tuple[str, ...]
    chords: tuple[str, ...]
    patterns: tuple[str, ...]
    bass: str | None
    bass_patterns: tuple[str, ...]
    pads: tuple[str, ...]
    counters: tuple[str, ...]
    drums: str | None
    entrances: Mapping[str, float]
    swing: float = 0.0
    colour: float = 0.2
    harmonic_rhythm: float = 4.0
    bend: float = 0.10


_FOUR: Mapping[Metre, float] = {(4, 4): 1.0}
_ANY: Mapping[Metre, float] = {(4, 4): 0.66, (3, 4): 0.17, (6, 8): 0.17}
_THREE: Mapping[Metre, float] = {(3, 4): 0.75, (6, 8): 0.25}

_TABLE = (
    Style(
        "pop_ballad", -0.10, -0.35, {(4, 4): 0.8, (6, 8): 0.2},
        ("piano", "violin", "flute", "electric_piano", "saxophone"), ("piano", "electric_piano"),
        ("broken", "flowing", "pulse"), "bass guitar", ("held", "root"), ("strings", "warm pad"),
        ("cello", "strings", "violin"), "ballad",
        {"bass": 0.22, "pad": 0.40, "drums": 0.42, "counter": 0.55}, colour=0.3, harmonic_rhythm=2.0, bend=0.16,
    ),
    Style(
        "upbeat_pop", 0.75, 0.50, _FOUR,
        ("synth_lead", "piano", "electric_guitar", "flute", "trumpet"), ("piano", "electric_piano",
         "steel_guitar"),
        ("push", "offbeat", "pulse"), "bass guitar", ("root", "bounce", "octave"), ("synth strings",
         "warm pad"),
        ("vibraphone", "electric_guitar", "strings"), "pop",
        {"bass": 0.15, "drums": 0.20, "pad": 0.55, "counter": 0.60}, colour=0.15, bend=0.05,
    ),
    Style(
        "lofi", 0.10, -0.35, _FOUR,
        ("electric_piano", "vibraphone", "guitar", "saxophone"), ("electric_piano", "guitar"),
        ("held", "push", "broken"), "fretless bass", ("lazy", "root"), ("warm pad", "new age pad"),
        ("vibraphone", "guitar"), "lofi",
        {"bass": 0.12, "drums": 0.18, "pad": 0.45, "counter": 0.60}, swing=0.16, colour=0.85, bend=0.06,
    ),
    Style(
        "ambient", 0.25, -0.80, _ANY,
        ("piano", "vibraphone", "flute", "music_box", "electric_piano"), ("electric_piano", "piano", "guitar"),
        ("broken", "held", "flowing"), "synth bass", ("held",), ("choir pad", "warm pad", "new age pad"),
        ("strings", "choir"), None,
        {"pad": 0.0, "bass": 0.30, "counter": 0.50}, colour=0.6, harmonic_rhythm=4.0, bend=0.18,
    ),
    Style(
        "folk_waltz", 0.45, -0.05, _THREE,
        ("flute", "violin", "guitar", "clarinet", "oboe"), ("guitar", "steel_guitar", "piano"),
        ("waltz", "broken"), "upright bass", ("root", "held"), ("strings",), ("clarinet", "violin", "cello"),
         "folk",
        {"bass": 0.25, "drums": 0.45, "pad": 0.60, "counter": 0.50}, colour=0.08, harmonic_rhythm=3.0,
         bend=0.14,
    ),
    Style(
        "cinematic", -0.60, 0.35, _ANY,
        ("violin", "cello", "horn", "oboe", "piano"), ("piano", "strings"), ("flowing", "pulse", "arp"),
         "upright bass",
        ("held", "root", "drive"), ("strings", "choir"), ("horn", "cello", "choir"), "epic",
        {"pad": 0.15, "bass": 0.25, "drums": 0.50, "counter": 0.55}, colour=0.15, bend=0.14,
    ),
    Style(
        "rock", -0.25, 0.95, {(4, 4): 0.9, (6, 8): 0.1},
        ("electric_guitar", "distorted_guitar", "synth_lead"), ("distorted_guitar", "electric_guitar"),
        ("drive", "pulse"), "bass guitar", ("drive",), ("synth strings", "strings"), ("electric_guitar",
         "synth_square"),
        "rock", {"bass": 0.10, "drums": 0.15, "pad": 0.70, "counter": 0.75}, colour=0.0, bend=0.06,
    ),
    Style(
        "electronic", 0.50, 0.80, _FOUR,
        ("synth_lead", "synth_square", "electric_piano", "vibraphone"), ("synth_strings", "electric_piano",
         "piano"),
        ("arp", "offbeat", "push"), "synth bass", ("octave", "drive"), ("synth strings", "warm pad",
         "choir pad"),
        ("synth_square", "vibraphone"), "electronic",
        {"pad": 0.10, "bass": 0.20, "drums": 0.25, "counter": 0.65}, colour=0.25, bend=0.0,
    ),
    Style(
        "jazz_trio", 0.42, 0.22, {(4, 4): 0.85, (3, 4): 0.15},
        ("piano", "saxophone", "vibraphone", "clarinet", "trumpet"), ("piano", "electric_piano"), ("comp",),
         "upright bass",
        ("walk",), ("strings",), ("clarinet", "vibraphone"), "jazz",
        {"bass": 0.0, "drums": 0.12, "pad": 0.90, "counter": 0.85}, swing=0.30, colour=1.0, harmonic_rhythm=2.0,
        bend=0.12,
    ),
    Style(
        "solo_piano", -0.20, -0.45, _ANY,
        ("piano",), ("piano",), ("flowing", "broken", "arp"), None, (), (), ("piano",), None,
        {"counter": 0.34}, colour=0.2, harmonic_rhythm=2.0, bend=0.20,
    ),
)  # fmt: skip

STYLES: Mapping[str, Style] = MappingProxyType({style.name: style for style in _TABLE})
