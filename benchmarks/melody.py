"""Which writer's tunes are most like those people sing, and does any of them sing a known song?

    python benchmarks/melody.py --data ../shared/data [--seeds 10] [--pieces 500]

Three writers get the same briefs, forms, chords and rhythms: the lattice (counted habits), the network
(`improviser`), which is what the composer uses, and both with the same editor choosing. For each: how much of
the figures of its tunes lies between the 10th and the 90th percentile of POP909; how well a reader can tell its
tunes from songs that the network never heard (AUC of a logistic regression over eight-bar windows: histograms
of steps, of pairs of steps, of places in the key and above the chord; .5 would be: not at all); and the
CPU-seconds for a minute of music. Then, with the composer as it is: do pieces of one mood share eight bars of
tune, and do any twelve notes in a row have the steps and the rhythm of a song (compared with the songs
themselves; runs of one pitch are exempt)?
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from music import MELODY, POP, melody_figures, score_tune
from rich.console import Console
from rich.progress import track
from rich.table import Table

from museaika.composition.brief import Request
from museaika.composition.composer import compose
from museaika.composition.improviser import improvise
from museaika.composition.melody import CANDIDATES
from museaika.composition.phrase import PhraseTask, Proposer, propose_phrases
from museaika.composition.score import Score
from museaika.composition.theory import MINOR_LIKE, chord_tones
from museaika.mood.vocabulary import MOODS


def both(task: PhraseTask, count: int, rng: random.Random) -> list[tuple[int, ...]]:
    """Improvised candidates, and a quarter as many from the lattice."""
    return [*improvise(task, count, rng), *propose_phrases(task, count // 4, rng)]


WRITERS: dict[str, Proposer] = {
    "the lattice": propose_phrases,
    "the network": improvise,
    "both, the best kept": both,
}
WINDOW = 32.0
RUN = 12

Chords = list[tuple[float, float, set[int], int]]
"""(start, duration, tones, root) in beats; root −1 for no chord."""


def write(
    mood: str, seed: int, length_s: float, propose: Proposer = improvise, style: str | None = None
) -> Score:
    m = MOODS[mood]
    return compose(Request(m.valence, m.arousal, mood, length_s, seed, style=style), propose=propose)


def chords_of(score: Score) -> Chords:
    return [(c.start, c.duration, set(chord_tones(c.root, c.quality)), c.root) for c in score.chords]


def songs_of(data: Path) -> Iterator[tuple[int, np.ndarray, Chords, int, bool]]:
    """Number, tune, chords, tonic and whether it is minor, of each song."""
    tonics = {n: i for i, names in enumerate("C,C# Db,D,D# Eb,E,F,F# Gb,G,G# Ab,A,A# Bb,B".split(","))
              for n in names.split()}  # fmt: skip
    with zipfile.ZipFile(data / "music/pop909_structure.zip") as archive:
        names = {n.split("/")[1] for n in archive.namelist() if n.startswith("POP909/") and n[7:10].isdigit()}
        for name in sorted(names):
            tune, chords, now, at = [], [], 0.0, 0.0
            rows = {file: archive.read(f"POP909/{name}/{file}.txt").decode().splitlines()
                    for file in ("melody", "finalized_chord", "analyzed_key")}  # fmt: skip
            for row in filter(str.strip, rows["melody"]):
                pitch, length = (int(x) for x in row.split())
                tune += [(now, length / 4, pitch)] if pitch else []
                now += length / 4
            for row in filter(str.strip, rows["finalized_chord"]):
                tones, rest = row.split("[")[1].split("]")
                inside = {int(x) for x in tones.split(",")} if tones.strip() else set()
                chords.append((at, float(rest.split()[-1]), inside, int(rest.split()[0]) if inside else -1))
                at += chords[-1][1]
            tonic, family = rows["analyzed_key"][0].strip().split(":")
            yield int(name), np.array(tune), chords, tonics[tonic], family == "min"


def figures_of(tune: np.ndarray, chords: Chords) -> dict[str, float]:
    return melody_figures(tune, [c[:3] for c in chords], tune[-1, 0] - tune[0, 0])


def windows_of(tune: np.ndarray, chords: Chords, tonic: int, minor: bool) -> list[np.ndarray]:
    """What a reader sees of each eight bars of a tune: shares, so that neither rhythm nor density tells."""
    starts = [c[0] for c in chords]
    found = []
    for begin in np.arange(tune[0, 0] // 4 * 4, tune[-1, 0] - WINDOW / 2, WINDOW):
        part = tune[(tune[:, 0] >= begin) & (tune[:, 0] < begin + WINDOW)]
        if len(part) < 16:
            continue
        pitches = part[:, 2].astype(int)
        moves = np.clip(np.diff(pitches), -12, 12)
        kinds = np.digitize(moves, (-4, -2, 0, 1, 3, 5))
        roots = np.array([chords[max(0, np.searchsorted(starts, s + 1e-6) - 1)][3] for s in part[:, 0]])
        above = np.where(roots >= 0, (pitches - roots) % 12, 12)
        features = (
            np.bincount(moves + 12, minlength=25) / len(moves),
            np.bincount(kinds[:-1] * 7 + kinds[1:], minlength=49) / (len(moves) - 1),
            np.bincount((pitches - tonic) % 12 + 12 * minor, minlength=24) / len(pitches),
            np.bincount(above, minlength=13) / len(pitches),
            [np.ptp(pitches) / 12, (moves == 0).mean(), float(minor), np.abs(moves).mean() / 4],
        )
        found.append(np.concatenate(features))
    return found


def auc(scores: np.ndarray, answers: np.ndarray) -> float:
    ranks = scores.argsort().argsort() + 1
    ones = answers.sum()
    return float((ranks[answers == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(answers) - ones)))


def fitted(x: np.ndarray, y: np.ndarray, ridge: float = 3.0) -> np.ndarray:
    """Weights of a logistic regression, by Newton's method."""
    w = np.zeros(x.shape[1])
    for _ in range(12):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + ridge * np.eye(len(w))
        w += np.linalg.solve(hessian, x.T @ (y - p) - ridge * w)
    return w


