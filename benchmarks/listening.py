"""How well does `museaika catalogue scan` hear what a piece was composed to express?

    OMP_NUM_THREADS=1 python benchmarks/listening.py

Composes pieces of 20 seconds for each mood, listens to the audio alone, and compares: the place that was meant
with the place that was heard (correlation, and the share of pieces on the right side of each axis), and the
tempo that was played with the one that was heard (within 4 %, and up to double or half). Composed music is
plainer than recordings are, so this is an upper bound.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from museaika.catalogue.scanning import place
from museaika.catalogue.sound import decode, listen
from museaika.generation.asking import with_defaults
from museaika.generation.composing import ComposerEngine
from museaika.mood.vocabulary import MOODS
from museaika.rendering.soundfont import BUNDLED, Bank

SEEDS = (11, 12)
LENGTH_S = 20.0
ON_AXIS = 0.2
"""Moods nearer to the middle of an axis than this have no side of it."""


def main() -> int:
    engine = ComposerEngine(Bank.load(BUNDLED))
    meant, heard, tempi = [], [], []
    for name, mood in MOODS.items():
        for seed in SEEDS:
            with tempfile.TemporaryDirectory() as folder:
                made = engine.make(
                    with_defaults({"mood": name, "length": LENGTH_S, "seed": seed}),
                    variation=1,
                    material=None,
                    folder=Path(folder),
                    on_progress=lambda stage, done: None,
                    should_stop=lambda: False,
                )
                sound = listen(decode(made.files["wav"]))
            meant.append((mood.valence, mood.arousal))
            heard.append(place(sound))
            tempi.append((made.metadata["tempo"], sound.tempo))
            told = (
                f"meant {mood.valence:+.2f} {mood.arousal:+.2f}  heard {heard[-1][0]:+.2f} {heard[-1][1]:+.2f}"
            )
            print(f"{name:<12} {told}  {sound}", flush=True)
    for column, axis in enumerate(("valence", "arousal")):
        wanted, got = np.array(meant)[:, column], np.array(heard)[:, column]
        sided = np.abs(wanted) >= ON_AXIS
        right = np.mean(np.sign(wanted[sided]) == np.sign(got[sided]))
        print(
            f"{axis}: correlation {np.corrcoef(wanted, got)[0, 1]:.2f}, right side {right:.0%} of {sided.sum()}"
        )
    ratio = np.array([found / played for played, found in tempi])
    near = np.abs(ratio - 1) < 0.04
    octave = near | (np.abs(ratio / 2 - 1) < 0.04) | (np.abs(ratio * 2 - 1) < 0.04)
    print(f"tempo: {near.mean():.0%} within 4 %, {octave.mean():.0%} also counting double and half")
    return 0


if __name__ == "__main__":
    sys.exit(main())
