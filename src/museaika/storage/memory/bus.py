"""Delivers events to the listeners of one process, from a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

import structlog

from museaika.events import Event, Listener

_log = structlog.get_logger()


class Bus:
    """A Publisher for one process. Events arrive in the order they were published; a listener that
    raises is logged and keeps nothing from the others."""

    def __init__(self) -> None:
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._listeners: tuple[Listener, ...] = ()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def publish(self, event: Event) -> None:
        if self._listeners:
            self._events.put(event)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        with self._lock:
            self._listeners = (*self._listeners, listener)
            if self._thread is None:
                self._thread = threading.Thread(target=self._deliver, name="bus", daemon=True)
                self._thread.start()
        return lambda: self._unsubscribe(listener)

    def _unsubscribe(self, listener: Listener) -> None:
        with self._lock:
            self._listeners = tuple(other for other in self._listeners if other is not listener)

    def _deliver(self) -> None:
        while True:
            event = self._events.get()
            for listener in self._listeners:
                try:
                    listener(event)
                except Exception:  # noqa: BLE001 — whatever one listener does, the others are told
                    _log.exception("listener_failed", kind=type(event).__name__)