def told_apart(songs: list[list[np.ndarray]], pieces: list[list[np.ndarray]], folds: int = 5) -> float:
    """How well songs and pieces are told apart, cross-validated; whole songs and pieces are left out."""
    tunes = [*((w, 1.0) for w in songs), *((w, 0.0) for w in pieces)]
    x = np.array([row for windows, _ in tunes for row in windows])
    y = np.array([label for windows, label in tunes for _ in windows])
    fold = np.array([i % folds for i, (windows, _) in enumerate(tunes) for _ in windows])
    x = np.column_stack(((x - x.mean(0)) / (x.std(0) + 1e-6), np.ones(len(x))))
    scores = np.zeros(len(y))
    for k in range(folds):
        scores[fold == k] = x[fold == k] @ fitted(x[fold != k], y[fold != k])
    return auc(scores, y)


def runs(line: list[tuple[int, int]], length: int) -> set[tuple[tuple[int, int], ...]]:
    """Every `length` notes of a line of (onset in sixteenths, pitch), as steps and gaps; not runs of one
    pitch."""
    moves = [(b[1] - a[1], b[0] - a[0]) for a, b in itertools.pairwise(line)]
    found = (tuple(moves[i : i + length - 1]) for i in range(len(moves) - length + 2))
    return {run for run in found if any(step for step, _ in run)}


def line_of(tune: np.ndarray) -> list[tuple[int, int]]:
    return [(round(start * 4), int(pitch)) for start, _, pitch in tune]


def known_runs(data: Path, tunes: list[np.ndarray]) -> dict[int, set[tuple[tuple[int, int], ...]]]:
    """The runs of all songs, of both cuts of the data."""
    lead = np.load(data / "music/pop909_lead_16th.npz")
    lines = [line_of(tune) for tune in tunes]
    for begin, end in itertools.pairwise(lead["offsets"]):
        song = lead["mel"][begin:end]
        lines.append([(int(at), int(song[at])) for at in np.flatnonzero(song >= 0)])
    return {n: set().union(*(runs(line, n) for line in lines)) for n in (8, RUN)}


