"""A studio in memory: real stores and a real service, and an engine that scribbles instead of composing."""

import threading
from pathlib import Path

import pytest

from museaika.generation.engines import Made, Stopped
from museaika.generation.service import GenerationService
from museaika.generation.worker import Worker
from museaika.storage.memory.jobs import MemoryJobs
from museaika.storage.objects.folder import Folder


class Bell:
    """A Waker within one process."""

    def __init__(self):
        self._rung = threading.Event()

    def wake(self):
        self._rung.set()

    def wait(self, timeout_s):
        rung = self._rung.wait(timeout_s)
        self._rung.clear()
        return rung


class Heard(list):
    def publish(self, event):
        self.append(event)

    def of(self, job_id):
        return [event for event in self if event.job_id == job_id]


class Scribbler:
    """An engine that writes its parameters down at once, or does what `during` says in the middle."""

    def __init__(self, during=lambda: None):
        self.during = during
        self.asked = []
        self.plan = {"tonic": 0, "mode": "major", "tempo": 90.0}

    def make(self, parameters, variation, material, folder, on_progress, should_stop):
        self.asked.append((dict(parameters), variation, material))
        on_progress("melody", 0.5)
        self.during()
        if should_stop():
            raise Stopped
        path = Path(folder) / "piece.mp3"
        path.write_text(f"{parameters['mood']} {parameters['seed'] + variation - 1}")
        metadata = {"duration_s": 30.0, "seed": parameters["seed"] + variation - 1, "key": "C major"}
        return Made({"mp3": path}, metadata, {**self.plan, "variation": variation} if self.plan else {})


class Studio:
    def __init__(self, folder):
        self.jobs, self.objects, self.bell, self.heard = (
            MemoryJobs(),
            Folder(folder / "objects"),
            Bell(),
            Heard(),
        )
        self.work_dir = folder / "work"
        self.engine = Scribbler()
        self.service = GenerationService(self.jobs, self.objects, self.bell, self.heard, max_waiting=5)
        self.worker = self.new_worker()

    def new_worker(self, **settings):
        return Worker(
            self.jobs, self.objects, self.bell, self.heard, {"composer": self.engine},
            **{"work_dir": self.work_dir, **settings},
        )  # fmt: skip

    def files(self):
        root = self.objects._root
        return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@pytest.fixture
def studio(tmp_path):
    return Studio(tmp_path)
