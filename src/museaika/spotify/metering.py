"""How Spotify answers, for whoever wants to count it."""

from __future__ import annotations

from collections.abc import Callable

Listener = Callable[[str, str, float], None]
"""Is told the endpoint, the outcome (a status, or the name of a trouble) and the seconds it took."""


class CallMeter:
    """A `transport.Meter` that passes on what it hears."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def note(self, endpoint: str, outcome: str, seconds: float) -> None:
        for listener in self._listeners:
            listener(endpoint, outcome, seconds)
