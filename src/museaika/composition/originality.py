"""A tune must be its own.

The habits of melody are learnt from real songs, so a draw could by chance sing one of them. A run of eight
notes with the same steps and the same rhythm counts as a quotation, unless it is one note repeated. The
packaged filter (`known_runs.bin`, made by `training/music/known_runs.py`) knows every such run of those songs
without holding a melody: asked about a run it answers "perhaps" or "certainly not", and a phrase with a
"perhaps" in it is passed over.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files

FILE = "known_runs.bin"
RUN, STEP, GAP = 8, 24, 64
"""Notes in a run; largest step in semitones and largest onset gap in sixteenths that are looked at."""
SIZE_BITS, HASHES = 1 << 22, 8


def runs(line: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    """Every run of `RUN` notes in a line of (onset in sixteenths, pitch), as bytes of steps and gaps."""
    moves = [(b[1] - a[1], b[0] - a[0]) for a, b in itertools.pairwise(line)]
    for i in range(len(moves) - RUN + 2):
        window = moves[i : i + RUN - 1]
        within = all(abs(step) <= STEP and 0 < gap <= GAP for step, gap in window)
        if within and any(step for step, _ in window):
            yield bytes(value + STEP for move in window for value in move)


def places(run: bytes) -> Iterator[int]:
    """The bits of the filter that stand for a run."""
    digest = hashlib.blake2b(run, digest_size=4 * HASHES).digest()
    for i in range(HASHES):
        yield int.from_bytes(digest[4 * i : 4 * i + 4], "little") % SIZE_BITS


@lru_cache(maxsize=1)
def _filter() -> bytes:
    return files("museaika.composition").joinpath(FILE).read_bytes()


def quotations(line: Sequence[tuple[int, int]]) -> int:
    """How many runs of a line may be those of a known song."""
    bits = _filter()
    return sum(all(bits[place >> 3] >> (place & 7) & 1 for place in places(run)) for run in runs(line))
