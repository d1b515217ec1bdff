"""Reading a SoundFont: a shelf of recorded notes, and for each how to play it.

A SoundFont 2 file is a RIFF file of three lists: INFO (its name), sdta (all recordings, 16-bit, one after
the other) and pdta, nine tables that point into each other. A *preset* (what MIDI calls a program) layers
*instruments*, an instrument layers *samples*; each layer is a *zone*: a range of keys and velocities with
*generators*, numbers for tuning, loop, filter and envelopes. An instrument's generators are absolute, a
preset's are added to them. The recordings stay in the file and are mapped, not read.
Source: SoundFont Technical Specification 2.04, sections 4 to 9.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from museaika.errors import Invalid

BUNDLED = Path(__file__).parent / "bank" / "museaika.sf2"
DRUM_BANK = 128

TABLES: Mapping[str, np.dtype[np.void]] = {
    "phdr": np.dtype(
        [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("rest", "<u4", 3)]
    ),
    "pbag": np.dtype([("gen", "<u2"), ("mod", "<u2")]),
    "pmod": np.dtype([("source", "<u2"), ("dest", "<u2"), ("amount", "<i2"), ("by", "<u2"), ("curve", "<u2")]),
    "pgen": np.dtype([("oper", "<u2"), ("amount", "<i2")]),
    "inst": np.dtype([("name", "S20"), ("bag", "<u2")]),
    "ibag": np.dtype([("gen", "<u2"), ("mod", "<u2")]),
    "imod": np.dtype([("source", "<u2"), ("dest", "<u2"), ("amount", "<i2"), ("by", "<u2"), ("curve", "<u2")]),
    "igen": np.dtype([("oper", "<u2"), ("amount", "<i2")]),
    "shdr": np.dtype(
        [("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"),
         ("rate", "<u4"), ("pitch", "u1"), ("correction", "i1"), ("link", "<u2"), ("kind", "<u2")]
    ),
}  # fmt: skip
"""The nine tables of `pdta`, in their order, with the layout of one row."""

GENERATORS: Mapping[int, tuple[str, int]] = {
    0: ("start_offset", 0), 1: ("end_offset", 0), 2: ("loop_start_offset", 0), 3: ("loop_end_offset", 0),
    4: ("start_coarse", 0), 12: ("end_coarse", 0), 45: ("loop_start_coarse", 0), 50: ("loop_end_coarse", 0),
    5: ("mod_lfo_to_pitch", 0), 6: ("vib_lfo_to_pitch", 0), 7: ("mod_env_to_pitch", 0),
    8: ("filter_cutoff", 13500), 9: ("filter_q", 0), 10: ("mod_lfo_to_filter", 0),
    11: ("mod_env_to_filter", 0), 13: ("mod_lfo_to_volume", 0), 17: ("pan", 0),
    21: ("mod_lfo_delay", -12000), 22: ("mod_lfo_freq", 0), 23: ("vib_lfo_delay", -12000),
    24: ("vib_lfo_freq", 0),
    25: ("mod_delay", -12000), 26: ("mod_attack", -12000), 27: ("mod_hold", -12000),
    28: ("mod_decay", -12000), 29: ("mod_sustain", 0), 30: ("mod_release", -12000), 31: ("key_to_mod_hold", 0),
    32: ("key_to_mod_decay", 0),
    33: ("vol_delay", -12000), 34: ("vol_attack", -12000), 35: ("vol_hold", -12000),
    36: ("vol_decay", -12000), 37: ("vol_sustain", 0), 38: ("vol_release", -12000), 39: ("key_to_vol_hold", 0),
    40: ("key_to_vol_decay", 0),
    41: ("instrument", -1), 43: ("keys", 0x7F00), 44: ("velocities", 0x7F00), 46: ("fixed_key", -1),
    47: ("fixed_velocity", -1), 48: ("attenuation", 0), 51: ("coarse_tune", 0), 52: ("fine_tune", 0),
    53: ("sample", -1), 54: ("loop_mode", 0), 56: ("scale_tuning", 100), 57: ("exclusive_class", 0),
    58: ("root_key", -1),
}  # fmt: skip
"""Number → (name, default). Times in timecents, pitches in cents, levels in centibels (section 8.1.3)."""

_NUMBER = {name: number for number, (name, _) in GENERATORS.items()}
_INSTRUMENT, _SAMPLE = _NUMBER["instrument"], _NUMBER["sample"]
_RANGES = (_NUMBER["keys"], _NUMBER["velocities"])

Generators = dict[int, int]


@dataclass(frozen=True, slots=True)
class Sample:
    """One recording: `wave` int16 mono at `rate` Hz, sounding `pitch` (MIDI key) as recorded once corrected
    by `correction` cents; `loop` (start, end) in samples from its beginning."""

    name: str
    wave: npt.NDArray[np.int16]
    rate: int
    pitch: int
    correction: int
    loop: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """A recording with the generators that apply to it, preset and instrument level already added."""

    sample: Sample
    keys: tuple[int, int]
    velocities: tuple[int, int]
    generators: Mapping[str, int] = field(repr=False)

    def __getitem__(self, name: str) -> int:
        return self.generators[name]

    def answers(self, key: int, velocity: int) -> bool:
        return self.keys[0] <= key <= self.keys[1] and self.velocities[0] <= velocity <= self.velocities[1]


@dataclass(frozen=True, slots=True, eq=False)
class Preset:
    """An instrument as a player picks it: `zones` that may sound together."""

    name: str
    bank: int
    program: int
    zones: tuple[Zone, ...]

    def zones_for(self, key: int, velocity: int) -> list[Zone]:
        """The zones that sound for a key 0…127 struck with a velocity 1…127; none is silence."""
        return [zone for zone in self.zones if zone.answers(key, velocity)]


def read_chunks(path: Path) -> dict[str, npt.NDArray[np.uint8]]:
    """Map a SoundFont and return its chunks by name ("smpl", "phdr", …) as views of bytes.

    Raises:
        Invalid: it is not a readable RIFF file of form `sfbk`, or a table is missing.
    """
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as error:
        raise Invalid(f"The sound bank {path.name} cannot be opened: {error}.", code="bad_sound_bank") from None
    if len(data) < 12 or bytes(data[:4]) != b"RIFF" or bytes(data[8:12]) != b"sfbk":
        raise _bad(path, "it is not a SoundFont 2 file")
    found: dict[str, npt.NDArray[np.uint8]] = {}
    for name, start, size in _walk(data, 12, len(data)):
        if name == "LIST":
            for inner, at, length in _walk(data, start + 4, start + size):
                found[inner] = data[at : at + length]
    if missing := [name for name in ("smpl", *TABLES) if name not in found]:
        raise _bad(path, f"its {missing[0]} chunk is missing, the file may be cut short")
    return found


def _walk(data: npt.NDArray[np.uint8], start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Chunks (name, first byte, size). Some writers forget the pad byte after an odd size: look for it."""
    while start + 8 <= end:
        name = bytes(data[start : start + 4]).decode("latin-1")
        size = int(data[start + 4 : start + 8].view("<u4")[0])
        if start + 8 + size > len(data):
            return
        yield name, start + 8, size
        start += 8 + size
        if size % 2 and start < end and data[start] == 0:
            start += 1


