"""Worker processes as an operator runs them: they take jobs, leave in order, and stand in for each other."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from museaika.events import JobEnded, JobProgressed
from museaika.generation.service import GenerationService
from museaika.storage.objects.folder import Folder
from museaika.storage.queues.lease import CountingWaker
from museaika.storage.sqlite.database import documents_at, signals_at
from museaika.storage.sqlite.jobs import SqliteJobs
from museaika.storage.sqlite.outbox import Outbox

ROOT = Path(__file__).resolve().parents[2]


def until(true, timeout_s=40.0):
    deadline = time.monotonic() + timeout_s
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return true()


class Site:
    """A data folder, the service as the web has it, and worker processes beside it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        documents = documents_at(data_dir / "museaika.sqlite3")
        signals = signals_at(data_dir / "signals.sqlite3")
        for database in (documents, signals):
            database.init()
        self.jobs = SqliteJobs(documents)
        self.heard: list = []
        self.outbox = Outbox(signals)
        self.outbox.subscribe(self.heard.append)
        folder = Folder(data_dir / "objects")
        self.service = GenerationService(
            self.jobs, folder, CountingWaker(signals), self.outbox, max_waiting=100
        )
        self.workers: list[subprocess.Popen] = []

    def start_worker(self, *command: str, **settings: str) -> subprocess.Popen:
        environment = {
            **os.environ, "DATA_DIR": str(self.data_dir), "JOB_LEASE_SECONDS": "1",
            "PYTHONPATH": str(ROOT / "src"), **settings,
        }  # fmt: skip
        with (self.data_dir / "worker.log").open("ab") as log:
            self.workers.append(
                subprocess.Popen(
                    [sys.executable, *(command or ("-m", "museaika", "worker"))],
                    cwd=self.data_dir, env=environment, stdout=log, stderr=log,
                )
            )  # fmt: skip
        return self.workers[-1]

    def submit(self, **changes) -> str:
        return self.service.submit("ada", {"mood": "calm", "length": 8, "seed": 3, **changes}).job_id

    def unfinished(self) -> list[Path]:
        return list((self.data_dir / "work").iterdir())

    def status(self, job_id: str) -> str:
        return self.jobs.get(job_id).status

    def in_the_middle(self, job_id: str) -> bool:
        job = self.jobs.get(job_id)
        assert self.workers[-1].poll() is None, (self.data_dir / "worker.log").read_text()[-3000:]
        return job.status == "processing" and 0.05 < job.progress < 0.9


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.outbox.close()
    for worker in site.workers:
        worker.kill()
        worker.wait()


def test_a_worker_makes_a_piece_and_tells_the_web_of_every_step(site):
    job_id = site.submit()
    site.start_worker()
    assert until(lambda: any(isinstance(event, JobEnded) for event in site.heard))
    job = site.jobs.get(job_id)
    assert (job.status, site.heard[-1].status) == ("completed", "completed")
    assert site.heard[-1].metadata == job.result["metadata"]
    progress = [event.progress for event in site.heard if isinstance(event, JobProgressed)]
    assert progress == sorted(progress)
    with site.service.download("ada", job_id, "wav").open() as file:
        assert file.read(4) == b"RIFF"
    assert until(lambda: not site.unfinished(), 10)


def test_asked_to_leave_it_puts_its_job_back_and_is_gone_within_eight_seconds(site):
    job_id = site.submit(length=300)
    worker = site.start_worker()
    assert until(lambda: site.in_the_middle(job_id))
    worker.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    assert worker.wait(8) == 0
    assert time.monotonic() - asked < 8
    job = site.jobs.get(job_id)
    assert (job.status, job.attempts) == ("queued", 0)
    assert not site.unfinished()


def test_when_one_is_killed_another_makes_its_job(site):
    job_id = site.submit(length=30)
    worker = site.start_worker()
    assert until(lambda: site.in_the_middle(job_id))
    worker.kill()
    worker.wait()
    assert site.status(job_id) == "processing"
    site.start_worker()
    assert until(lambda: site.status(job_id) == "completed", 80)
    assert site.jobs.get(job_id).fence == 2
    assert until(lambda: not site.unfinished(), 10)


def test_a_running_piece_that_is_called_off_stops_within_a_second_and_leaves_nothing(site):
    job_id = site.submit(length=300)
    site.start_worker()
    assert until(lambda: site.in_the_middle(job_id))
    asked = time.monotonic()
    site.service.cancel_or_remove("ada", job_id)
    assert until(lambda: site.status(job_id) == "cancelled", 5)
    assert time.monotonic() - asked < 1.5
    assert until(lambda: not site.unfinished(), 10)
    assert not [path for path in (site.data_dir / "objects").rglob("*") if path.is_file()]


HANGS_AT_FIRST = """
import pathlib, sys, time
from museaika import bootstrap, cli
from museaika.generation import hold

class Hanging:
    def make(self, *asked):
        time.sleep(3600)

hold.STUCK_AFTER_S = 0.5
been_here = pathlib.Path("been-here")
if not been_here.exists():
    been_here.touch()
    bootstrap.build_engines = lambda settings: {"composer": Hanging()}
cli.main(["worker"])
"""


def test_an_engine_that_never_returns_costs_its_job_and_the_same_process_begins_anew(site):
    hanging, next_id = site.submit(), site.submit()
    worker = site.start_worker("-c", HANGS_AT_FIRST, JOB_PATIENCE="0.01")
    assert until(lambda: site.status(hanging) == "failed", 20)
    assert "was stopped" in site.jobs.get(hanging).error
    assert until(lambda: site.jobs.get(next_id).ended, 40)
    assert worker.poll() is None


def test_one_that_was_frozen_and_comes_back_changes_nothing_and_works_on(site):
    job_id = site.submit(length=30)
    frozen = site.start_worker()
    assert until(lambda: site.in_the_middle(job_id))
    frozen.send_signal(signal.SIGSTOP)
    other = site.start_worker()
    assert until(lambda: site.status(job_id) == "completed", 80)
    done = site.jobs.get(job_id)
    assert done.fence == 2
    other.kill()
    other.wait()
    frozen.send_signal(signal.SIGCONT)
    next_id = site.submit()
    assert until(lambda: site.status(next_id) == "completed", 60)
    assert site.jobs.get(job_id) == done
    for variation in done.result["variations"]:
        for file in variation["files"].values():
            assert (site.data_dir / "objects" / file["key"]).stat().st_size == file["bytes"]

    def endings() -> list[str]:
        return [event.job_id for event in site.heard if isinstance(event, JobEnded)]

    assert until(lambda: next_id in endings(), 5)
    assert endings() == [job_id, next_id]
