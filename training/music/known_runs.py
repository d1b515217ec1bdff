"""Mark every run of eight notes that a song of POP909 has, so that the composer never sings one.

    python training/music/known_runs.py --data ../shared/data

Reads the 909 leads (MIT licence), as played and as the authors of the structure labels cut them, and writes
`src/museaika/composition/known_runs.bin`: a Bloom filter over the steps and the onset gaps of eight notes in a
row. A melody cannot be read back out of it; it only answers "perhaps" or "certainly not". Runs that the
composer cannot write (a step over two octaves, a rest of four bars) and runs of one pitch are left out.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import numpy as np
from songs import read_songs

from museaika.composition.originality import FILE, GAP, RUN, SIZE_BITS, STEP, places, runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the training data")
    options = parser.parse_args()
    lead = np.load(options.data / "music/pop909_lead_16th.npz")
    known: set[bytes] = set()
    for begin, end in itertools.pairwise(lead["offsets"]):
        line = lead["mel"][begin:end]
        onsets = np.flatnonzero(line >= 0)
        known.update(runs([(int(at), int(line[at])) for at in onsets]))
    for song in read_songs(options.data):
        known.update(runs(list(zip(song.line.onsets.tolist(), song.pitches.tolist(), strict=True))))
    bits = np.zeros(SIZE_BITS, bool)
    for run in known:
        bits[list(places(run))] = True
    out = Path(__file__).parents[2] / "src/museaika/composition" / FILE
    out.write_bytes(np.packbits(bits, bitorder="little").tobytes())
    print(
        f"{len(known)} runs of {RUN} notes (steps to {STEP}, gaps to {GAP}), {bits.mean():.1%} of the bits set"
    )


if __name__ == "__main__":
    main()
