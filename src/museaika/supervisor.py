"""Runs the web server and its workers as children of one parent, and keeps them running.

A child that dies is started again after a pause that doubles while it keeps dying. SIGTERM and Ctrl-C stop
every child within ten seconds. Each child holds the reading end of a pipe, its lifeline: if the parent
itself is killed the pipe closes, and the children stop on their own.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NoReturn

import structlog

LIFELINE = "MUSEAIKA_LIFELINE"
STOP_WITHIN_S = 8.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STEADY_AFTER_S = 20.0

log = structlog.get_logger(__name__)


@dataclass
class Child:
    """One process to keep alive; `pause_s` is how long to wait before its next start."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S


@dataclass
class Supervisor:
    """Starts `children` with `environment` added to our own, until asked to stop."""

    children: Sequence[Child]
    environment: Mapping[str, str]
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Keep every child running until SIGTERM, SIGINT or `stop`; then stop them all."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stop.set())
        reading_end, writing_end = os.pipe()
        try:
            while not self.stop.is_set():
                for child in self.children:
                    self._look_after(child, reading_end)
                self.stop.wait(0.2)
        finally:
            self._stop_all()
            os.close(writing_end)
            os.close(reading_end)

    def _look_after(self, child: Child, lifeline: int) -> None:
        now = time.monotonic()
        if child.process is not None:
            if (code := child.process.poll()) is None:
                return
            steady = now - child.started_at > STEADY_AFTER_S
            child.pause_s = FIRST_PAUSE_S if steady else min(child.pause_s * 2, LONGEST_PAUSE_S)
            child.process, child.start_again_at = None, now + child.pause_s
            log.warning("child_died", child=child.name, exit_code=code, again_in_s=child.pause_s)
        elif now >= child.start_again_at:
            child.process = subprocess.Popen(
                child.command,
                env={**os.environ, **self.environment, LIFELINE: str(lifeline)},
                pass_fds=(lifeline,),
                start_new_session=True,  # Ctrl-C reaches the parent alone, which stops them in order
            )
            child.started_at = now
            log.info("child_started", child=child.name, pid=child.process.pid)

    def _stop_all(self) -> None:
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_WITHIN_S
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("child_killed", pid=process.pid)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        log.info("stopped")


def hold_lifeline() -> Mapping[str, str]:
    """In a child: stop this process when the supervisor is gone. Does nothing outside a supervisor. Returns
    what the environment of a successor needs, so that it can hold on as well."""
    if not (descriptor := os.environ.pop(LIFELINE, None)):
        return {}

    def wait_for_the_end() -> None:
        os.read(int(descriptor), 1)  # returns only when the parent's end is closed
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_the_end, name="lifeline", daemon=True).start()
    return {LIFELINE: descriptor}


def begin_anew(environment: Mapping[str, str]) -> NoReturn:
    """Run this process's command again in its place, under the same number: the way out of a call that never
    returns. What it held in memory is gone; `environment` is added to its own."""
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **environment})  # noqa: S606


def serve_children(workers: int) -> list[Child]:
    """The web server and `workers` workers, as the commands that start them."""
    python = [sys.executable, "-m", "museaika"]
    return [Child("web", [*python, "web"])] + [
        Child(f"worker-{number}", [*python, "worker"]) for number in range(1, workers + 1)
    ]


def own_the_data(data_dir: Path) -> IO[str]:
    """Lock the data folder for one supervisor; raises BlockingIOError when another holds it."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (data_dir / "serve.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return lock


def port_is_free(host: str, port: int) -> bool:
    """Try whether a server could listen there, as gunicorn would."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def when_ready(url: str, stop: threading.Event, tell: Callable[[float], None]) -> threading.Thread:
    """Ask `url` until it answers 200, then `tell` how many seconds that took, from a thread of its own."""
    began = time.monotonic()

    def ask() -> None:
        while not stop.wait(0.15):
            try:
                urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - our own address
            except (urllib.error.URLError, OSError):
                continue
            tell(time.monotonic() - began)
            return

    thread = threading.Thread(target=ask, name="ready", daemon=True)
    thread.start()
    return thread