def read_tables(chunks: Mapping[str, npt.NDArray[np.uint8]], path: Path) -> dict[str, npt.NDArray[np.void]]:
    """The nine tables as structured arrays; the last row of each is its terminator."""
    tables = {}
    for name, layout in TABLES.items():
        if len(chunks[name]) % layout.itemsize or not len(chunks[name]):
            raise _bad(path, f"its table {name} has an impossible size")
        tables[name] = np.frombuffer(chunks[name].tobytes(), dtype=layout)
    return tables


class Bank:
    """A loaded SoundFont: its presets, built when first asked for."""

    def __init__(self, path: Path, samples: npt.NDArray[np.int16], tables: dict[str, npt.NDArray[np.void]]):
        self.path = path
        self._samples, self._tables = samples, tables
        heads = tables["phdr"][:-1]
        self._index = {(int(h["bank"]), int(h["program"])): i for i, h in enumerate(heads)}
        self._presets: dict[tuple[int, int], Preset] = {}

    @classmethod
    def load(cls, path: Path = BUNDLED) -> Bank:
        """Open a SoundFont 2 file (16-bit samples); without a path, the bank that comes with the package.

        Raises:
            Invalid: code `bad_sound_bank`: unreadable, not SoundFont 2, or with compressed samples (SF3).
        """
        chunks = read_chunks(path)
        if len(chunks["ifil"]) == 4 and int(chunks["ifil"][:2].view("<u2")[0]) != 2:
            raise _bad(path, "its samples are compressed (SoundFont 3), give one with plain samples (.sf2)")
        smpl = chunks["smpl"]
        return cls(path, smpl[: len(smpl) // 2 * 2].view("<i2"), read_tables(chunks, path))

    @property
    def programs(self) -> frozenset[int]:
        """The General MIDI programs 0…127 that this bank can play."""
        return frozenset(program for bank, program in self._index if bank == 0)

    def preset(self, program: int, *, drums: bool = False) -> Preset:
        """The preset of a program 0…127, or the standard drum kit.

        Raises:
            Invalid: code `unknown_program`, naming the programs that the bank has.
        """
        key = (DRUM_BANK, 0) if drums else (0, program)
        if key not in self._index:
            wanted = "a drum kit" if drums else f"program {program}"
            has = ", ".join(map(str, sorted(self.programs)))
            raise Invalid(
                f"The sound bank {self.path.name} has no {wanted}. It has the programs {has}.",
                code="unknown_program",
            )
        if key not in self._presets:
            try:
                self._presets[key] = self._build(self._index[key])
            except (IndexError, ValueError) as error:
                raise _bad(self.path, f"its tables point outside the file ({error})") from None
        return self._presets[key]

    def _build(self, i: int) -> Preset:
        head, after = self._tables["phdr"][i : i + 2]
        zones = []
        for over in self._generator_sets("p", int(head["bag"]), int(after["bag"]), _INSTRUMENT):
            inst, following = self._tables["inst"][over[_INSTRUMENT] : over[_INSTRUMENT] + 2]
            for base in self._generator_sets("i", int(inst["bag"]), int(following["bag"]), _SAMPLE):
                if (zone := self._zone(base, over)) is not None:
                    zones.append(zone)
        name = head["name"].split(b"\0")[0].decode("latin-1").strip()
        return Preset(name, int(head["bank"]), int(head["program"]), tuple(zones))

    def _generator_sets(self, level: str, first: int, last: int, link: int) -> Iterator[Generators]:
        """One dictionary per zone, a leading global zone merged into each."""
        bags, gens = self._tables[f"{level}bag"], self._tables[f"{level}gen"]
        shared: Generators = {}
        for i in range(first, last):
            rows = gens[bags[i]["gen"] : bags[i + 1]["gen"]]
            own = {int(row["oper"]): int(row["amount"]) for row in rows}
            if link in own:
                yield {**shared, **own}
            elif i == first:
                shared = own

    def _zone(self, base: Generators, over: Generators) -> Zone | None:
        """Add a preset zone to an instrument zone; None where their ranges do not meet."""
        keys, velocities = (_meet(base.get(n, 0x7F00), over.get(n, 0x7F00)) for n in _RANGES)
        if keys[0] > keys[1] or velocities[0] > velocities[1]:
            return None
        values = {}
        for number, (name, default) in GENERATORS.items():
            added = 0 if number in _RANGES or number in (_SAMPLE, _INSTRUMENT) else over.get(number, 0)
            values[name] = base.get(number, default) + added
        return Zone(self._sample(base[_SAMPLE], values), keys, velocities, values)

    def _sample(self, i: int, g: Mapping[str, int]) -> Sample:
        head = self._tables["shdr"][i]
        start = int(head["start"]) + g["start_offset"] + 32768 * g["start_coarse"]
        end = int(head["end"]) + g["end_offset"] + 32768 * g["end_coarse"]
        if not 0 <= start < end <= len(self._samples) or not int(head["rate"]):
            raise ValueError(f"sample {i} from {start} to {end}")
        loop = (
            int(head["loop_start"]) + g["loop_start_offset"] + 32768 * g["loop_start_coarse"] - start,
            int(head["loop_end"]) + g["loop_end_offset"] + 32768 * g["loop_end_coarse"] - start,
        )
        name = head["name"].split(b"\0")[0].decode("latin-1")
        wave = self._samples[start:end]
        return Sample(name, wave, int(head["rate"]), int(head["pitch"]), int(head["correction"]), loop)


def _meet(one: int, other: int) -> tuple[int, int]:
    """The overlap of two packed ranges (low in the low byte, high in the high byte)."""
    return max(one & 0x7F, other & 0x7F), min(one >> 8 & 0x7F, other >> 8 & 0x7F)


def _bad(path: Path, why: str) -> Invalid:
    return Invalid(f"The sound bank {path.name} cannot be used: {why}.", code="bad_sound_bank")
