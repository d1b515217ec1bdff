"""Cut the bundled SoundFont out of FluidR3Mono_GM (MIT): the presets that the composer uses, in plain samples.

    python training/soundfont/make_bank.py --source /usr/share/sounds/sf3/FluidR3Mono_GM.sf3

Needs sox (the source, Debian's package fluidr3mono-gm-soundfont, keeps its samples as Ogg Vorbis; ffmpeg
loses the last samples of some, and with them the ends of loops). Every
preset becomes one instrument with preset and instrument generators already added up. What is cut, as the
table CUTS says: of the recordings only those at the given roots stay, each stretched to the middle of its
neighbours; they are resampled; the longer ones end in a new, crossfaded loop. Where a string was struck or
plucked, the decay recorded after that point moves from the recording into its envelope. Prints the card.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log2
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from museaika.rendering.sf2 import GENERATORS, TABLES, read_chunks, read_tables
from museaika.rendering.soundfont import BUNDLED, Bank, Preset, Sample, Zone

Samples = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cut:
    """What stays of a preset: sample `rate` in Hz, at most `longest` seconds a recording, the `roots` kept
    (empty: all), a loop of `loop` seconds (from, to), and whether its sound dies away by itself."""

    rate: int
    longest: float = 60.0
    roots: tuple[int, ...] = ()
    loop: tuple[float, float] = (0.15, 0.35)
    struck: bool = False


PIANO_ROOTS = (26, 34, 42, 50, 54, 58, 62, 66, 70, 74, 78, 84, 90, 99)
CUTS = {
    0: Cut(28000, 1.35, PIANO_ROOTS, struck=True),
    4: Cut(22050, 1.0, (24, 36, 48, 55, 60, 67, 72, 79, 91), struck=True),
    10: Cut(28000, 0.5, (44, 55, 64, 73, 79, 88), struck=True),
    11: Cut(32000),
    16: Cut(32000),
    24: Cut(26000, 0.95, (40, 45, 50, 55, 59, 64, 69, 76), struck=True),
    25: Cut(28000, 0.95, (40, 45, 50, 55, 59, 64, 71, 76), struck=True),
    27: Cut(22050, 1.0, (40, 45, 50, 55, 59, 64, 71), struck=True),
    30: Cut(22050, 1.1, (40, 45, 50, 55, 59, 64, 71), struck=True),
    32: Cut(20000, 0.9, (28, 36, 41, 46, 54), struck=True),
    33: Cut(20000, 1.1, (28, 32, 36, 41, 48), struck=True),
    35: Cut(20000, 1.0, (28, 34, 38, 44, 48, 62, 76), struck=True),
    38: Cut(44100),
    40: Cut(30000, 0.95, (56, 62, 68, 74, 80, 86, 92)),
    42: Cut(26000, 1.0, (37, 43, 49, 55, 61, 67, 73)),
    48: Cut(25000, 1.15, (31, 37, 43, 49, 52, 58, 64, 70, 76, 83), (0.5, 0.8)),
    50: Cut(32000),
    52: Cut(22050, 1.15, (39, 45, 51, 57, 63, 69, 75, 81), (0.5, 0.8)),
    56: Cut(32000),
    60: Cut(20000, 1.15, (39, 45, 51, 57, 63, 69, 75), (0.5, 0.8)),
    65: Cut(28000, 1.1, (50, 54, 58, 62, 67, 72, 76)),
    66: Cut(26000, 1.0, (47, 51, 55, 60, 65, 69)),
    68: Cut(28000),
    71: Cut(28000, 60, (52, 56, 59, 61, 65, 68, 72, 76, 80, 84)),
    73: Cut(28000, 1.0, (61, 67, 71, 74, 80, 84, 90)),
    80: Cut(44100),
    81: Cut(44100),
    88: Cut(30000, 1.6, loop=(0.6, 0.9)),
    89: Cut(28000),
    91: Cut(26000, 1.4, loop=(0.6, 0.9)),
}
DRUMS = {
    35: 0.4, 36: 0.4, 37: 0.4, 38: 0.6, 39: 0.4, 40: 0.6, 41: 0.8, 42: 0.4, 43: 0.8, 44: 0.4, 45: 0.8, 46: 1.1,
    47: 0.8, 48: 0.8, 49: 1.8, 50: 0.8, 51: 1.3, 53: 1.1, 54: 0.5, 56: 0.4, 57: 1.6, 59: 1.2, 69: 0.3, 70: 0.3,
    75: 0.3, 76: 0.3, 77: 0.3, 82: 0.5,
}  # fmt: skip
"""Keys of the drum kit that stay, with the seconds after which a stroke has faded."""
DRUM_RATE = 34000
LOW_DRUM_RATE = {35: 24000, 36: 24000, 41: 20000, 43: 20000, 45: 20000, 47: 20000, 48: 20000, 50: 20000}


def decoded_bank(path: Path) -> Bank:
    """The source with its Ogg Vorbis recordings decoded: SoundFont 3 gives byte offsets and relative loops."""
    chunks = read_chunks(path)
    tables = {name: rows.copy() for name, rows in read_tables(chunks, path).items()}
    compressed, heads = chunks["smpl"].tobytes(), tables["shdr"]
    parts: list[npt.NDArray[np.int16]] = []
    at = 0
    for head in heads[:-1]:
        ogg = compressed[head["start"] : head["end"]]
        command = ["sox", "-D", "-t", "ogg", "-", "-t", "s16", "-c", "1", "-"]
        wave = np.frombuffer(subprocess.run(command, input=ogg, capture_output=True, check=True).stdout, "<i2")
        head["start"], head["end"] = at, at + len(wave)
        head["loop_start"] += at
        head["loop_end"] += at
        parts.append(wave)
        at += len(wave)
    return Bank(path, np.concatenate(parts), tables)


def root_of(zone: Zone) -> int:
    return zone["root_key"] if zone["root_key"] >= 0 else zone.sample.pitch


def thinned(zones: list[Zone], roots: tuple[int, ...]) -> list[Zone]:
    """Keep the zones at `roots`; each key goes to the nearest."""
    if not roots:
        return zones
    kept = one_a_root([zone for zone in zones if root_of(zone) in roots])
    if missing := set(roots) - {root_of(zone) for zone in kept}:
        raise SystemExit(f"no recording at the roots {sorted(missing)}")
    limits = sorted(roots)
    edges = [0, *((a + b + 2) // 2 for a, b in pairwise(limits)), 128]
    ranges = {root: (low, high - 1) for root, low, high in zip(limits, edges, edges[1:], strict=False)}
    return [replace(zone, keys=ranges[root_of(zone)]) for zone in kept]


def one_a_root(zones: list[Zone]) -> list[Zone]:
    """Of neighbouring zones with one root and velocity range, the first; those that sound together all stay."""
    first: dict[tuple[int, tuple[int, int]], Zone] = {}
    out = []
    for zone in zones:
        leader = first.setdefault((root_of(zone), zone.velocities), zone)
        if leader is zone or (zone.keys[0] <= leader.keys[1] and leader.keys[0] <= zone.keys[1]):
            out.append(zone)
    return out


def open_ended(zones: list[Zone]) -> list[Zone]:
    """Let the lowest and the highest recordings of each layer answer the keys beyond them."""
    low, high = min(z.keys[0] for z in zones), max(z.keys[1] for z in zones)
    return [
        replace(z, keys=(0 if z.keys[0] == low else z.keys[0], 127 if z.keys[1] == high else z.keys[1]))
        for z in zones
    ]


def decibel_slope(wave: Samples, rate: int, first: float, last: float) -> float:
    """dB a second between two times, by a straight line through levels of 40 ms; never rising."""
    size = rate // 25
    frames = wave[: len(wave) // size * size].reshape(-1, size)
    level = 20 * np.log10(np.sqrt((frames**2).mean(axis=1)) + 1e-7)
    t = (np.arange(len(level)) + 0.5) / 25
    use = (t >= first) & (t <= last)
    return float(min(np.polyfit(t[use], level[use], 1)[0], 0.0)) if use.sum() > 2 else 0.0


def looped(
    wave: Samples, rate: int, end_s: float, lengths: tuple[float, float]
) -> tuple[Samples, tuple[int, int]]:
    """End the wave at `end_s` in a loop whose seam fits best, crossfaded over up to its whole length."""
    end, window = int(end_s * rate), int(0.04 * rate)
    last = wave[end - window : end]
    candidates = np.arange(int(lengths[0] * rate), min(int(lengths[1] * rate), end - window - 1))
    fits = np.array([_likeness(last, wave[end - window - n : end - n]) for n in candidates])
    length, likeness = int(candidates[fits.argmax()]), float(fits.max())
    fade = min(length, end - length, int(0.25 * rate))
    ramp = np.linspace(0, 1, fade)
    old, new = wave[end - fade : end], wave[end - fade - length : end - length]
    power = np.sqrt((1 - ramp) ** 2 + ramp**2 + 2 * max(likeness, 0) * ramp * (1 - ramp))
    out = wave[: end + 4].copy()
    out[end - fade : end] = (old * (1 - ramp) + new * ramp) / power
    out[end:] = out[end - length : end - length + 4]
    return out, (end - length, end)


def _likeness(a: Samples, b: Samples) -> float:
    return float(a @ b / np.sqrt((a @ a) * (b @ b) + 1e-12))


def seconds(timecents: int) -> float:
    return 0.0 if timecents <= -12000 else 2 ** (timecents / 1200)


def timecents(value: float) -> int:
    return round(1200 * log2(value)) if value > 0.001 else -12000


def resampled(wave: Samples, rate: int, to: int) -> Samples:
    """Change the rate exactly, the ends held so that no edge rings into the loop."""
    common = np.gcd(rate, to)
    return np.asarray(resample_poly(np.pad(wave, 64, mode="edge"), to // common, rate // common))[
        64 * to // rate :
    ]


class Shelf:
    """The cut recordings of the new bank, each kept once for all zones that share it and its cut."""

    def __init__(self) -> None:
        self.rows: list[tuple[Sample, Decay | None]] = []
        self._known: dict[tuple[object, ...], int] = {}

    def add(self, zone: Zone, cut: Cut) -> int:
        decay = Decay.of(zone) if cut.struck else None
        key = (zone.sample.name, len(zone.sample.wave), zone.sample.loop, decay, cut)
        if key not in self._known:
            self._known[key] = len(self.rows)
            self.rows.append(cut_sample(zone, cut))
        return self._known[key]


@dataclass(frozen=True, slots=True)
class Decay:
    """An envelope in dB: flat for `hold` seconds, then falling by `rate` dB a second, down to `floor`."""

    hold: float
    rate: float
    floor: float = -96.0

    @classmethod
    def of(cls, zone: Zone) -> Decay:
        hold = seconds(zone["vol_attack"]) + seconds(zone["vol_hold"])
        return cls(hold, 96 / max(seconds(zone["vol_decay"]), 0.001), -0.096 * zone["vol_sustain"])

    def at(self, t: Samples) -> Samples:
        return np.asarray(np.maximum(-self.rate * np.maximum(t - self.hold, 0), self.floor))


def ringing(zone: Zone, cut: Cut) -> tuple[Samples, Decay]:
    """The recording of a struck string levelled out, and the decay that brings its own course back.

    After the cut it falls as the whole note did there (recording, loop and envelope together); before it, it is
    exactly as loud as it was at any moment.
    """
    sample, before = zone.sample, Decay.of(zone)
    wave, (start, end) = sample.wave.astype(np.float64) / 32768, sample.loop
    after_s = cut.longest + 1.2
    laps = max(int(after_s * sample.rate) - end, 0) // (end - start) + 1
    unrolled = np.concatenate((wave[:end], np.tile(wave[start:end], laps)))
    t = np.arange(len(unrolled)) / sample.rate
    whole = unrolled * 10 ** (before.at(t) / 20)
    rate = -decibel_slope(whole, sample.rate, 0.7 * cut.longest, after_s)
    new = Decay(min(before.hold, 0.4 * cut.longest), max(rate, 1.0))
    return (whole * 10 ** (-new.at(t) / 20))[: len(wave)], new


def cut_sample(zone: Zone, cut: Cut) -> tuple[Sample, Decay | None]:
    """One recording, shortened, looped and resampled, and the decay its envelope has to take over."""
    sample, decay = zone.sample, None
    wave = sample.wave.astype(np.float64) / 32768
    rate, (start, end) = sample.rate, sample.loop
    is_looped = zone["loop_mode"] in (1, 3)
    if is_looped and end > cut.longest * rate:
        if cut.struck:
            wave, decay = ringing(zone, cut)
        wave, (start, end) = looped(wave, rate, cut.longest, cut.loop)
    elif is_looped:
        wave = np.concatenate((wave[:end], wave[start : start + 8]))
    else:
        n = min(len(wave), int(cut.longest * rate))
        fade = min(n, int(0.35 * n) if n < len(wave) else 64)
        wave = wave[:n] * np.concatenate((np.ones(n - fade), np.cos(np.linspace(0, np.pi / 2, fade)) ** 2))
        start, end = 0, n
    return _at_rate(sample, wave, min(cut.rate, rate), (start, end), is_looped), decay


def _at_rate(sample: Sample, wave: Samples, rate: int, loop: tuple[int, int], is_looped: bool) -> Sample:
    start, end = loop
    correction = float(sample.correction)
    if rate < sample.rate and len(wave) > 4000:
        # the loop must be whole samples long at the new rate: bend the rate a little and say so in cents
        new_length = max(round((end - start) * rate / sample.rate), 1)
        exact = new_length / (end - start) * sample.rate if is_looped else float(rate)
        positions = np.arange(int(len(wave) * exact / sample.rate)) * sample.rate / exact
        smooth = resampled(wave, sample.rate, rate)
        wave = (
            np.interp(positions * rate / sample.rate, np.arange(len(smooth)), smooth) if is_looped else smooth
        )
        start = round(start * exact / sample.rate)
        end = start + new_length if is_looped else len(wave)
        correction += 1200 * log2(exact / rate)
    else:
        rate = sample.rate
    peak = max(float(np.abs(wave).max()), 1e-9)
    plain = np.round(wave * min(1.0, 0.999 / peak) * 32767).astype(np.int16)
    return Sample(sample.name, plain, rate, sample.pitch, round(correction), (start, min(end, len(plain))))


def cut_zone(zone: Zone, cut: Cut, shelf: Shelf) -> tuple[dict[int, int], int]:
    """The generators of a new zone, in the order the format asks for, and its sample's index."""
    index = shelf.add(zone, cut)
    values = dict(zone.generators)
    if decay := shelf.rows[index][1]:
        values["vol_decay"], values["vol_sustain"] = timecents(96 / decay.rate), 1000
        values["vol_hold"] = timecents(decay.hold - seconds(values["vol_attack"]))
    generators = {
        number: values[name]
        for number, (name, default) in GENERATORS.items()
        if values[name] != default
        and not name.startswith(("start_", "end_", "loop_start", "loop_end"))
        and name not in ("keys", "velocities", "instrument", "sample")
    }
    generators[58] = root_of(zone)
    return {43: _pack(zone.keys), 44: _pack(zone.velocities), **generators, 53: index}, index


