"""What stores of jobs promise to owners and to workers."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from museaika.errors import Invalid, RateLimited
from museaika.generation.job import Job

T0 = datetime(2026, 1, 5, 12, 0, 0, 250_000, tzinfo=UTC)
RESULT = {"variations": [{"metadata": {"duration_s": 30.0}}, {"metadata": {"duration_s": 10.0}}]}


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def asked(number: int, user_id: str = "ada", **changes) -> Job:
    job = Job(
        f"gen_{number:03d}",
        user_id,
        {"mood": "calm", "length": 30.0, "engine": "composer"},
        after(number),
        after(number),
    )
    return replace(job, **changes)


@pytest.fixture
def jobs(new_store):
    return new_store("jobs")


@pytest.fixture
def ask(jobs):
    def create(number: int, user_id: str = "ada") -> Job:
        jobs.create(asked(number, user_id), max_waiting=1000)
        return asked(number, user_id)

    return create


def test_a_job_comes_back_as_it_was_asked(jobs, ask):
    assert jobs.get(ask(1).job_id) == asked(1)
    assert jobs.get("gen_unknown") is None


def test_who_has_as_many_unfinished_jobs_as_allowed_is_told_to_wait(jobs):
    for number in range(3):
        jobs.create(asked(number), max_waiting=3)
    jobs.claim(at=T0, lease_s=10)
    with pytest.raises(RateLimited, match="3 pieces"):
        jobs.create(asked(3), max_waiting=3)
    jobs.create(asked(4, "bo"), max_waiting=3)
    jobs.finish("gen_000", 1, status="failed", at=T0, error="x")
    jobs.create(asked(3), max_waiting=3)


def test_of_sixteen_requests_at_once_no_more_than_allowed_get_in(jobs, at_once):
    def create(number: int) -> bool:
        try:
            jobs.create(asked(number), max_waiting=5)
        except RateLimited:
            return False
        return True

    assert at_once(16, create).count(True) == 5


def test_the_job_that_waits_longest_is_claimed_first(jobs, ask):
    for number in (2, 1, 3):
        ask(number)
    first = jobs.claim(at=after(10), lease_s=5)
    assert (first.job_id, first.status, first.fence) == ("gen_001", "processing", 1)
    assert (first.lease_until, first.started_at) == (after(15), after(10))
    assert [jobs.claim(at=T0, lease_s=5).job_id for _ in range(2)] == ["gen_002", "gen_003"]
    assert jobs.claim(at=T0, lease_s=5) is None


def test_of_jobs_asked_in_the_same_moment_the_first_to_arrive_is_first(jobs):
    for job_id in ("gen_c", "gen_a", "gen_b"):
        jobs.create(asked(0, job_id=job_id), max_waiting=10)
    assert [jobs.queue_position(job_id) for job_id in ("gen_c", "gen_a", "gen_b")] == [0, 1, 2]
    assert [jobs.claim(at=T0, lease_s=5).job_id for _ in range(3)] == ["gen_c", "gen_a", "gen_b"]


def test_eight_workers_claim_fifty_jobs_each_once(jobs, ask, at_once):
    for number in range(50):
        ask(number)

    def work(_: int) -> list[str]:
        mine = []
        while job := jobs.claim(at=T0, lease_s=10):
            mine.append(job.job_id)
            jobs.progress(job.job_id, job.fence, progress=0.5, stage="melody", at=T0, lease_s=10)
            assert jobs.finish(job.job_id, job.fence, status="completed", at=after(1), result=RESULT)
        return mine

    claimed = [job_id for mine in at_once(8, work) for job_id in mine]
    assert sorted(claimed) == [f"gen_{number:03d}" for number in range(50)]


def test_progress_is_kept_renews_the_lease_and_never_goes_back(jobs, ask):
    ask(1)
    jobs.claim(at=T0, lease_s=5)
    assert jobs.progress("gen_001", 1, progress=0.5, stage="melody", at=after(4), lease_s=5) == "go_on"
    assert jobs.progress("gen_001", 1, progress=0.4, stage="sound", at=after(8), lease_s=5) == "go_on"
    job = jobs.get("gen_001")
    assert (job.progress, job.stage, job.updated_at, job.lease_until) == (0.5, "sound", after(8), after(13))


def test_a_finished_job_keeps_its_result_and_never_changes_again(jobs, ask):
    ask(1)
    jobs.claim(at=T0, lease_s=5)
    assert jobs.finish("gen_001", 1, status="completed", at=after(2), result=RESULT)
    done = jobs.get("gen_001")
    assert (done.status, done.progress, done.completed_at, done.result) == ("completed", 1.0, after(2), RESULT)
    assert not jobs.finish("gen_001", 1, status="failed", at=after(3), error="late")
    assert not jobs.release("gen_001", 1, at=after(3))
    assert jobs.progress("gen_001", 1, progress=0.1, stage="late", at=after(3), lease_s=5) == "lost"
    assert jobs.reap(at=after(1000), max_attempts=3) == []
    assert jobs.request_cancel("ada", "gen_001", at=after(3)) == done
    assert jobs.get("gen_001") == done


def test_a_worker_that_was_thought_dead_changes_nothing(jobs, ask):
    ask(1)
    jobs.claim(at=T0, lease_s=5)
    jobs.reap(at=after(6), max_attempts=3)
    assert jobs.progress("gen_001", 1, progress=0.9, stage="late", at=after(6), lease_s=5) == "lost"
    second = jobs.claim(at=after(7), lease_s=5)
    assert second.fence == 2
    assert jobs.progress("gen_001", 1, progress=0.9, stage="late", at=after(8), lease_s=5) == "lost"
    assert not jobs.finish("gen_001", 1, status="completed", at=after(8), result=RESULT)
    assert not jobs.release("gen_001", 1, at=after(8))
    assert jobs.get("gen_001") == second


def test_of_sixteen_finishes_at_once_one_counts(jobs, ask, at_once):
    ask(1)
    jobs.claim(at=T0, lease_s=5)
    outcomes = at_once(16, lambda n: jobs.finish("gen_001", 1, status="failed", at=T0, error=f"by {n}"))
    assert outcomes.count(True) == 1
    assert jobs.get("gen_001").error == f"by {outcomes.index(True)}"


def test_a_released_job_goes_back_unharmed_and_first(jobs, ask):
    ask(1), ask(2)
    jobs.claim(at=T0, lease_s=5)
    assert jobs.release("gen_001", 1, at=after(1))
    back = jobs.get("gen_001")
    assert (back.status, back.attempts, back.lease_until) == ("queued", 0, None)
    assert jobs.claim(at=T0, lease_s=5).job_id == "gen_001"


def test_a_lost_job_is_tried_again_until_its_attempts_are_used_up(jobs, ask):
    ask(1)
    for attempt in (1, 2):
        jobs.claim(at=T0, lease_s=5)
        assert jobs.reap(at=after(4), max_attempts=3) == []
        (back,) = jobs.reap(at=after(6), max_attempts=3)
        assert (back.status, back.attempts) == ("queued", attempt)
    jobs.claim(at=T0, lease_s=5)
    (failed,) = jobs.reap(at=after(6), max_attempts=3)
    assert (failed.status, failed.completed_at) == ("failed", after(6))
    assert "workers" in failed.error
    assert jobs.get("gen_001") == failed


def test_attempts_count_only_when_they_got_no_further_than_the_ones_before(jobs, ask):
    ask(1)
    attempts = []
    for reached in (0.5, 0.5, 0.9, 0.3):
        fence = jobs.claim(at=T0, lease_s=5).fence
        jobs.progress("gen_001", fence, progress=reached, stage="melody", at=T0, lease_s=5)
        attempts += [job.attempts for job in jobs.reap(at=after(6), max_attempts=3)]
    assert attempts == [0, 1, 0, 1]


def test_two_reapers_put_a_lost_job_back_once(jobs, ask, at_once):
    for number in range(10):
        ask(number)
        jobs.claim(at=T0, lease_s=5)
    reaped = [
        job.job_id for mine in at_once(8, lambda _: jobs.reap(at=after(6), max_attempts=3)) for job in mine
    ]
    assert sorted(reaped) == [f"gen_{number:03d}" for number in range(10)]
    assert {jobs.get(job_id).attempts for job_id in reaped} == {1}


def test_cancelling_ends_a_waiting_job_and_marks_a_running_one(jobs, ask):
    ask(1), ask(2)
    jobs.claim(at=T0, lease_s=5)
    running = jobs.request_cancel("ada", "gen_001", at=after(1))
    assert (running.status, running.cancel_requested) == ("processing", True)
    assert jobs.progress("gen_001", 1, progress=0.1, stage="x", at=after(1), lease_s=5) == "cancel"
    waiting = jobs.request_cancel("ada", "gen_002", at=after(1))
    assert (waiting.status, waiting.completed_at) == ("cancelled", after(1))
    assert jobs.claim(at=after(2), lease_s=5) is None
    assert jobs.request_cancel("bo", "gen_001", at=after(1)) is None
    assert jobs.request_cancel("ada", "gen_unknown", at=after(1)) is None


def test_a_job_to_be_cancelled_whose_worker_is_lost_is_cancelled(jobs, ask):
    ask(1)
    jobs.claim(at=T0, lease_s=5)
    jobs.request_cancel("ada", "gen_001", at=after(1))
    assert [job.status for job in jobs.reap(at=after(6), max_attempts=3)] == ["cancelled"]


def test_of_a_claim_and_a_cancel_at_once_none_is_forgotten(jobs, ask):
    for number in range(20):
        ask(number)
    claimed = []

    def claim_all() -> None:
        while job := jobs.claim(at=T0, lease_s=5):
            claimed.append(job.job_id)

    worker = threading.Thread(target=claim_all)
    worker.start()
    answers = [jobs.request_cancel("ada", f"gen_{number:03d}", at=T0) for number in reversed(range(20))]
    worker.join()
    for answer in answers:
        assert answer.cancel_requested == (answer.job_id in claimed)
        assert (answer.status == "cancelled") == (answer.job_id not in claimed)


def test_only_an_ended_job_can_be_removed_and_by_its_owner(jobs, ask):
    ask(1)
    assert jobs.delete("ada", "gen_001") is False
    jobs.request_cancel("ada", "gen_001", at=T0)
    assert jobs.delete("bo", "gen_001") is False
    assert jobs.delete("ada", "gen_001") is True
    assert jobs.get("gen_001") is None


def test_a_person_takes_all_jobs_along_even_the_running_ones(jobs, ask):
    ask(1), ask(2), ask(3, "bo")
    jobs.claim(at=T0, lease_s=5)
    assert sorted(jobs.delete_all("ada")) == ["gen_001", "gen_002"]
    assert jobs.progress("gen_001", 1, progress=0.5, stage="x", at=T0, lease_s=5) == "lost"
    assert not jobs.finish("gen_001", 1, status="completed", at=T0, result=RESULT)
    assert jobs.get("gen_001") is None
    assert jobs.get("gen_003") is not None


def test_pages_give_the_own_jobs_from_the_newest_on(jobs, ask):
    for number in range(5):
        ask(number)
    ask(9, "bo")
    seen, cursor = [], None
    while True:
        page = jobs.page("ada", cursor=cursor, limit=2)
        seen += [job.job_id for job in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert seen == ["gen_004", "gen_003", "gen_002", "gen_001", "gen_000"]
    with pytest.raises(Invalid):
        jobs.page("ada", cursor="damaged")


def test_the_place_in_the_queue_counts_all_that_is_ahead(jobs, ask):
    for number in range(4):
        ask(number, f"user {number}")
    assert [jobs.queue_position(f"gen_{n:03d}") for n in range(4)] == [0, 1, 2, 3]
    jobs.claim(at=T0, lease_s=5)
    assert [jobs.queue_position(f"gen_{n:03d}") for n in range(4)] == [0, 1, 2, 3]
    jobs.finish("gen_000", 1, status="completed", at=T0, result=RESULT)
    jobs.request_cancel("user 1", "gen_001", at=T0)
    assert [jobs.queue_position(f"gen_{n:03d}") for n in range(4)] == [0, 0, 0, 1]
    assert jobs.queue_position("gen_unknown") == 0


def test_the_music_ahead_is_told_by_engine_and_less_what_is_made_already(jobs, ask):
    ask(0)
    slow = {"mood": "calm", "length": 20.0, "engine": "musicgen", "variations": 2}
    jobs.create(asked(1, "bo", parameters=slow), max_waiting=10)
    ask(2)
    assert jobs.music_ahead("gen_000") == {}
    assert jobs.music_ahead("gen_002") == {"composer": 30.0, "musicgen": 40.0}
    jobs.claim(at=T0, lease_s=5)
    jobs.progress("gen_000", 1, progress=0.5, stage="melody", at=T0, lease_s=5)
    assert jobs.music_ahead("gen_000") == {}
    assert jobs.music_ahead("gen_002") == {"composer": 15.0, "musicgen": 40.0}
    jobs.request_cancel("bo", "gen_001", at=T0)
    assert jobs.music_ahead("gen_002") == {"composer": 15.0}
    assert jobs.music_ahead("gen_unknown") == {}


def test_speed_is_the_median_of_an_engines_completed_jobs_per_second_of_music(jobs, ask):
    assert jobs.seconds_per_second("composer") is None
    for number, took_s in enumerate((4, 8, 400)):
        ask(number)
        jobs.claim(at=after(100), lease_s=5)
        jobs.finish(f"gen_{number:03d}", 1, status="completed", at=after(100 + took_s), result=RESULT)
    ask(3)
    jobs.claim(at=T0, lease_s=5)
    jobs.finish("gen_003", 1, status="failed", at=after(9000), error="x")
    slow = {"mood": "calm", "length": 30.0, "engine": "musicgen"}
    jobs.create(asked(4, parameters=slow), max_waiting=1000)
    jobs.claim(at=after(100), lease_s=5)
    jobs.finish("gen_004", 1, status="completed", at=after(500), result=RESULT)
    assert jobs.seconds_per_second("composer") == pytest.approx(8 / 40)
    assert jobs.seconds_per_second("musicgen") == pytest.approx(400 / 40)
    assert jobs.seconds_per_second("magenta") is None
