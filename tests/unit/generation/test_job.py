"""Which way a job may go, and which it may not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from museaika.generation.job import (
    TRANSITIONS,
    Job,
    cancelled,
    claimed,
    ended,
    progressed,
    reaped,
    released,
    seconds_of_music,
    speed,
)

T0 = datetime(2026, 1, 5, 12, tzinfo=UTC)
WAITING = Job("gen_1", "ada", {"mood": "calm"}, T0, T0)
RUNNING = claimed(WAITING, at=T0, lease_s=5)
ENDED = [ended(RUNNING, status, at=T0) for status in ("completed", "failed", "cancelled")]


@pytest.mark.parametrize("job", ENDED, ids=lambda job: job.status)
def test_what_has_ended_stays_so(job):
    assert job.ended
    assert cancelled(job, at=T0) == job
    for move in (
        lambda: claimed(job, at=T0, lease_s=5),
        lambda: released(job, at=T0),
        lambda: ended(job, "failed", at=T0),
        lambda: reaped(job, at=T0, max_attempts=1),
    ):
        with pytest.raises(ValueError, match="can't become"):
            move()


def test_a_waiting_job_can_not_be_completed_by_anybody():
    with pytest.raises(ValueError, match="queued can't become completed"):
        ended(WAITING, "completed", at=T0)


def test_a_job_is_held_by_the_fence_of_its_latest_claim_alone():
    again = claimed(released(RUNNING, at=T0), at=T0, lease_s=5)
    assert (RUNNING.held_by(1), again.held_by(1), again.held_by(2)) == (True, False, True)
    assert not released(RUNNING, at=T0).held_by(1)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_progress_never_goes_back_and_never_beyond_one(reports):
    job = RUNNING
    for report in reports:
        further = progressed(job, progress=report * 1.5, stage="melody", at=T0, lease_s=5)
        assert job.progress <= further.progress <= 1.0
        job = further


def test_speed_is_working_time_over_the_length_of_all_variations():
    result = {"variations": [{"metadata": {"duration_s": 30}}, {"metadata": {"duration_s": 10}}]}
    done = ended(RUNNING, "completed", at=T0 + timedelta(seconds=20), result=result)
    assert seconds_of_music(result) == 40
    assert speed(done) == 0.5
    assert speed(RUNNING) is None
    assert speed(replace(done, result={"variations": []})) is None


class JobLife(RuleBasedStateMachine):
    """Whatever happens in whatever order, the fence only grows and an end is final."""

    def __init__(self):
        super().__init__()
        self.job, self.before = WAITING, WAITING

    def go(self, job):
        self.before, self.job = self.job, job

    @precondition(lambda self: self.job.status == "queued")
    @rule()
    def claim(self):
        self.go(claimed(self.job, at=T0, lease_s=5))

    @precondition(lambda self: self.job.status == "processing")
    @rule(progress=st.floats(0, 1))
    def progress(self, progress):
        self.go(progressed(self.job, progress=progress, stage="x", at=T0, lease_s=5))

    @precondition(lambda self: self.job.status == "processing")
    @rule()
    def lose_the_worker(self):
        self.go(reaped(self.job, at=T0, max_attempts=3))

    @precondition(lambda self: self.job.status == "processing")
    @rule()
    def release(self):
        self.go(released(self.job, at=T0))

    @precondition(lambda self: self.job.status == "processing")
    @rule()
    def complete(self):
        self.go(ended(self.job, "completed", at=T0, result={"variations": []}))

    @rule()
    def cancel(self):
        self.go(cancelled(self.job, at=T0))

    @invariant()
    def every_step_is_allowed(self):
        before, job = self.before, self.job
        assert job.status == before.status or job.status in TRANSITIONS[before.status]
        assert job.fence >= before.fence
        assert job.progress >= before.progress
        assert job.attempts < 3 or job.status == "failed"
        assert (job.completed_at is not None) == job.ended
        assert (job.lease_until is not None) == (job.status == "processing")
        assert not before.ended or job == before


TestJobLife = JobLife.TestCase
TestJobLife.settings = settings(deadline=None)
