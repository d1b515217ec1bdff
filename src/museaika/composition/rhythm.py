"""Rhythms as one would pencil them on a grid: one character for each sixteenth of a bar.

A bar of 4/4 has sixteen characters, a bar of 3/4 or 6/8 twelve. `.` lets what sounds go on, `-` silences it.

- Drums: `X` accented, `x` plain, `o` ghosted.
- Accompaniment: `C` the whole chord, `U` the chord without its lowest voice, a digit one voice counted
  from below (beyond the top voice it goes on an octave higher).
- Bass: `R` root, `5` fifth, `3` third, `8` octave, `A` a step that leads into the next chord's root.

Each pattern carries a level: the sparse ones are for quiet sections, the busy ones for loud ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeVar

Metre = tuple[int, int]
T = TypeVar("T")

STEP = 0.25
"""Beats a grid character stands for."""


class Tone(NamedTuple):
    """A written note before anybody plays it: `start` and `duration` in beats, MIDI `pitch`, and how much
    the pattern leans on it, −1 (ghost) … 1 (accent)."""

    start: float
    duration: float
    pitch: int
    accent: float = 0.0


KICK, RIM, SNARE, CLAP, CLOSED_HAT, PEDAL_HAT, OPEN_HAT = 36, 37, 38, 39, 42, 44, 46
LOW_TOM, MID_TOM, HIGH_TOM, CRASH, RIDE, TAMBOURINE, SHAKER = 45, 47, 50, 49, 51, 54, 70
BRUSH = 38

DrumPattern = Mapping[int, str]
ACCENTS = {"X": 0.8, "x": 0.0, "o": -0.9}


def _drums(*levels: dict[int, str]) -> tuple[DrumPattern, ...]:
    return tuple(MappingProxyType(level) for level in levels)


DRUMS: Mapping[tuple[str, Metre], tuple[DrumPattern, ...]] = MappingProxyType(
    {
        ("pop", (4, 4)): _drums(
            {CLOSED_HAT: "x...x...x...x...", KICK: "X...............", RIM: "........x......."},
            {CLOSED_HAT: "x.o.x.o.x.o.x.o.", KICK: "X.....x.x.......", SNARE: "....X.......X..."},
            {CLOSED_HAT: "x.x.X.x.x.x.X.x.", KICK: "X.....x.X.x.....", SNARE: "....X.......X..o",
             TAMBOURINE: "....o.......o..."},
            {OPEN_HAT: "..............x.", CLOSED_HAT: "X.x.X.x.X.x.X...", KICK: "X..x..x.X.x...x.",
             SNARE: "....X..o....X..o",
             TAMBOURINE: "..x...x...x...x."},
        ),
        ("ballad", (4, 4)): _drums(
            {SHAKER: "x...o...x...o...", KICK: "x..............."},
            {CLOSED_HAT: "x...o...x...o...", KICK: "X.........x.....", RIM: "........X......."},
            {CLOSED_HAT: "x.o.x.o.x.o.x.o.", KICK: "X.....x...x.....", SNARE: "........X......."},
            {RIDE: "x.o.x.o.x.o.x.o.", KICK: "X.....x.x.x.....", SNARE: "....X.......X..o"},
        ),
        ("lofi", (4, 4)): _drums(
            {CLOSED_HAT: "x...o...x...o...", KICK: "X..............."},
            {CLOSED_HAT: "x.o.x.o.x.o.x.o.", KICK: "X......x..x.....", RIM: "....x.......x..."},
            {CLOSED_HAT: "x.o.x.oox.o.x.o.", KICK: "X..o...x..x.....", SNARE: "....x.......x..o"},
            {CLOSED_HAT: "x.oox.o.x.oox.o.", KICK: "X..o...x..X...o.", SNARE: "....X..o.o..X..."},
        ),
        ("rock", (4, 4)): _drums(
            {CLOSED_HAT: "X...x...X...x...", KICK: "X.......X......."},
            {CLOSED_HAT: "X.x.X.x.X.x.X.x.", KICK: "X.....x.X.......", SNARE: "....X.......X..."},
            {OPEN_HAT: "X...X...X...X...", KICK: "X.....x.X.x.....", SNARE: "....X.......X..."},
            {RIDE: "X.x.X.x.X.x.X.x.", OPEN_HAT: "....x.......x...", KICK: "X.x...x.X.x...x.",
             SNARE: "....X..o....X.oo"},
        ),
        ("electronic", (4, 4)): _drums(
            {CLOSED_HAT: "..x...x...x...x.", KICK: "X..............."},
            {CLOSED_HAT: "..x...x...x...x.", KICK: "X...X...X...X..."},
            {OPEN_HAT: "..x...x...x...x.", CLOSED_HAT: "x.o.x.o.x.o.x.o.", KICK: "X...X...X...X...",
             CLAP: "....X.......X..."},
            {OPEN_HAT: "..X...X...X...X.", CLOSED_HAT: "xoxoxoxoxoxoxoxo", KICK: "X...X...X...X..x",
             CLAP: "....X.......X...",
             TAMBOURINE: "..x...x...x...x."},
        ),
        ("jazz", (4, 4)): _drums(
            {RIDE: "x...x.o.x...x.o.", PEDAL_HAT: "....x.......x..."},
            {RIDE: "x...X.o.x...X.o.", PEDAL_HAT: "....x.......x...", KICK: "o...o...o...o..."},
            {RIDE: "x...X.o.x...X.o.", PEDAL_HAT: "....x.......x...", KICK: "o.....o.o.......",
             BRUSH: "......o.......o."},
            {RIDE: "X...X.x.X...X.x.", PEDAL_HAT: "....x.......x...", KICK: "x.....o.o.....o.",
             SNARE: "..o...x...o...o."},
        ),
        ("epic", (4, 4)): _drums(
            {LOW_TOM: "X..............."},
            {LOW_TOM: "X.......x.x.....", KICK: "X..............."},
            {LOW_TOM: "X..x..x.X..x..x.", KICK: "X.......X......."},
            {LOW_TOM: "X.xxx.x.X.xxx.x.", MID_TOM: "......x.......xx", KICK: "X...x...X...x...",
             SNARE: "....X.......X..."},
        ),
        ("folk", (4, 4)): _drums(
            {SHAKER: "x...x...x...x..."},
            {SHAKER: "x.o.x.o.x.o.x.o.", KICK: "x.......x......."},
            {TAMBOURINE: "....x.......x...", SHAKER: "x.o.x.o.x.o.x.o.", KICK: "X.....x.x......."},
            {TAMBOURINE: "..x.X.x...x.X.x.", SHAKER: "x.o.x.o.x.o.x.o.", KICK: "X.....x.X.....x."},
        ),
        ("pop", (3, 4)): _drums(
            {CLOSED_HAT: "x...x...x...", KICK: "x..........."},
            {CLOSED_HAT: "x.o.x.o.x.o.", KICK: "X...........", RIM: "........x..."},
            {CLOSED_HAT: "x.o.x.o.x.o.", KICK: "X.....x.....", SNARE: "....o...X..."},
            {RIDE: "x.x.x.x.x.x.", KICK: "X.....x...x.", SNARE: "....x...X..."},
        ),
        ("folk", (3, 4)): _drums(
            {SHAKER: "....o...o..."},
            {SHAKER: "x...x...x...", KICK: "x..........."},
            {SHAKER: "x.o.x.o.x.o.", KICK: "X...........", TAMBOURINE: "....x...x..."},
            {SHAKER: "x.o.x.o.x.o.", KICK: "X.......o...", TAMBOURINE: "....X...X.o."},
        ),
        ("jazz", (3, 4)): _drums(
            {RIDE: "x...o...o..."},
            {RIDE: "x...x.o.x...", PEDAL_HAT: "....x...x..."},
            {RIDE: "x...x.o.x...", PEDAL_HAT: "....x...x...", KICK: "o..........."},
            {RIDE: "X...x.x.x.o.", PEDAL_HAT: "....x...x...", KICK: "x.....o.....", SNARE: "......o...o."},
        ),
        ("epic", (3, 4)): _drums(
            {LOW_TOM: "X..........."},
            {LOW_TOM: "X.......x...", KICK: "X..........."},
            {LOW_TOM: "X..x..x.x.x.", KICK: "X..........."},
            {LOW_TOM: "X.xxx.x.x.xx", KICK: "X.......x...", SNARE: "....x...X..."},
        ),
        ("rock", (3, 4)): _drums(
            {CLOSED_HAT: "X...x...x...", KICK: "X..........."},
            {CLOSED_HAT: "X.x.x.x.x.x.", KICK: "X.....x.....", SNARE: "........X..."},
            {OPEN_HAT: "X...x...x...", KICK: "X.....x.....", SNARE: "....x...X..."},
            {RIDE: "X.x.X.x.X.x.", KICK: "X.x...x...x.", SNARE: "....X...X..."},
        ),
        ("electronic", (3, 4)): _drums(
            {CLOSED_HAT: "..x...x...x.", KICK: "X..........."},
            {CLOSED_HAT: "..x...x...x.", KICK: "X...x...x..."},
            {OPEN_HAT: "..x...x...x.", CLOSED_HAT: "x.o.x.o.x.o.", KICK: "X...x...x...", CLAP: "........X..."},
            {OPEN_HAT: "..x...x...x.", CLOSED_HAT: "xoxoxoxoxoxo", KICK: "X...X...X...", CLAP: "........X..."},
        ),
        ("pop", (6, 8)): _drums(
            {CLOSED_HAT: "x.....x.....", KICK: "x..........."},
            {CLOSED_HAT: "x.o.o.x.o.o.", KICK: "X...........", RIM: "......x....."},
            {CLOSED_HAT: "x.o.o.x.o.o.", KICK: "X.......x...", SNARE: "......X....."},
            {RIDE: "x.x.x.x.x.x.", KICK: "X...x...x.x.", SNARE: "......X...o."},
        ),
        ("rock", (6, 8)): _drums(
            {CLOSED_HAT: "X.....x.....", KICK: "X..........."},
            {CLOSED_HAT: "X.x.x.X.x.x.", KICK: "X.........x.", SNARE: "......X....."},
            {OPEN_HAT: "X.....x.....", KICK: "X...x.....x.", SNARE: "......X....."},
            {RIDE: "X.x.x.X.x.x.", KICK: "X.x.x.x.x.x.", SNARE: "......X...oo"},
        ),
        ("epic", (6, 8)): _drums(
            {LOW_TOM: "X..........."},
            {LOW_TOM: "X.....x.x...", KICK: "X..........."},
            {LOW_TOM: "X.x.x.X.x.x.", KICK: "X.....x....."},
            {LOW_TOM: "X.xxx.X.xxx.", KICK: "X.....X.....", SNARE: "......X...xx"},
        ),
    }
)  # fmt: skip

FILLS: Mapping[Metre, tuple[DrumPattern, ...]] = MappingProxyType(
    {
        (4, 4): _drums(
            {SNARE: "............o.x.", KICK: "X.....x........."},
            {SNARE: "........x.x.....", MID_TOM: "............x...", LOW_TOM: "..............x.",
             KICK: "X.....x........."},
            {SNARE: "....X...xxx.....", HIGH_TOM: "...........xx...", MID_TOM: ".............x..",
             LOW_TOM: "..............xX",
             KICK: "X.....x.x......."},
        ),
        (3, 4): _drums(
            {SNARE: "........o.x.", KICK: "X..........."},
            {SNARE: "......x.....", MID_TOM: "........x...", LOW_TOM: "..........x.", KICK: "X..........."},
            {SNARE: "....x.xx....", HIGH_TOM: "........xx..", LOW_TOM: "..........xX", KICK: "X..........."},
        ),
        (6, 8): _drums(
            {SNARE: "......x.o.o.", KICK: "X..........."},
            {SNARE: "......X.....", MID_TOM: "........x...", LOW_TOM: "..........x.", KICK: "X..........."},
            {SNARE: "......Xxx...", HIGH_TOM: "........xx..", LOW_TOM: "..........xX", KICK: "X...x......."},
        ),
    }
)  # fmt: skip

CHORDS: Mapping[tuple[str, Metre], tuple[str, ...]] = MappingProxyType(
    {
        ("held", (4, 4)): ("C...............", "C.......C.......", "C.......C...C..."),
        ("pulse", (4, 4)): ("C...C...C...C...", "C...C...C...C.C.", "C.C.C.C.C.C.C.C."),
        ("broken", (4, 4)): ("0...1...2...1...", "0.1.2.1.3.2.1.2.", "0.1.2.3.4.3.2.1."),
        ("flowing", (4, 4)): ("0.1.2.1.0.1.2.1.", "0.1.2.3.2.1.2.3.", "0123210301232103"),
        ("push", (4, 4)): ("C.....C.....C...", "C.....U...C.U...", "C..U..C..UC.U.U."),
        ("strum", (4, 4)): ("C...U...C...U...", "C...C.UU..U.C.U.", "C.U.C.UUC.U.C.UU"),
        ("offbeat", (4, 4)): ("-...C.-.-...C.-.", "-.C.-.C.-.C.-.C.", "C.-.C.C.-.C.C.-."),
        ("comp", (4, 4)): ("....C-........C-", "C-....C-......C.", "..C-..C-...C-.C-"),
        ("drive", (4, 4)): ("C...C...C...C...", "C.0.0.0.0.0.0.0.", "C.0.0.0.C.0.C.0."),
        ("arp", (4, 4)): ("0.1.2.3.4.3.2.1.", "0.2.1.3.2.4.3.1.", "0123432104321234"),
        ("held", (3, 4)): ("C...........", "C.......C...", "C...C...C..."),
        ("waltz", (3, 4)): ("0...U...U...", "0...U...U.U.", "0.1.U.1.U.2."),
        ("broken", (3, 4)): ("0...1...2...", "0.1.2.3.2.1.", "0.1.2.3.4.3."),
        ("flowing", (3, 4)): ("0.1.2.1.2.1.", "0.1.2.3.2.1.", "012321031232"),
        ("pulse", (3, 4)): ("C...C...C...", "C...C...C.C.", "C.C.C.C.C.C."),
        ("held", (6, 8)): ("C...........", "C.....C.....", "C.....C...C."),
        ("broken", (6, 8)): ("0.....2.....", "0.1.2.3.2.1.", "0.1.2.3.4.3."),
        ("flowing", (6, 8)): ("0.1.2.0.1.2.", "0.1.2.3.2.1.", "0.1.2.3.4.2."),
        ("waltz", (6, 8)): ("0...U.0...U.", "0.U.U.0.U.U.", "0.U.U.1.U.U."),
        ("pulse", (6, 8)): ("C.....C.....", "C...C.C...C.", "C.C.C.C.C.C."),
    }
)

BASS: Mapping[tuple[str, Metre], tuple[str, ...]] = MappingProxyType(
    {
        ("held", (4, 4)): ("R...............", "R.......R.......", "R.......5.....A."),
        ("root", (4, 4)): ("R.......R.......", "R.....R.R.....A.", "R..R..R.R..R..A."),
        ("drive", (4, 4)): ("R...R...R...R...", "R.R.R.R.R.R.R.A.", "R.R.R.R.R.RRR.A."),
        ("bounce", (4, 4)): ("R.......5.......", "R.....R.5.....A.", "R..R..8.5..5..A."),
        ("octave", (4, 4)): ("R...8...R...8...", "..R...R...R...R.", "R.8.R.8.R.8.R.A."),
        ("walk", (4, 4)): ("R.......5.......", "R...3...5...A...", "R...3...5...A.A."),
        ("lazy", (4, 4)): ("R...............", "R.....R...5.....", "R......R..5...A."),
        ("held", (3, 4)): ("R...........", "R.......5...", "R.......A..."),
        ("root", (3, 4)): ("R...........", "R.......R...", "R.....R.A..."),
        ("drive", (3, 4)): ("R...R...R...", "R.R.R.R.R.A.", "R.R.R.R.RRA."),
        ("walk", (3, 4)): ("R.......5...", "R...3...A...", "R...5...A.A."),
        ("held", (6, 8)): ("R...........", "R.....5.....", "R.....R...A."),
        ("root", (6, 8)): ("R.....R.....", "R...R.R...A.", "R...R.5...A."),
        ("drive", (6, 8)): ("R.....R.....", "R.R.R.R.R.A.", "R.R.R.R.R.A."),
    }
)

_KIN = {
    "ballad": "pop", "lofi": "pop", "folk": "pop", "jazz": "pop", "electronic": "rock",
    "push": "pulse", "strum": "waltz", "offbeat": "waltz", "waltz": "broken", "comp": "held", "drive": "pulse",
    "arp": "flowing", "bounce": "root", "octave": "drive", "walk": "root", "lazy": "root",
}  # fmt: skip

MELODY_BARS: Mapping[Metre, tuple[tuple[str, int], ...]] = MappingProxyType(
    {
        (3, 4): (
            ("x.......x...", 8), ("x...x...x...", 8), ("x.....x.x...", 7), ("x...x.x.x...", 6),
             ("x...x...x.x.", 6),
            ("x.x.x.x.x...", 5), ("x.......x.x.", 6), ("x...........", 4), ("x.x.x...x...", 5),
             ("x...x.x.x.x.", 4),
            ("x.x.x.x.x.x.", 3), ("..x.x.x.x...", 3), ("x.....x.x.x.", 4), ("x..xx...x...", 2),
             ("x.......x..x", 1),
        ),
        (6, 8): (
            ("x.....x.....", 6), ("x...x.x...x.", 9), ("x.x.x.x.....", 7), ("x...x.x.....", 7),
             ("x.x.x.x...x.", 6),
            ("x...x.x.x.x.", 6), ("x.....x.x.x.", 5), ("x..xx.x.....", 3), ("x..xx.x...x.", 3),
             ("x.x.x.x.x.x.", 4),
            ("x...........", 3), ("..x.x.x.....", 2),
        ),
    }
)  # fmt: skip
"""Sung bars in three; those in four come from the counted songs of `melody_tables.json`."""


def steps_in_bar(metre: Metre) -> int:
    """Grid characters in a bar: sixteenths, 16 in 4/4, 12 in 3/4 and 6/8."""
    return metre[0] * 16 // metre[1]


def strength(step: int, metre: Metre) -> int:
    """How strong a sixteenth of the bar is: 0 downbeat, 1 second accent, 2 beat, 3 eighth, 4 sixteenth."""
    place = step % steps_in_bar(metre)
    if place == 0:
        return 0
    if metre == (6, 8):
        return 1 if place == 6 else 3 if place % 2 == 0 else 4
    if place % 4 == 0:
        return 1 if metre == (4, 4) and place == 8 else 2
    return 3 if place % 2 == 0 else 4


def _levels(library: Mapping[tuple[str, Metre], tuple[T, ...]], name: str, metre: Metre) -> tuple[T, ...]:
    """The levels of pattern `name` in `metre`; a family that has none there lends its nearest kin's."""
    while (name, metre) not in library:
        name = _KIN[name]
    return library[name, metre]


def drum_levels(name: str, metre: Metre) -> tuple[DrumPattern, ...]:
    return _levels(DRUMS, name, metre)


def chord_levels(name: str, metre: Metre) -> tuple[str, ...]:
    return _levels(CHORDS, name, metre)


def bass_levels(name: str, metre: Metre) -> tuple[str, ...]:
    return _levels(BASS, name, metre)


def level_of(energy: float, levels: int, floor: int = 0) -> int:
    """Which of `levels` patterns a section of `energy` 0…1 plays."""
    return max(floor, min(levels - 1, int(energy * levels)))
