"""A real worker, its engine in the middle of a long piece, and somebody who changes their mind."""

import threading
import time
from typing import NamedTuple


class CalledOff(NamedTuple):
    """Seconds from the DELETE until the job's status said so, and until the worker could take another job."""

    told_after_s: float
    free_after_s: float
    status: str


def call_off_in_the_middle(person, worker, asked, wait_until) -> CalledOff:
    """Order `asked`, let `worker` begin, and cancel it as soon as `wait_until` (of the job's JSON) holds."""
    job_id = person.post("/generate", json=asked).get_json()["data"]["job_id"]
    work = threading.Thread(target=worker.run_one)
    work.start()
    deadline = time.monotonic() + 60
    while not wait_until(job := person.get(f"/generate/{job_id}").get_json()["data"]):
        assert time.monotonic() < deadline, job
        assert job["status"] in ("queued", "processing"), job
        time.sleep(0.02)
    asked_at = time.monotonic()
    assert person.delete(f"/generate/{job_id}").get_json()["data"]["status"] == "cancelling"
    while (status := person.get(f"/generate/{job_id}").get_json()["data"]["status"]) == "processing":
        assert time.monotonic() - asked_at < 30
        time.sleep(0.01)
    told_after_s = time.monotonic() - asked_at
    work.join(30)
    assert not work.is_alive()
    return CalledOff(told_after_s, time.monotonic() - asked_at, status)
