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
        "cello": Instrument(42, 45, 76, -0.2, sustained=True),
        "strings": Instrument(48, 55, 84, 0.2, sustained=True),
        "synth_strings": Instrument(50, 55, 84, 0.3, sustained=True),
        "choir": Instrument(52, 55, 81, -0.3, sustained=True),
        "trumpet": Instrument(56, 57, 81, 0.7, sustained=True),
        "horn": Instrument(60, 50, 77, 0.5, sustained=True),
        "saxophone": Instrument(65, 53, 81, 0.1, sustained=True),
        "tenor_saxophone": Instrument(66, 48, 76, 0.1, sustained=True),
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
        leads=("piano", "violin", "flute", "electric_piano", "saxophone"),
        chords=("piano", "electric_piano"), patterns=("broken", "flowing", "pulse"),
        bass="bass guitar", bass_patterns=("held", "root"), drums="ballad",
        pads=("strings", "warm pad"), counters=("cello", "strings", "violin"),
        entrances={"bass": 0.20, "pad": 0.22, "drums": 0.42, "counter": 0.55},
        colour=0.30, harmonic_rhythm=2.0, bend=0.16,
    ),
    Style(
        "upbeat_pop", 0.75, 0.50, _FOUR,
        leads=("synth_lead", "piano", "electric_guitar", "flute", "trumpet"),
        chords=("piano", "electric_piano", "steel_guitar"), patterns=("push", "offbeat", "pulse"),
        bass="bass guitar", bass_patterns=("root", "bounce", "octave"), drums="pop",
        pads=("synth strings", "warm pad"), counters=("vibraphone", "electric_guitar", "strings"),
        entrances={"bass": 0.15, "drums": 0.20, "pad": 0.40, "counter": 0.60},
        colour=0.15, bend=0.05,
    ),
    Style(
        "lofi", 0.10, -0.35, _FOUR,
        leads=("electric_piano", "vibraphone", "guitar", "saxophone"),
        chords=("electric_piano", "guitar"), patterns=("held", "push", "broken"),
        bass="fretless bass", bass_patterns=("lazy", "root"), drums="lofi",
        pads=("warm pad", "new age pad"), counters=("vibraphone", "guitar"),
        entrances={"bass": 0.12, "drums": 0.18, "pad": 0.26, "counter": 0.70},
        colour=0.85, swing=0.16, bend=0.06,
    ),
    Style(
        "ambient", 0.25, -0.80, _ANY,
        leads=("piano", "vibraphone", "flute", "music_box", "electric_piano"),
        chords=("electric_piano", "piano", "guitar"), patterns=("broken", "held", "flowing"),
        bass="synth bass", bass_patterns=("held",), drums=None,
        pads=("choir pad", "warm pad", "new age pad"), counters=("strings", "choir"),
        entrances={"pad": 0.00, "bass": 0.20, "counter": 0.50},
        colour=0.60, bend=0.18,
    ),
    Style(
        "folk_waltz", 0.45, -0.05, _THREE,
        leads=("flute", "violin", "guitar", "clarinet", "oboe"),
        chords=("guitar", "steel_guitar", "piano"), patterns=("waltz", "broken"),
        bass="upright bass", bass_patterns=("root", "held"), drums="folk",
        pads=("strings",), counters=("clarinet", "violin", "cello"),
        entrances={"bass": 0.25, "drums": 0.45, "pad": 0.60, "counter": 0.50},
        colour=0.08, harmonic_rhythm=3.0, bend=0.14,
    ),
    Style(
        "cinematic", -0.60, 0.35, _ANY,
        leads=("violin", "cello", "horn", "oboe", "piano"),
        chords=("piano", "strings"), patterns=("flowing", "pulse", "arp"),
        bass="upright bass", bass_patterns=("held", "root", "drive"), drums="epic",
        pads=("strings", "choir"), counters=("horn", "cello", "choir"),
        entrances={"pad": 0.15, "bass": 0.25, "drums": 0.50, "counter": 0.55},
        colour=0.15, bend=0.14,
    ),
    Style(
        "rock", -0.25, 0.95, {(4, 4): 0.9, (6, 8): 0.1},
        leads=("electric_guitar", "distorted_guitar", "synth_lead"),
        chords=("distorted_guitar", "electric_guitar"), patterns=("drive", "pulse"),
        bass="bass guitar", bass_patterns=("drive",), drums="rock",
        pads=("synth strings", "strings"), counters=("electric_guitar", "synth_square"),
        entrances={"bass": 0.10, "drums": 0.15, "pad": 0.66, "counter": 0.75},
        colour=0.00, bend=0.06,
    ),
    Style(
        "electronic", 0.50, 0.80, _FOUR,
        leads=("synth_lead", "synth_square", "electric_piano", "vibraphone"),
        chords=("synth_strings", "electric_piano", "piano"), patterns=("arp", "offbeat", "push"),
        bass="synth bass", bass_patterns=("octave", "drive"), drums="electronic",
        pads=("synth strings", "warm pad", "choir pad"), counters=("synth_square", "vibraphone"),
        entrances={"pad": 0.10, "bass": 0.20, "drums": 0.25, "counter": 0.65},
        colour=0.25, bend=0.00,
    ),
    Style(
        "jazz_trio", 0.42, 0.22, {(4, 4): 0.85, (3, 4): 0.15},
        leads=("piano", "saxophone", "vibraphone", "clarinet", "trumpet"),
        chords=("piano", "electric_piano"), patterns=("comp",),
        bass="upright bass", bass_patterns=("walk",), drums="jazz",
        pads=(), counters=("clarinet", "vibraphone"),
        entrances={"bass": 0.00, "drums": 0.12, "counter": 0.85},
        colour=1.00, swing=0.30, harmonic_rhythm=2.0, bend=0.12,
    ),
    Style(
        "solo_piano", -0.20, -0.45, _ANY,
        leads=("piano",),
        chords=("piano",), patterns=("flowing", "broken", "arp"),
        bass=None, bass_patterns=(), drums=None,
        pads=(), counters=("piano",),
        entrances={"counter": 0.34},
        colour=0.20, harmonic_rhythm=2.0, bend=0.20,
    ),
)  # fmt: skip

STYLES: Mapping[str, Style] = MappingProxyType({style.name: style for style in _TABLE})