def _pack(bounds: tuple[int, int]) -> int:
    return bounds[0] | bounds[1] << 8


def cut_preset(preset: Preset, cut: Cut, shelf: Shelf) -> list[dict[int, int]]:
    zones = open_ended(thinned(list(preset.zones), cut.roots))
    return [cut_zone(zone, cut, shelf)[0] for zone in zones]


def cut_drums(preset: Preset, shelf: Shelf) -> list[dict[int, int]]:
    """One key a zone, so that each can be cut to its own length."""
    rows = []
    for key, longest in DRUMS.items():
        cut = Cut(LOW_DRUM_RATE.get(key, DRUM_RATE), longest)
        rows += [
            cut_zone(replace(zone, keys=(key, key)), cut, shelf)[0]
            for zone in preset.zones
            if zone.keys[0] <= key <= zone.keys[1]
        ]
    return rows


def write_bank(path: Path, presets: list[tuple[Preset, list[dict[int, int]]]], samples: list[Sample]) -> None:
    """Write a SoundFont 2.01 with one instrument per preset."""
    rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in TABLES}
    for preset, zones in presets:
        rows["phdr"].append((preset.name.encode(), preset.program, preset.bank, len(rows["pbag"]), (0, 0, 0)))
        rows["pbag"].append((len(rows["pgen"]), 0))
        rows["pgen"].append((41, len(rows["inst"])))
        rows["inst"].append((preset.name.encode(), len(rows["ibag"])))
        for zone in zones:
            rows["ibag"].append((len(rows["igen"]), 0))
            rows["igen"].extend(
                (number, np.uint16(value & 0xFFFF).astype(np.int16)) for number, value in zone.items()
            )
    smpl = []
    at = 0
    for sample in samples:
        loop = (at + sample.loop[0], at + sample.loop[1])
        name = sample.name.encode()[:19]
        rows["shdr"].append(
            (name, at, at + len(sample.wave), *loop, sample.rate, sample.pitch, sample.correction, 0, 1)
        )
        smpl += [sample.wave, np.zeros(46, np.int16)]
        at += len(sample.wave) + 46
    rows["phdr"].append((b"EOP", 0, 0, len(rows["pbag"]), (0, 0, 0)))
    rows["inst"].append((b"EOI", len(rows["ibag"])))
    rows["shdr"].append((b"EOS", *(0,) * 9))
    for bag, gen in (("pbag", "pgen"), ("ibag", "igen")):
        rows[bag].append((len(rows[gen]), 0))
        rows[gen].append((0, 0))
    for mod in ("pmod", "imod"):
        rows[mod].append((0,) * 5)
    texts = {"isng": "EMU8000", "INAM": "MuseAIka bank, cut from FluidR3Mono GM",
             "ICOP": "MIT. Frank Wen, Michael Cowgill and others; see LICENSE.txt"}  # fmt: skip
    info = {"ifil": b"\2\0\1\0"} | {name: _even(text.encode() + b"\0") for name, text in texts.items()}
    pdta = {name: np.array(rows[name], dtype=layout).tobytes() for name, layout in TABLES.items()}
    body = _list("INFO", info) + _list("sdta", {"smpl": np.concatenate(smpl).tobytes()}) + _list("pdta", pdta)
    path.write_bytes(_chunk("RIFF", b"sfbk" + body))


