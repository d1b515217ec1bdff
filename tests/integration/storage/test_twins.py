"""Whatever workers, owners and time do to jobs, in any order: both stores say the same at every step."""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from museaika.errors import RateLimited
from museaika.generation.job import Job
from museaika.storage.memory.jobs import MemoryJobs
from museaika.storage.sqlite.database import Database
from museaika.storage.sqlite.jobs import SqliteJobs
from museaika.storage.sqlite.schema import DOCUMENTS

T0 = datetime(2026, 1, 5, 12, tzinfo=UTC)
IDS = [f"gen_{n}" for n in range(6)]
USERS = ["ada", "bo"]
LEASE_S = 5.0

a_job = st.sampled_from(IDS)
a_user = st.sampled_from(USERS)
a_fence = st.integers(1, 4)


class TwinStores(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        database = Database(self.folder / "twin.sqlite3", DOCUMENTS, synchronous="NORMAL")
        database.init()
        self.twins = (MemoryJobs(), SqliteJobs(database))
        self.at = T0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def both(self, ask) -> None:
        memory, sqlite = (ask(twin) for twin in self.twins)
        assert memory == sqlite

    @rule(seconds=st.sampled_from([0, 1, 6]))
    def time_passes(self, seconds):
        self.at += timedelta(seconds=seconds)

    @rule(job_id=a_job, user=a_user)
    def create(self, job_id, user):
        if self.twins[0].get(job_id) is not None:
            return

        def ask(twin):
            try:
                twin.create(
                    Job(job_id, user, {"mood": "calm", "engine": "composer", "length": 8.0}, self.at, self.at),
                    max_waiting=3,
                )
            except RateLimited as refused:
                return refused.detail
            return "accepted"

        self.both(ask)

    @rule()
    def claim(self):
        self.both(lambda twin: twin.claim(at=self.at, lease_s=LEASE_S))

    @rule(job_id=a_job, fence=a_fence, progress=st.sampled_from([0.0, 0.3, 0.9]))
    def progress(self, job_id, fence, progress):
        self.both(
            lambda twin: twin.progress(job_id, fence, progress=progress, stage="x", at=self.at, lease_s=LEASE_S)
        )

    @rule(job_id=a_job, fence=a_fence, status=st.sampled_from(["completed", "failed", "cancelled"]))
    def finish(self, job_id, fence, status):
        result = {"variations": [{"metadata": {"duration_s": 4.0}}]} if status == "completed" else None
        self.both(lambda twin: twin.finish(job_id, fence, status=status, at=self.at, result=result))

    @rule(job_id=a_job, fence=a_fence)
    def release(self, job_id, fence):
        self.both(lambda twin: twin.release(job_id, fence, at=self.at))

    @rule()
    def reap(self):
        self.both(lambda twin: sorted(twin.reap(at=self.at, max_attempts=2), key=lambda job: job.job_id))

    @rule(job_id=a_job, user=a_user)
    def cancel(self, job_id, user):
        self.both(lambda twin: twin.request_cancel(user, job_id, at=self.at))

    @rule(job_id=a_job, user=a_user)
    def delete(self, job_id, user):
        self.both(lambda twin: twin.delete(user, job_id))

    @rule(user=a_user)
    def erase(self, user):
        self.both(lambda twin: sorted(twin.delete_all(user)))

    @invariant()
    def they_hold_the_same(self):
        self.both(lambda twin: [(twin.get(job_id), twin.queue_position(job_id)) for job_id in IDS])
        self.both(lambda twin: [twin.page(user, limit=2) for user in USERS])
        self.both(lambda twin: [twin.music_ahead(job_id) for job_id in IDS])
        self.both(lambda twin: twin.seconds_per_second("composer"))


TestTwinStores = TwinStores.TestCase
TestTwinStores.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
