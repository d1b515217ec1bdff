"""Count how sung melodies move, and write the counts the composer draws from.

    python training/music/melody_tables.py --data ../shared/data

Reads the human-labelled structure of POP909 (MIT licence: 909 songs, melody on a sixteenth grid with its
barlines, chords, phrase labels) and writes `src/museaika/composition/melody_tables.json`:

- `cells`: rhythms of two bars inside a phrase, as 32-bit masks of onsets (bit 0 is the first sixteenth),
  with how often each was found; `cadences`: the same for the last two bars of a phrase;
- `intervals`: 25 × 25 counts of an interval (−12 … 12 semitones) given the one before it;
- `chord_tones`: 2 × 5 × 12 counts of the distance above the root, over major-like and minor-like chords,
  by metrical strength (bar, half bar, beat, eighth, sixteenth).

Only counts of short patterns leave this script, never a melody: a cell is kept if at least three songs use it.
"""

from __future__ import annotations

import argparse
import json
import re
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

OUT = Path(__file__).parents[2] / "src/museaika/composition/melody_tables.json"
BAR = 16


def metrical_class(sixteenth: int) -> int:
    """0 bar, 1 half bar, 2 beat, 3 eighth, 4 sixteenth."""
    place = sixteenth % BAR
    if place % 8 == 0:
        return 0 if place == 0 else 1
    return 2 if place % 4 == 0 else 3 if place % 2 == 0 else 4


def read_song(archive: zipfile.ZipFile, song: str):
    """Return (onset, pitch) pairs, the chord (root, minor) at each sixteenth, and phrases (start, bars)."""

    def lines(name: str) -> list[str]:
        return archive.read(f"POP909/{song}/{name}").decode().splitlines()

    notes, now = [], 0
    for line in lines("melody.txt"):
        pitch, length = (int(x) for x in line.split())
        if pitch > 0:
            notes.append((now, pitch))
        now += length
    chords: list[tuple[int, bool] | None] = []
    for line in lines("finalized_chord.txt"):
        name, root, beats = line.split()[0], line.split()[-2], line.split()[-1]
        minor = ":min" in name or ":dim" in name
        chords += [None if name == "N" else (int(root), minor)] * round(4 * float(beats))
    phrases, bar = [], 0
    for kind, bars in re.findall(r"([A-Za-z])(\d+)", lines("human_label1.txt")[0]):
        if kind.isupper() and kind != "X":
            phrases.append((bar * BAR, int(bars)))
        bar += int(bars)
    return notes, chords, phrases


def count(archive: zipfile.ZipFile) -> dict[str, object]:
    songs = sorted(
        {n.split("/")[1] for n in archive.namelist() if n.startswith("POP909/") and n[7:10].isdigit()}
    )
    uses: dict[str, dict[int, set[str]]] = {"cells": defaultdict(set), "cadences": defaultdict(set)}
    counts: dict[str, Counter[int]] = {"cells": Counter(), "cadences": Counter()}
    intervals, tones = np.zeros((25, 25), int), np.zeros((2, 5, 12), int)
    for song in songs:
        notes, chords, phrases = read_song(archive, song)
        onsets = {at for at, _ in notes}
        for start, bars in phrases:
            for bar in range(0, bars - 1, 2):
                at = start + bar * BAR
                mask = sum(1 << i for i in range(2 * BAR) if at + i in onsets)
                kind = "cadences" if bar + 2 >= bars else "cells"
                uses[kind][mask].add(song)
                counts[kind][mask] += 1
        for (_, a), (_, b), (_, c) in zip(notes, notes[1:], notes[2:], strict=False):
            if abs(b - a) <= 12 and abs(c - b) <= 12:
                intervals[b - a + 12, c - b + 12] += 1
        for at, pitch in notes:
            if at < len(chords) and (chord := chords[at]):
                tones[int(chord[1]), metrical_class(at), (pitch - chord[0]) % 12] += 1
    kept = {
        kind: [[m, n] for m, n in counts[kind].most_common() if len(uses[kind][m]) >= 3 and m]
        for kind in counts
    }
    return {**kept, "intervals": intervals.tolist(), "chord_tones": tones.tolist()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the training data")
    options = parser.parse_args()
    with zipfile.ZipFile(options.data / "music/pop909_structure.zip") as archive:
        tables = count(archive)
    OUT.write_text(json.dumps(tables, separators=(",", ":")) + "\n")
    sizes = ", ".join(f"{len(tables[kind])} {kind}" for kind in ("cells", "cadences"))
    print(f"{OUT.name}: {sizes}, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
