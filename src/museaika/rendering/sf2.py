"""The SoundFont 2 file format: a RIFF file of three lists, and nine tables that point into each other.

INFO holds its name, sdta all recordings (16-bit, one after the other), pdta the tables: presets, instruments
and samples with their zones ("bags") of generators. Source: SoundFont Technical Specification 2.04,
sections 4 to 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from museaika.errors import Invalid

Chunks = dict[str, npt.NDArray[np.uint8]]
Tables = dict[str, npt.NDArray[np.void]]

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


def read_chunks(path: Path) -> Chunks:
    """Map a SoundFont and return its chunks by name ("smpl", "phdr", …) as views of bytes.

    Raises:
        Invalid: it is not a readable RIFF file of form `sfbk`, or a table is missing.
    """
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as error:
        raise Invalid(f"The sound bank {path.name} cannot be opened: {error}.", code="bad_sound_bank") from None
    if len(data) < 12 or bytes(data[:4]) != b"RIFF" or bytes(data[8:12]) != b"sfbk":
        raise bad_bank(path, "it is not a SoundFont 2 file")
    found: Chunks = {}
    for name, start, size in _walk(data, 12, len(data)):
        if name == "LIST":
            for inner, at, length in _walk(data, start + 4, start + size):
                found[inner] = data[at : at + length]
    if missing := [name for name in ("smpl", *TABLES) if name not in found]:
        raise bad_bank(path, f"its {missing[0]} chunk is missing, the file may be cut short")
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


def read_tables(chunks: Chunks, path: Path) -> Tables:
    """The nine tables as structured arrays; the last row of each is its terminator."""
    tables = {}
    for name, layout in TABLES.items():
        if len(chunks[name]) % layout.itemsize or not len(chunks[name]):
            raise bad_bank(path, f"its table {name} has an impossible size")
        tables[name] = np.frombuffer(chunks[name].tobytes(), dtype=layout)
    return tables


def bad_bank(path: Path, why: str) -> Invalid:
    """The error for a file that is no usable bank."""
    return Invalid(f"The sound bank {path.name} cannot be used: {why}.", code="bad_sound_bank")
