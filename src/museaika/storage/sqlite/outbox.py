"""Events from one process to all others of this machine, through a table that each of them watches."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import structlog

from museaika.clock import Clock, now, rfc3339
from museaika.errors import MuseAIkaError
from museaika.events import Event, JobEnded, JobProgressed, Listener, SessionEnded
from museaika.storage.documents import from_document, to_document
from museaika.storage.memory.bus import Bus
from museaika.storage.retention import EVENT_KEPT
from museaika.storage.sqlite.database import Database, Row

_log = structlog.get_logger()
_TRAVELLING: dict[str, type[Any]] = {kind.__name__: kind for kind in (JobProgressed, JobEnded, SessionEnded)}
"""MoodRead is not among them: under the level strict nothing of a mood may reach the disk, not even as
news on its way. It is told in the process that read the mood, where the person's sockets are."""
_SWEEP_EVERY_S = 60.0


class Outbox:
    """A Publisher across processes. Listeners here are told at once, those elsewhere within about
    `poll_s`. What was published before a process's first subscription is not delivered to it."""

    def __init__(self, signals: Database, *, poll_s: float = 0.05, clock: Clock = now) -> None:
        self._signals = signals
        self._poll_s = poll_s
        self._clock = clock
        self._origin = uuid4().hex
        self._bus = Bus()
        self._lock = threading.Lock()
        self._relay: threading.Thread | None = None
        self._stop = threading.Event()

    def publish(self, event: Event) -> None:
        self._bus.publish(event)
        if type(event).__name__ not in _TRAVELLING:
            return
        try:
            self._signals.write(
                "INSERT INTO outbox (origin, at, kind, doc) VALUES (?, ?, ?, ?)",
                self._origin, rfc3339(self._clock()), type(event).__name__, to_document(event),
            )  # fmt: skip
        except MuseAIkaError as error:
            # The thing itself is stored by now: news that can't be spread must not undo it.
            _log.error("event_not_published", kind=type(event).__name__, reason=error.detail)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        with self._lock:
            if self._relay is None:
                self._relay = threading.Thread(
                    target=self._deliver_from, args=(self._end(),), name="outbox", daemon=True
                )
                self._relay.start()
        return self._bus.subscribe(listener)

    def close(self) -> None:
        """Stop watching; events of other processes are no longer delivered here."""
        self._stop.set()
        if self._relay is not None:
            self._relay.join()

    def _end(self) -> int:
        row = self._signals.row("SELECT coalesce(max(number), 0) AS number FROM outbox")
        return int(row["number"]) if row else 0

    def _deliver_from(self, number: int) -> None:
        until_sweep = 0.0
        while not self._stop.wait(self._poll_s):
            try:
                for row in self._signals.rows("SELECT * FROM outbox WHERE number > ? ORDER BY number", number):
                    number = row["number"]
                    self._deliver(row)
                until_sweep -= self._poll_s
                if until_sweep <= 0:
                    until_sweep = _SWEEP_EVERY_S
                    self._sweep()
            except MuseAIkaError as error:
                _log.error("events_not_read", reason=error.detail)

    def _deliver(self, row: Row) -> None:
        if row["origin"] == self._origin:
            return
        try:
            self._bus.publish(from_document(_TRAVELLING[row["kind"]], row["doc"]))
        except (KeyError, ValueError):
            _log.error("event_not_understood", kind=row["kind"])  # another version of ours wrote it

    def _sweep(self) -> None:
        self._signals.write("DELETE FROM outbox WHERE at < ?", rfc3339(self._clock() - EVENT_KEPT))
