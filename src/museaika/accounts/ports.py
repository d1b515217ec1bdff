"""What accounts ask of a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from museaika.accounts.user import Session, User


class Users(Protocol):
    """Keeps people, each once."""

    def create(self, user: User) -> None: ...

    def get(self, user_id: str) -> User | None: ...

    def replace(self, user: User, *, expected_version: int) -> User | None:
        """Store `user` with version `expected_version + 1`, or return None when another write came first."""
        ...

    def delete(self, user_id: str) -> bool: ...


class Sessions(Protocol):
    """Keeps sign-ins; one that is gone is revoked."""

    def create(self, session: Session) -> None: ...

    def get(self, session_id: str) -> Session | None: ...

    def of(self, user_id: str) -> Sequence[Session]:
        """A person's sign-ins, newest first; those that have run out may be among them."""
        ...

    def rotate(self, session_id: str, *, expected_hash: str, new_hash: str, at: datetime) -> bool:
        """Swap the refresh hash if it is still `expected_hash`: of two at once, one wins."""
        ...

    def delete(self, session_id: str) -> bool: ...

    def delete_all(self, user_id: str) -> int: ...

    def delete_expired(self, at: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known of an idempotency key. `fresh`: nobody used it, and it is the caller's now;
    `running`: its first request has not answered yet; `mismatch`: it was used with another body;
    `done`: here is the first answer (`status`, `headers` and `body` bytes)."""

    state: Literal["fresh", "running", "mismatch", "done"]
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Replays(Protocol):
    """Remembers the first answer to each idempotency key for 24 hours.

    A key that has been running for over a minute belongs to a request that died, and is fresh again.
    """

    def begin(self, user_id: str, key: str, fingerprint: str, at: datetime) -> Remembered: ...

    def finish(
        self, user_id: str, key: str, *, status: int, headers: tuple[tuple[str, str], ...], body: bytes
    ) -> None: ...

    def forget(self, user_id: str, key: str) -> None:
        """The request failed in a way that may be tried again with the same key."""
        ...

    def delete_all(self, user_id: str) -> int: ...

    def delete_expired(self, at: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class OpenSocket:
    """One open socket: whose it is, and the server process that holds it."""

    sid: str
    user_id: str
    server_id: str


class OpenSockets(Protocol):
    """Knows which sockets of a person are open, on whichever server (`socketio:user:{user_id}`).

    A server says again and again that it is alive. One that was silent for `SOCKET_LEASE` has crashed, and
    its sockets count no longer, whether or not they were swept.
    """

    def alive(self, server_id: str, at: datetime) -> None: ...

    def come(self, one: OpenSocket) -> None: ...

    def go(self, sid: str) -> None: ...

    def of(self, user_id: str, at: datetime) -> Sequence[OpenSocket]:
        """The person's sockets on servers that are alive."""
        ...

    def sweep(self, at: datetime) -> int:
        """Forget servers that are not alive and their sockets; says how many sockets that were."""
        ...