def compare(seeds: int, bands: dict[str, np.ndarray], unheard: list[list[np.ndarray]]) -> tuple[Table, dict]:
    table = Table("figure", "songs 10/50/90", *WRITERS, title="Three writers beside POP909")
    columns, results = [], {}
    for name, propose in WRITERS.items():
        begun = time.process_time()
        scores = [write(mood, seed, 60.0, propose, POP[seed % len(POP)])
                  for mood, seed in track(list(itertools.product(MOODS, range(seeds))), name)]  # fmt: skip
        cost = (time.process_time() - begun) / len(scores)
        figures = [figures_of(score_tune(s), chords_of(s)) for s in scores]
        windows = [windows_of(score_tune(s), chords_of(s), s.tonic, s.mode in MINOR_LIKE)
                   for s in scores if s.metre == (4, 4)]  # fmt: skip
        inside = {f: float(np.mean([bands[f][0] - 1e-9 <= p[f] <= bands[f][2] + 1e-9 for p in figures]))
                  for f in MELODY}  # fmt: skip
        results[name] = {
            "inside the bands": float(np.mean(list(inside.values()))),
            "told from songs, AUC": told_apart(unheard, windows),
            "CPU-s a minute": cost,
        }
        columns.append([*(f"{np.median([p[f] for p in figures]):.2f} · {inside[f]:.0%}" for f in MELODY),
                        *(f"{v:.3f}" for v in results[name].values())])  # fmt: skip
    names = [
        *((f, " / ".join(f"{v:.2f}" for v in bands[f])) for f in MELODY),
        *((r, "") for r in results[name]),
    ]
    for i, (name, band) in enumerate(names):
        table.add_row(name, band, *(column[i] for column in columns))
    return table, results


def shared_bars(scores: dict[tuple[str, int], Score]) -> tuple[int, int]:
    """Pairs of pieces of one mood that share eight bars of tune, wherever they begin, and pairs in all."""
    windows: dict[str, list[set[tuple[tuple[float, int], ...]]]] = {}
    for (mood, _), score in scores.items():
        tune, bar, cuts = score_tune(score), score.bar_beats, set()
        for first in range(int(tune[-1, 0] // bar) - 7):
            cut = tune[(tune[:, 0] >= first * bar) & (tune[:, 0] < (first + 8) * bar)]
            cuts |= {tuple((s - first * bar, p - cut[0, 2]) for s, _, p in cut)} if len(cut) else set()
        windows.setdefault(mood, []).append(cuts)
    pairs = [pair for cuts in windows.values() for pair in itertools.combinations(cuts, 2)]
    return sum(bool(a & b) for a, b in pairs), len(pairs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with music/pop909*")
    parser.add_argument("--seeds", type=int, default=10, help="pieces of each mood for each writer; 0: none")
    parser.add_argument(
        "--pieces", type=int, default=500, help="pieces searched for quotations and shared bars"
    )
    parser.add_argument("--length", type=float, default=30.0, help="seconds of each of these")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    console = Console()
    songs = list(songs_of(options.data))
    figures = [figures_of(tune, chords) for _, tune, chords, _, _ in songs]
    bands = {f: np.percentile([s[f] for s in figures], (10, 50, 90)) for f in MELODY}
    unheard = [windows_of(*song) for number, *song in songs if number % 10 in (0, 9)]
    results: dict[str, Any] = {}
    if options.seeds:
        table, results = compare(options.seeds, bands, unheard)
        console.print(table)
    known = known_runs(options.data, [song[1] for song in songs])
    wishes = list(itertools.islice(((m, seed) for seed in itertools.count() for m in MOODS), options.pieces))
    scores = {wish: write(*wish, options.length) for wish in track(wishes, "the composer as it is")}
    lines = [line_of(score_tune(score)) for score in scores.values()]
    quoted = {n: sum(bool(runs(line, n) & known[n]) for line in lines) for n in known}
    shared, pairs = shared_bars(scores)
    print(f"candidates a phrase: {CANDIDATES}")
    print(f"pieces with {RUN} notes of a song: {quoted[RUN]} of {len(lines)}; with 8: {quoted[8]}")
    print(f"pairs of seeds that share eight bars: {shared} of {pairs}")
    if options.json:
        results |= {"quoted": quoted, "pieces": len(lines), "shared eight bars": shared, "pairs": pairs}
        options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    return int(quoted[RUN] > 0 or shared > 0)


if __name__ == "__main__":
    sys.exit(main())
