"""How a worker brings a job to its end, whatever happens on the way."""

import errno
import threading
import time
from datetime import timedelta

import pytest

from museaika.clock import now
from museaika.errors import Invalid
from museaika.events import JobEnded, JobProgressed
from museaika.generation.engines import magenta_card

CALM = {"mood": "calm", "length": 30, "seed": 7}


def until(true, timeout_s=5.0):
    deadline = time.monotonic() + timeout_s
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


@pytest.fixture
def submit(studio):
    return lambda **changes: studio.service.submit("ada", {**CALM, **changes}).job_id


def test_a_job_becomes_files_and_a_result_and_its_owner_is_told(studio, submit):
    job_id = submit(variations=2)
    assert studio.worker.run_one() is True
    job = studio.jobs.get(job_id)
    assert (job.status, job.progress, job.error) == ("completed", 1.0, None)
    assert studio.files() == [f"{job_id}/1/piece.mp3", f"{job_id}/2/piece.mp3"]
    first, second = job.result["variations"]
    assert first["files"] == {"mp3": {"key": f"{job_id}/1/piece.mp3", "bytes": 6}}
    assert (first["metadata"]["seed"], second["metadata"]["seed"]) == (7, 8)
    assert job.result["metadata"] == first["metadata"]
    assert studio.heard[-1] == JobEnded("ada", job_id, "completed", None, first["metadata"])
    assert not list(studio.work_dir.iterdir())


def test_with_nothing_to_do_it_says_so(studio):
    assert studio.worker.run_one() is False


def test_progress_is_told_in_order_and_over_all_variations(studio, submit):
    studio.engine.during = lambda: time.sleep(0.4)
    job_id = submit(variations=2)
    studio.worker.run_one()
    told = [event.progress for event in studio.heard if isinstance(event, JobProgressed)]
    assert told == sorted(told)
    assert told[:2] == [pytest.approx(0.25, abs=0.01), pytest.approx(0.75, abs=0.01)]
    assert isinstance(studio.heard.of(job_id)[-1], JobEnded)


def test_an_engine_that_breaks_fails_the_job_with_a_reason_for_people(studio, submit):
    studio.engine.during = lambda: {}["secret detail"]
    job_id = submit()
    studio.worker.run_one()
    job = studio.jobs.get(job_id)
    assert job.status == "failed"
    assert "our fault" in job.error
    assert "secret" not in job.error
    assert studio.heard[-1] == JobEnded("ada", job_id, "failed", job.error)
    assert studio.files() == []
    assert studio.worker.run_one() is False


def test_what_an_engine_can_not_do_fails_with_its_own_words(studio, submit):
    def refuse():
        raise Invalid("The sound bank has no kazoo.")

    studio.engine.during = refuse
    job_id = submit()
    studio.worker.run_one()
    assert studio.jobs.get(job_id).error == "The sound bank has no kazoo."


def test_a_full_disk_fails_the_job_in_words(studio, submit):
    def fill():
        raise OSError(errno.ENOSPC, "No space left on device")

    studio.engine.during = fill
    job_id = submit()
    studio.worker.run_one()
    assert "disk of this server is full" in studio.jobs.get(job_id).error


def test_a_running_job_that_is_called_off_ends_within_a_second(studio, submit):
    began, go = threading.Event(), threading.Event()
    studio.engine.during = lambda: (began.set(), go.wait(5))
    job_id = submit()
    work = threading.Thread(target=studio.worker.run_one)
    work.start()
    assert began.wait(5)
    assert studio.service.cancel_or_remove("ada", job_id).cancel_requested
    asked = time.monotonic()
    assert until(lambda: studio.jobs.get(job_id).status == "cancelled")
    assert time.monotonic() - asked < 1.0
    go.set()
    work.join()
    assert studio.files() == []
    assert [event.status for event in studio.heard if isinstance(event, JobEnded)] == ["cancelled"]


def test_a_job_that_takes_longer_than_its_engine_may_is_failed_with_the_reason_and_the_next_one_is_made(
    studio, submit
):
    studio.worker = studio.new_worker(patience=0.005)  # 120 s for 30 s of music, times this: 0.6 s
    slow = threading.Event()
    studio.engine.during = lambda: slow.is_set() or time.sleep(1.2)
    job_id = submit()
    studio.worker.run_one()
    job = studio.jobs.get(job_id)
    assert job.status == "failed"
    assert "the engine 'composer' has for a piece of this length" in job.error
    assert "JOB_PATIENCE" in job.error
    assert studio.heard[-1] == JobEnded("ada", job_id, "failed", job.error)
    assert studio.files() == []
    slow.set()
    next_id = submit()
    studio.worker.run_one()
    assert studio.jobs.get(next_id).status == "completed"


@pytest.mark.parametrize("reason", ["overdue", "cancelled"])
def test_an_engine_that_hangs_is_reported_once_its_job_has_ended(studio, submit, monkeypatch, reason):
    monkeypatch.setattr("museaika.generation.hold.STUCK_AFTER_S", 0.3)
    stuck, go = threading.Event(), threading.Event()
    patience = 0.002 if reason == "overdue" else 1.0
    studio.worker = studio.new_worker(patience=patience, on_stuck=stuck.set)
    studio.engine.during = lambda: go.wait(10)
    job_id = submit()
    work = threading.Thread(target=studio.worker.run_one)
    work.start()
    if reason == "cancelled":
        assert until(lambda: studio.jobs.get(job_id).status == "processing")
        studio.service.cancel_or_remove("ada", job_id)
    assert stuck.wait(5)
    assert studio.jobs.get(job_id).status == {"overdue": "failed", "cancelled": "cancelled"}[reason]
    go.set()
    work.join(5)
    assert studio.files() == []