def _even(text: bytes) -> bytes:
    return text + b"\0" * (len(text) % 2)  # INFO counts its padding


def _chunk(name: str, data: bytes) -> bytes:
    return name.encode() + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2)


def _list(name: str, chunks: dict[str, bytes]) -> bytes:
    return _chunk("LIST", name.encode() + b"".join(_chunk(key, data) for key, data in chunks.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True, help="FluidR3Mono_GM.sf3")
    parser.add_argument("--out", type=Path, default=BUNDLED)
    args = parser.parse_args()
    source, shelf, presets, sizes = decoded_bank(args.source), Shelf(), [], {}
    for program, cut in [*CUTS.items(), (None, None)]:
        before = sum(len(s.wave) for s, _ in shelf.rows)
        preset = source.preset(program or 0, drums=program is None)
        zones = cut_drums(preset, shelf) if cut is None else cut_preset(preset, cut, shelf)
        presets.append((preset, zones))
        sizes[preset.name] = 2 * (sum(len(s.wave) for s, _ in shelf.rows) - before)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    write_bank(args.out, presets, [sample for sample, _ in shelf.rows])
    card = {
        "file": args.out.name,
        "sha256": hashlib.sha256(args.out.read_bytes()).hexdigest(),
        "bytes": args.out.stat().st_size,
        "licence": "MIT, see LICENSE.txt",
        "made_from": args.source.name,
        "made_from_sha256": hashlib.sha256(args.source.read_bytes()).hexdigest(),
        "made_by": "training/soundfont/make_bank.py",
        "cut": "roots thinned, resampled, long recordings end in a new loop, drum strokes faded; see CUTS",
        "bytes_by_preset": sizes,
    }
    args.out.with_name("card.json").write_text(json.dumps(card, indent=2) + "\n")
    json.dump(card, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
