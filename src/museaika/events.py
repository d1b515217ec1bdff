"""What happened, as frozen facts, and the promise to tell others about it.

Services publish events after the thing is stored; the web turns them into Socket.IO messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class MoodRead:
    """A person's mood was read; `scores` are probabilities by mood, valence and arousal are −1…1."""

    user_id: str
    mood: str
    scores: Mapping[str, float]
    valence: float
    arousal: float
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class JobProgressed:
    """A generation job moved on; `progress` is 0…1 and `stage` a word for people ("melody")."""

    user_id: str
    job_id: str
    progress: float
    stage: str


@dataclass(frozen=True, slots=True)
class JobEnded:
    """A generation job reached a final `status`: completed, failed or cancelled."""

    user_id: str
    job_id: str
    status: str
    error: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A sign-in was revoked: sockets opened with it must close. `session_id` None means all of them."""

    user_id: str
    session_id: str | None


@dataclass(frozen=True, slots=True)
class PlaylistEdited:
    """An edit is stored in a playlist; events of one list come in the order of their versions."""

    playlist_id: str
    version: int
    op_id: str
    action: str
    data: Mapping[str, Any]
    user_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PlaylistDeleted:
    """A playlist is gone."""

    playlist_id: str


Event = MoodRead | JobProgressed | JobEnded | SessionEnded | PlaylistEdited | PlaylistDeleted
Listener = Callable[[Event], None]


class Publisher(Protocol):
    """Delivers every published event to every subscriber, in whichever process they live."""

    def publish(self, event: Event) -> None: ...

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for each later event, from a thread of the bus; returns the unsubscribe."""
        ...