def test_nobody_is_called_stuck_who_stops_in_time_or_works_on_a_wanted_job(studio, submit, monkeypatch):
    monkeypatch.setattr("museaika.generation.hold.STUCK_AFTER_S", 0.3)
    stuck = threading.Event()
    studio.worker = studio.new_worker(on_stuck=stuck.set)
    studio.engine.during = lambda: time.sleep(1.0)
    job_id = submit()
    studio.worker.run_one()
    assert studio.jobs.get(job_id).status == "completed"
    assert not stuck.is_set()


def test_a_job_whose_engine_was_taken_away_meanwhile_fails_with_the_way_to_install_it(studio, submit):
    job_id = submit()
    gone = {"composer": magenta_card(installed=False)}
    studio.new_worker(cards=gone).run_one()
    assert "MAGENTA_CHECKPOINT" in studio.jobs.get(job_id).error


def test_a_long_job_keeps_its_lease(studio, submit):
    studio.worker = studio.new_worker(lease_s=1.0)
    studio.engine.during = lambda: time.sleep(2.0)
    job_id = submit()
    work = threading.Thread(target=studio.worker.run_one)
    work.start()
    while work.is_alive():
        assert studio.new_worker().reap() == []
        time.sleep(0.05)
    assert (studio.jobs.get(job_id).status, studio.jobs.get(job_id).fence) == ("completed", 1)


def test_a_worker_that_lost_its_job_stops_and_changes_nothing(studio, submit):
    job_id = submit()

    def lose():
        studio.jobs.reap(at=now() + timedelta(hours=1), max_attempts=3)
        studio.jobs.claim(at=now(), lease_s=60)
        time.sleep(0.6)

    studio.engine.during = lose
    studio.worker.run_one()
    job = studio.jobs.get(job_id)
    assert (job.status, job.fence) == ("processing", 2)
    assert not [event for event in studio.heard if isinstance(event, JobEnded)]
    assert studio.files() == []


def test_who_was_erased_while_a_worker_worked_leaves_nothing_behind(studio, submit):
    submit()
    studio.engine.during = lambda: studio.service.erase("ada")
    studio.worker.run_one()
    assert studio.files() == []
    assert studio.service.page("ada").items == []


def test_a_worker_that_is_asked_to_leave_puts_its_job_back_unharmed(studio, submit):
    began, go, stop = threading.Event(), threading.Event(), threading.Event()
    studio.engine.during = lambda: (began.set(), go.wait(5))
    job_id = submit()
    work = threading.Thread(target=studio.worker.run_forever, args=(stop,))
    work.start()
    assert began.wait(5)
    stop.set()
    assert until(lambda: studio.jobs.get(job_id).status == "queued", 1.5)
    go.set()
    work.join(5)
    assert not work.is_alive()
    assert (studio.jobs.get(job_id).attempts, studio.files()) == (0, [])


def test_an_idle_worker_wakes_up_for_a_job_and_leaves_when_asked(studio, submit):
    stop = threading.Event()
    work = threading.Thread(target=studio.worker.run_forever, args=(stop,))
    work.start()
    time.sleep(0.1)
    job_id = submit()
    assert until(lambda: studio.jobs.get(job_id).status == "completed", 2)
    stop.set()
    work.join(5)
    assert not work.is_alive()


def test_the_job_of_a_dead_worker_is_put_back_and_made_by_another(studio, submit):
    job_id = submit()
    studio.jobs.claim(at=now() - timedelta(minutes=1), lease_s=5)
    assert [job.status for job in studio.worker.reap()] == ["queued"]
    assert studio.heard[-1] == JobProgressed("ada", job_id, 0.0, "queued")
    studio.worker.run_one()
    assert studio.jobs.get(job_id).status == "completed"


def test_a_job_that_kills_every_worker_is_given_up_and_its_owner_told(studio, submit):
    job_id = submit()
    for _ in range(3):
        studio.jobs.claim(at=now() - timedelta(minutes=1), lease_s=5)
        studio.worker.reap()
    job = studio.jobs.get(job_id)
    assert job.status == "failed"
    assert studio.heard[-1] == JobEnded("ada", job_id, "failed", job.error)


def test_unfinished_work_of_dead_workers_is_cleared_and_of_living_ones_kept(studio, submit):
    submit()
    job = studio.jobs.claim(at=now(), lease_s=60)
    living = studio.work_dir / f"{job.job_id}.{job.fence}"
    dead = [studio.work_dir / name for name in (f"{job.job_id}.0", "gen_unknown.1", "gen_odd.x")]
    for folder in (living, *dead):
        folder.mkdir(parents=True)
        (folder / "half.wav").write_bytes(b"half")
    studio.worker.reap()
    assert living.exists()
    assert not any(folder.exists() for folder in dead)


def test_a_store_that_is_away_for_a_while_does_not_end_the_worker(studio, submit, monkeypatch):
    from museaika.errors import Unavailable

    claim, failures = studio.jobs.claim, []

    def away(**options):
        if not failures:
            failures.append(1)
            raise Unavailable("The store is away.")
        return claim(**options)

    monkeypatch.setattr(studio.jobs, "claim", away)
    job_id, stop = submit(), threading.Event()
    work = threading.Thread(target=studio.worker.run_forever, args=(stop,))
    work.start()
    assert until(lambda: studio.jobs.get(job_id).status == "completed", 4)
    stop.set()
    work.join(5)
