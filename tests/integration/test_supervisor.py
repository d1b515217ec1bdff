"""The supervisor with real processes: it restarts what dies, and leaves nothing behind when it ends."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

PARENT = """
import sys
from museaika.supervisor import Child, Supervisor
from museaika.telemetry import configure_logging
configure_logging()
pairs = zip(sys.argv[1::2], sys.argv[2::2])
Supervisor([Child(name, [sys.executable, path]) for name, path in pairs], {}).run()
"""
STEADY = """
import os, signal, sys, time
from museaika.supervisor import hold_lifeline
open(sys.argv[0] + ".pids", "a").write(f"{os.getpid()}\\n")
hold_lifeline()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
while True: time.sleep(0.05)
"""
CRASHING = """
import os, sys
open(sys.argv[0] + ".pids", "a").write(f"{os.getpid()}\\n")
sys.exit(3)
"""
ANEW = """
import os, signal, sys, threading, time
from museaika.supervisor import begin_anew, hold_lifeline
pids = sys.argv[0] + ".pids"
second = os.path.exists(pids)
open(pids, "a").write(f"{os.getpid()}\\n")
lifeline = hold_lifeline()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if not second:
    threading.Timer(0.2, begin_anew, [lifeline]).start()
while True: time.sleep(0.05)
"""
STUBBORN = STEADY.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN")


def eventually(condition: Callable[[], bool], within_s: float = 15.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


class Family:
    """A supervisor in a process of its own, with children written to `folder`."""

    def __init__(self, folder: Path, **children: str) -> None:
        self.folder = folder
        command = [sys.executable, "-c", PARENT]
        for name, code in children.items():
            (folder / f"{name}.py").write_text(textwrap.dedent(code))
            command += [name, str(folder / f"{name}.py")]
        self.log_path = folder / "log"
        with self.log_path.open("wb") as log:
            self.parent = subprocess.Popen(command, stderr=log)

    def pids(self, name: str) -> list[int]:
        path = self.folder / f"{name}.py.pids"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def runs(self, name: str) -> bool:
        return bool(self.pids(name)) and psutil.pid_exists(self.pids(name)[-1])


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Callable[..., Family]]:
    made: list[Family] = []

    def make(**children: str) -> Family:
        made.append(Family(tmp_path, **children))
        return made[-1]

    yield make
    for one in made:
        one.parent.kill()
        one.parent.wait()


def test_a_child_that_is_killed_comes_back(family: Callable[..., Family]) -> None:
    house = family(web=STEADY)
    assert eventually(lambda: house.runs("web"))
    os.kill(house.pids("web")[-1], signal.SIGKILL)
    assert eventually(lambda: len(house.pids("web")) == 2 and house.runs("web"))
    assert "child_died" in house.log_path.read_text()


def test_a_child_that_keeps_dying_is_started_ever_more_rarely(family: Callable[..., Family]) -> None:
    house = family(broken=CRASHING, web=STEADY)
    assert eventually(lambda: house.log_path.read_text().count("child_died") >= 3)
    pauses = [
        float(part.split("=")[1].split()[0])
        for part in house.log_path.read_text().replace("\x1b[0m", "").split()
        if part.startswith("again_in_s=")
    ]
    assert pauses[:3] == [1.0, 2.0, 4.0]
    assert house.runs("web"), "one that dies does not take the others along"


def test_sigterm_stops_every_child_and_then_the_parent(family: Callable[..., Family]) -> None:
    house = family(web=STEADY, worker=STEADY)
    assert eventually(lambda: house.runs("web") and house.runs("worker"))
    house.parent.terminate()
    assert house.parent.wait(10) == 0
    assert not house.runs("web")
    assert not house.runs("worker")


def test_a_child_that_will_not_stop_is_killed_within_ten_seconds(family: Callable[..., Family]) -> None:
    house = family(stubborn=STUBBORN)
    assert eventually(lambda: house.runs("stubborn"))
    house.parent.terminate()
    assert house.parent.wait(10) == 0
    assert not house.runs("stubborn")


def test_children_do_not_outlive_a_parent_that_was_killed(family: Callable[..., Family]) -> None:
    house = family(web=STEADY, worker=STEADY)
    assert eventually(lambda: house.runs("web") and house.runs("worker"))
    house.parent.kill()
    house.parent.wait()
    assert eventually(lambda: not house.runs("web") and not house.runs("worker"), within_s=5)


def test_a_child_that_begins_anew_keeps_its_number_and_its_lifeline(family: Callable[..., Family]) -> None:
    house = family(worker=ANEW)
    assert eventually(lambda: len(house.pids("worker")) == 2)
    first, second = house.pids("worker")
    assert first == second
    assert house.runs("worker")
    assert "child_died" not in house.log_path.read_text()
    house.parent.kill()
    house.parent.wait()
    assert eventually(lambda: not house.runs("worker"), within_s=5)
