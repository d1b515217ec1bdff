"""Does the composer write like people do? Figures of its pieces beside those of 909 pop songs.

    python benchmarks/music.py --data ../shared/data

One run measures both sides with the same code: POP909 (the songs under `--data`, MIT licence) gives the band
from the 10th to the 90th percentile, the composer's pieces are held against it. Then: does the declared key
agree with a Krumhansl–Schmuckler estimate, are twenty seeds of one mood twenty pieces, does every length come
out, do the moods keep apart, does a tune repeat a song of the data.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
import zipfile
from collections import Counter
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import mido
import numpy as np
from rich.console import Console
from rich.table import Table

from museaika.composition import theory
from museaika.composition.brief import Request
from museaika.composition.composer import compose
from museaika.composition.judging import measure
from museaika.composition.score import Score
from museaika.composition.theory import chord_tones
from museaika.mood.vocabulary import MOODS

POP = ("pop_ballad", "upbeat_pop", "lofi", "electronic", "rock", "solo_piano")
MELODY = ("notes_per_beat", "range", "steps", "repeats", "leaps_over_4", "leaps_over_7", "leaps_resolved",
          "chord_tone_duration", "chord_tones_on_beat")  # fmt: skip
TEXTURE = ("notes_per_second", "pitch_class_entropy", "scale_consistency", "groove_consistency", "polyphony",
           "unique_rhythms")  # fmt: skip
WINDOWS = {
    "notes_per_beat": (0.85, 1.79), "range": (12, 19), "steps": (0.32, 0.57), "repeats": (0.10, 0.36),
    "leaps_over_4": (0.08, 0.22), "leaps_over_7": (0.01, 0.08), "leaps_resolved": (0.47, 0.89),
    "chord_tone_duration": (0.57, 0.83), "chord_tones_on_beat": (0.55, 0.86), "notes_per_second": (4.7, 9.1),
    "pitch_class_entropy": (2.56, 2.86), "scale_consistency": (0.96, 1), "groove_consistency": (0.74, 0.96),
    "polyphony": (3.3, 4.5), "unique_rhythms": (0.25, 1),
}  # fmt: skip
"""10th and 90th percentile of all 909 songs, the texture taken from single windows of 30 s. (Measured here, the
texture of a song is the mean of its windows, which makes its bands narrower.)"""
RUN = 12
"""Notes in a row with the same steps and rhythm that would make a tune a copy."""

# A tune is an array (notes, 3): start and duration in beats, pitch. A texture is the same in seconds.


def melody_figures(
    tune: np.ndarray, chords: list[tuple[float, float, set[int]]], beats: float
) -> dict[str, float]:
    """Figures of a whole tune; `beats` is how long the song has a tune at all."""
    starts = [c[0] for c in chords]
    inside = [int(p) % 12 in chords[max(0, np.searchsorted(starts, s + 1e-6) - 1)][2] for s, _, p in tune]
    on_beat = [abs(s - round(s)) < 1e-6 for s in tune[:, 0]]
    figures = measure([int(p) for p in tune[:, 2]], list(tune[:, 1]), on_beat, inside)
    return figures | {"notes_per_beat": len(tune) / beats}


def texture_figures(notes: np.ndarray, bar_s: float, window: tuple[float, float]) -> dict[str, float]:
    """Figures of all pitched notes between two moments, after the definitions of MusPy."""
    begin, end = window
    notes = notes[(notes[:, 0] >= begin) & (notes[:, 0] < end)]
    classes = np.bincount(notes[:, 2].astype(int) % 12, minlength=12) / len(notes)
    entropy = -sum(p * np.log2(p) for p in classes if p)
    scales = [(0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 11), (0, 2, 3, 5, 7, 8, 10)]
    fit = max(sum(classes[(t + s) % 12] for s in scale) for scale in scales for t in range(12))
    grid = np.zeros((int((end - begin) / bar_s) + 1, 16), bool)
    step = np.round((notes[:, 0] - begin) / bar_s * 16).astype(int)
    grid[np.minimum(step // 16, len(grid) - 1), step % 16] = True
    grid = grid[:-1]
    changes = (grid[1:] != grid[:-1]).mean() if len(grid) > 1 else 0.0
    frames = np.zeros((int((end - begin) * 20) + 1, 128), bool)
    for s, d, p in notes:
        frames[int((s - begin) * 20) : int((s + d - begin) * 20) + 1, int(p)] = True
    sounding = frames.sum(1)
    return {
        "notes_per_second": len(notes) / (end - begin),
        "pitch_class_entropy": entropy,
        "scale_consistency": fit,
        "groove_consistency": 1 - changes,
        "polyphony": sounding[sounding > 0].mean(),
        "unique_rhythms": len({row.tobytes() for row in grid}) / max(1, len(grid)),
    }


def score_tune(score: Score) -> np.ndarray:
    part = next(p for p in score.parts if p.role == "melody")
    return np.array([(n.start, n.duration, n.pitch) for n in part.notes])


def score_texture(score: Score) -> np.ndarray:
    notes = [n for p in score.parts if not p.is_drums for n in p.notes]
    return np.array(sorted(
        (score.seconds_at(n.start) + n.shift,
         (score.seconds_at(n.start + n.duration) - score.seconds_at(n.start)) * n.gate, n.pitch)
        for n in notes
    ))  # fmt: skip


def score_figures(score: Score) -> dict[str, float]:
    chords = [(c.start, c.duration, set(chord_tones(c.root, c.quality))) for c in score.chords]
    tune = score_tune(score)
    figures = melody_figures(tune, chords, tune[-1, 0] - tune[0, 0])
    bar_s = score.bar_beats * 60 / score.tempo[0].bpm
    stop = score.seconds_at(score.chords[-1].start)
    if stop > 20:
        figures |= texture_figures(score_texture(score), bar_s, (0.0, min(30.0, stop)))
    return figures


def song_figures(archive: zipfile.ZipFile, midis: zipfile.ZipFile, song: str) -> dict[str, float]:
    """The same figures of a POP909 song; its tune without the bars in which nobody sings."""
    tune, now = [], 0.0
    for line in archive.read(f"POP909/{song}/melody.txt").decode().split("\n"):
        if line.strip():
            pitch, length = (int(x) for x in line.split())
            tune += [(now, length / 4, pitch)] if pitch else []
            now += length / 4
    chords, at = [], 0.0
    for line in archive.read(f"POP909/{song}/finalized_chord.txt").decode().split("\n"):
        if "[" in line:
            tones, rest = line.split("[")[1].split("]")
            beats = float(rest.split()[-1])
            chords.append((at, beats, {int(x) for x in tones.split(",")} if tones.strip() else set()))
            at += beats
    notes = np.array(tune)
    figures = melody_figures(notes, chords, notes[-1, 0] - notes[0, 0])
    midi = mido.MidiFile(file=BytesIO(midis.read(f"POP909/{song}/{song}.mid")))
    texture, bar_s = midi_texture(midi)
    windows = [(b, b + 30.0) for b in np.arange(texture[0, 0], texture[-1, 0] - 30, 30.0)]
    found = [texture_figures(texture, bar_s, w) for w in windows]
    return figures | {name: float(np.mean([f[name] for f in found])) for name in TEXTURE}


def midi_texture(midi: mido.MidiFile) -> tuple[np.ndarray, float]:
    now, open_notes, notes, bpm = 0.0, {}, [], 120.0
    for message in midi:
        now += message.time
        if message.type == "set_tempo":
            bpm = mido.tempo2bpm(message.tempo)
        elif message.type == "note_on" and message.velocity:
            open_notes[message.channel, message.note] = now
        elif message.type in ("note_on", "note_off") and (message.channel, message.note) in open_notes:
            begin = open_notes.pop((message.channel, message.note))
            notes.append((begin, now - begin, message.note))
    return np.array(sorted(notes)), 240.0 / bpm


def estimate_key(notes: np.ndarray) -> tuple[int, str]:
    """Krumhansl–Schmuckler over how long each pitch class sounds."""
    weight = np.zeros(12)
    for _, duration, pitch in notes:
        weight[int(pitch) % 12] += duration
    return theory.estimate_key(weight.tolist())


def runs(tune: np.ndarray, length: int = RUN) -> set[tuple[int, ...]]:
    """Every window of `length` notes as steps and onset gaps in sixteenths."""
    steps = np.diff(tune[:, 2]).astype(int).tolist()
    gaps = np.round(np.diff(tune[:, 0]) * 4).astype(int).tolist()
    flat = list(zip(steps, gaps, strict=True))
    return {tuple(itertools.chain(*flat[i : i + length - 1])) for i in range(len(flat) - length + 2)}


@lru_cache(maxsize=4096)
def piece(
    mood: str, seed: int, length_s: float = 60.0, tempo: float | None = None, style: str | None = None
) -> Score:
    m = MOODS[mood]
    return compose(Request(m.valence, m.arousal, mood, length_s, seed, tempo=tempo, style=style))


def read_songs(data: Path, count: int) -> tuple[list[dict[str, float]], dict[int, set[tuple[int, ...]]]]:
    figures, known = [], {8: set(), RUN: set()}
    music = data / "music"
    with (
        zipfile.ZipFile(music / "pop909_structure.zip") as archive,
        zipfile.ZipFile(music / "pop909.zip") as midis,
    ):
        names = archive.namelist()
        songs = sorted({n.split("/")[1] for n in names if n.startswith("POP909/") and n[7:10].isdigit()})
        for i, song in enumerate(songs):
            if i % max(1, len(songs) // count) == 0:
                figures.append(song_figures(archive, midis, song))
    lead = np.load(music / "pop909_lead_16th.npz")
    for begin, end in itertools.pairwise(lead["offsets"]):
        line = lead["mel"][begin:end]
        at = np.flatnonzero(line >= 0)
        tune = np.stack([at / 4, np.zeros(len(at)), line[at]], 1)
        for length in known:
            known[length] |= runs(tune, length)
    return figures, known


def table_of_bands(
    songs: list[dict[str, float]], pieces: list[dict[str, float]]
) -> tuple[Table, float, float, int]:
    """The table, the mean share inside the measured bands, inside those of single windows, and how many figures
    have their median piece inside."""
    table = Table("figure", "songs 10/50/90 %", "pieces 10/50/90 %", "inside", "inside, windows",
                  title="Composer beside POP909")  # fmt: skip
    shares, wide, typical = [], [], 0
    for name in (*MELODY, *TEXTURE):
        reference = np.percentile([s[name] for s in songs], (10, 50, 90))
        values = np.array([p[name] for p in pieces if name in p])
        inside = float(np.mean((values >= reference[0] - 1e-9) & (values <= reference[2] + 1e-9)))
        shares.append(inside)
        low, high = WINDOWS[name]
        wide.append(float(np.mean((np.round(values, 2) >= low) & (np.round(values, 2) <= high))))
        typical += bool(low <= round(float(np.median(values)), 2) <= high)
        table.add_row(name, *(" / ".join(f"{v:.2f}" for v in row) for row in (reference, np.percentile(values,
            (10, 50, 90)))),
                      f"{inside:.0%}", f"{wide[-1]:.0%}")  # fmt: skip
    return table, float(np.mean(shares)), float(np.mean(wide)), typical


def check_keys(seeds: int) -> float:
    right = total = 0
    for mood, seed in itertools.product(MOODS, range(seeds)):
        score = piece(mood, seed)
        if score.mode in ("major", "minor"):
            total += 1
            right += estimate_key(score_texture(score)) == (score.tonic, score.mode)
    return right / total


def check_distinct(seeds: int) -> tuple[int, int, float]:
    """Pairs of pieces of one mood that share eight bars of tune, pairs in all, and mean number of (key,
    style, form)."""
    shared = pairs = 0
    variety = []
    for mood in MOODS:
        lines, kinds = [], set()
        for seed in range(seeds):
            score = piece(mood, seed)
            tune = score_tune(score)
            bars = int(tune[-1, 0] // score.bar_beats)
            windows = set()
            for bar in range(bars - 7):
                low, high = bar * score.bar_beats, (bar + 8) * score.bar_beats
                cut = tune[(tune[:, 0] >= low) & (tune[:, 0] < high)]
                windows.add(tuple((s - low, p - cut[0, 2]) for s, _, p in cut))
            lines.append(windows)
            kinds.add((score.tonic, score.mode, score.style, tuple(s.name for s in score.sections)))
        shared += sum(bool(a & b) for a, b in itertools.combinations(lines, 2))
        pairs += seeds * (seeds - 1) // 2
        variety.append(len(kinds) / seeds)
    return shared, pairs, float(np.mean(variety))


def check_lengths() -> tuple[int, int, float]:
    """Pieces whose sound ends in time and leaves room to ring, of how many, and the slowest second of work a
    minute."""
    good = total = 0
    slowest = 0.0
    short = itertools.product((5, 7.5, 17, 30, 60), MOODS, (None, 40, 87.5, 220))
    long = itertools.product((181, 600), ("happy", "sad"), (None, 87.5))
    for length, mood, tempo in itertools.chain(short, long):
        begin = time.process_time()
        score = piece.__wrapped__(mood, 0, float(length), tempo)
        if length >= 60:
            slowest = max(slowest, (time.process_time() - begin) * 60 / length)
        ends = max(score.seconds_at(n.start + n.duration) + n.shift for p in score.parts for n in p.notes)
        kept = score.length_s == length and (tempo is None or score.tempo[0].bpm == tempo)
        good += kept and 0.3 <= length - ends <= 3.0
        total += 1
    return good, total, slowest


def table_of_moods(seeds: int) -> Table:
    table = Table(
        "mood", "styles", "minor", "bpm", "velocity", "notes/s", "tune pitch", "gate", title="How moods differ"
    )
    for mood in sorted(MOODS, key=lambda m: -MOODS[m].arousal):
        rows, styles, minor = [], Counter(), 0
        for seed in range(seeds):
            score = piece(mood, seed)
            notes = [n for p in score.parts if not p.is_drums for n in p.notes]
            tune = next(p for p in score.parts if p.role == "melody").notes
            styles[score.style] += 1
            minor += score.mode in ("minor", "dorian", "phrygian")
            rows.append((score.tempo[0].bpm, np.mean([n.velocity for n in notes]), len(notes) / score.length_s,
                         np.mean([n.pitch for n in tune]), np.mean([n.gate for n in tune])))  # fmt: skip
        mean = np.mean(rows, 0)
        table.add_row(mood, ", ".join(f"{s} {n}" for s, n in styles.most_common(4)), f"{minor / seeds:.0%}",
                      f"{mean[0]:.0f}", f"{mean[1]:.0f}", f"{mean[2]:.1f}", f"{mean[3]:.1f}",
                          f"{mean[4]:.2f}")  # fmt: skip
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder with music/pop909*.zip"
    )
    parser.add_argument(
        "--songs", type=int, default=150, help="POP909 songs to measure (all tunes are compared)"
    )
    parser.add_argument("--seeds", type=int, default=20, help="pieces of each mood")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    console = Console()
    songs, known = read_songs(options.data, options.songs)
    scores = [piece(mood, seed, style=POP[seed % len(POP)])
              for mood, seed in itertools.product(MOODS, range(options.seeds))]  # fmt: skip
    table, inside, wide, typical = table_of_bands(songs, [score_figures(s) for s in scores])
    console.print(table)
    copies = {n: sum(bool(runs(score_tune(s), n) & known[n]) for s in scores) for n in known}
    agreement = check_keys(options.seeds)
    shared, pairs, variety = check_distinct(options.seeds)
    good, total, slowest = check_lengths()
    console.print(table_of_moods(options.seeds))
    results = {
        "inside the bands, mean share": f"{inside:.1%}",
        "inside the bands of single windows, mean share": f"{wide:.1%}",
        "figures whose median piece lies inside those": f"{typical} of {len(WINDOWS)}",
        "declared key = Krumhansl–Schmuckler (major, minor)": f"{agreement:.1%}",
        "pairs of seeds that share eight bars of tune": f"{shared} of {pairs}",
        "different (key, style, form) among the seeds of a mood": f"{variety:.0%}",
        "lengths kept (5–600 s; free tempo, 40, 87.5, 220 bpm)": f"{good} of {total}",
        "CPU seconds for a minute of music, slowest": f"{slowest:.3f}",
        f"tunes with {RUN} notes in a row of a POP909 song": f"{copies[RUN]} of {len(scores)}",
        "tunes with 8 notes in a row of a POP909 song": f"{copies[8]} of {len(scores)}",
    }
    summary = Table("claim", "measured", title="Checks")
    for row in results.items():
        summary.add_row(*row)
    console.print(summary)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    return 0 if copies[RUN] == 0 and shared == 0 and good == total else 1


if __name__ == "__main__":
    sys.exit(main())
