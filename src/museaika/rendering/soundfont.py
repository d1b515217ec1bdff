"""A SoundFont as a musician sees it: instruments, each a set of recordings and how to play them.

A *preset* (what MIDI calls a program) layers *instruments*, an instrument layers *samples*; each layer is a
*zone*: a range of keys and velocities with *generators*, numbers for tuning, loop, filter and envelopes. An
instrument's generators are absolute, a preset's are added to them (SoundFont Technical Specification 2.04,
section 9). The recordings stay in the file and are mapped, not read. Modulators are left aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from museaika.errors import Invalid
from museaika.rendering.sf2 import GENERATORS, Tables, bad_bank, read_chunks, read_tables

BUNDLED = Path(__file__).parent / "bank" / "museaika.sf2"
DRUM_BANK = 128

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


class Bank:
    """A loaded SoundFont: its presets, built when first asked for."""

    def __init__(self, path: Path, samples: npt.NDArray[np.int16], tables: Tables):
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
            raise bad_bank(path, "its samples are compressed (SoundFont 3), give one with plain samples (.sf2)")
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
                raise bad_bank(self.path, f"its tables point outside the file ({error})") from None
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
