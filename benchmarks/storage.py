"""Stores: how fast diaries and jobs are, on the disk, beside the same work in memory.

    python -m benchmarks.storage --entries 100000

Every write to SQLite is forced to the disk before it returns, so those figures are mostly the disk's; the
stores in memory are what the same port costs without one. Times are wall-clock; run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.table import Table

from museaika.generation.job import Job
from museaika.mood.ports import MoodEntries, MoodEntry
from museaika.mood.vocabulary import EMOTIONS, MOODS
from museaika.storage.documents import to_document
from museaika.storage.memory.jobs import MemoryJobs
from museaika.storage.memory.moods import MemoryMoodEntries
from museaika.storage.sqlite.database import Database, documents_at
from museaika.storage.sqlite.jobs import SqliteJobs
from museaika.storage.sqlite.moods import SqliteMoodEntries

T0 = datetime(2026, 1, 1, tzinfo=UTC)
WRITES, PAGES, JOBS, THREADS = 300, 100, 200, 8
RESULT = {"variations": [{"metadata": {"duration_s": 30.0}}], "metadata": {}}


def entry(number: int) -> MoodEntry:
    names = list(MOODS)
    return MoodEntry(
        f"mood_{number:08d}", "ada", names[number % len(names)], 0.5, 0.1, 0.2, "text",
        T0 + timedelta(minutes=5 * number),
        moods={name: 1 / len(names) for name in names}, emotions=dict.fromkeys(EMOTIONS, 1 / 8),
    )  # fmt: skip


def fill(memory: MemoryMoodEntries, database: Database, count: int) -> None:
    """The same diary in both; SQLite gets it in one transaction."""
    with database.transaction() as connection:
        for number in range(count):
            memory.add(entry(number))
            connection.execute(
                "INSERT INTO moods (mood_id, doc) VALUES (?, ?)",
                (entry(number).mood_id, to_document(entry(number))),
            )


def milliseconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def each_write(moods: MoodEntries, first: int) -> str:
    times = [milliseconds(lambda n=n: moods.add(entry(first + n))) for n in range(WRITES)]
    return f"{median(times):.2f} / {quantiles(times, n=20)[-1]:.2f}"


def pages(moods: MoodEntries) -> str:
    def read() -> None:
        cursor = None
        for _ in range(PAGES):
            cursor = moods.page("ada", cursor=cursor, limit=20).next_cursor

    return f"{milliseconds(read) / PAGES:.2f}"


def trends(moods: MoodEntries, unit: str, days: int | None = None) -> str:
    newest = moods.latest("ada")
    assert newest is not None
    start = newest.timestamp - timedelta(days=days) if days else None
    return f"{min(milliseconds(lambda: moods.buckets('ada', unit=unit, start=start)) for _ in range(3)):.0f}"  # type: ignore[arg-type]


def jobs_per_second(jobs: MemoryJobs | SqliteJobs) -> str:
    """Claim, one progress and a finish for each job, by several threads at once."""
    for number in range(JOBS):
        job = Job(f"gen_{number:05d}", "ada", {"mood": "calm"}, T0, T0)
        jobs.create(replace(job, created_at=T0 + timedelta(seconds=number)), max_waiting=JOBS)
    start, done = threading.Barrier(THREADS), []

    def work(_: int) -> None:
        start.wait()
        while job := jobs.claim(at=T0, lease_s=10):
            jobs.progress(job.job_id, job.fence, progress=0.5, stage="melody", at=T0, lease_s=10)
            done.append(jobs.finish(job.job_id, job.fence, status="completed", at=T0, result=RESULT))

    with ThreadPoolExecutor(THREADS) as pool:
        took_ms = milliseconds(lambda: list(pool.map(work, range(THREADS))))
    assert done == [True] * JOBS, "each job is made once"
    return f"{JOBS / took_ms * 1000:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--entries", type=int, default=100_000, help="length of the diary")
    count = parser.parse_args().entries
    with tempfile.TemporaryDirectory() as folder:
        database = documents_at(Path(folder) / "bench.sqlite3")
        database.init()
        memory, sqlite = MemoryMoodEntries(), SqliteMoodEntries(database)
        fill(memory, database, count)
        table = Table(title=f"A diary of {count:,} moods · {JOBS} jobs · {os.cpu_count()} cores")
        for heading in ("", "SQLite, forced to disk", "memory"):
            table.add_column(heading, justify="left" if not heading else "right")
        table.add_row("page of 20, ms", pages(sqlite), pages(memory))
        table.add_row("trends of 30 days by day, ms", trends(sqlite, "day", 30), trends(memory, "day", 30))
        table.add_row("trends of all by day, ms", trends(sqlite, "day"), trends(memory, "day"))
        table.add_row("trends of all by hour, ms", trends(sqlite, "hour"), trends(memory, "hour"))
        table.add_row("record a mood, ms (median / p95)", each_write(sqlite, count), each_write(memory, count))
        table.add_row(
            f"jobs/s, {THREADS} threads (claim, progress, finish)",
            jobs_per_second(SqliteJobs(database)), jobs_per_second(MemoryJobs()),
        )  # fmt: skip
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
        Console().print(table, f"{size:.0f} MB on disk", sep="\n")


if __name__ == "__main__":
    main()
