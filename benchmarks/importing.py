"""How long does it take to import 100,000 rows, how much memory, and and what does a start cost then?

    OMP_NUM_THREADS=1 python benchmarks/importing.py

Writes a made-up table in the layout of Spotify's audio features (every tenth row tells of an earlier track once
more), imports it as `museaika catalogue import` does, and loads the catalogue as a server does at its start.
Times on the clock stand beside those on the processor, because a busy machine stretches the former.
"""

from __future__ import annotations

import csv
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from museaika.catalogue.intake import look, take_in
from museaika.catalogue.library import load_library
from museaika.storage.sqlite.database import catalogue_at
from museaika.storage.sqlite.tracks import SqliteTracks

ROWS, TARGET_S = 100_000, 20.0
HEADER = (
    ",track_id,artists,album_name,track_name,popularity,duration_ms,explicit,danceability,energy,key,loudness,"
    "mode,speechiness,acousticness,instrumentalness,liveness,valence,tempo,time_signature,track_genre"
).split(",")
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def write_table(path: Path, rows: int) -> None:
    rng = random.Random(6)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, HEADER, restval=0)
        writer.writeheader()
        for number in range(rows):
            which = number if number % 10 else rng.randrange(number + 1)
            shares = ("danceability", "energy", "acousticness", "instrumentalness", "valence")
            told = {name: rng.random() for name in shares} | {
                "track_id": "".join(rng.choices(LETTERS, k=22)),
                "artists": f"Artist {which // 12};Guest {which % 7}",
                "album_name": f"Album {which // 10}",
                "track_name": f"Song Number {which}",
                "duration_ms": rng.randrange(90_000, 400_000),
                "explicit": rng.random() < 0.1,
                "tempo": rng.uniform(60, 200),
                "track_genre": f"genre-{which % 100}",
            }
            writer.writerow(told)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Watch:
    """Seconds since it was made: on the clock, and of this process on the processor."""

    def __init__(self) -> None:
        self._clock, self._cpu = time.perf_counter(), time.process_time()

    @property
    def cpu_s(self) -> float:
        return time.process_time() - self._cpu

    def __str__(self) -> str:
        return f"{time.perf_counter() - self._clock:5.1f} s on the clock, {self.cpu_s:5.1f} s on the processor"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features.csv"
        write_table(path, ROWS)
        database = catalogue_at(Path(folder) / "catalogue.sqlite3")
        database.init()
        store = SqliteTracks(database)
        before = peak_mb()
        watch = Watch()
        intake = take_in(look(path))
        added, _ = store.put_all(intake.tracks)
        took = watch.cpu_s
        print(f"import of {ROWS:,} rows    {watch} (target {TARGET_S:.0f} s)")
        print(f"    {added:,} tracks, {intake.doubles:,} doubles; memory {before:.0f} → {peak_mb():.0f} MB")
        del intake
        watch = Watch()
        library = load_library(store)
        print(f"loading {len(library):,} tracks   {watch}; peak {peak_mb():.0f} MB")
        size = (Path(folder) / "catalogue.sqlite3").stat().st_size / 2**20
        print(f"    {size:.0f} MB on the disk")
    return 1 if took > TARGET_S else 0


if __name__ == "__main__":
    sys.exit(main())
