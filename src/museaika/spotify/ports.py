"""What talking to Spotify asks of the stores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Block:
    """No request before `until`; `reason` is Spotify's word for why, or ours."""

    until: datetime
    reason: str


class Gate(Protocol):
    """Says for all processes together whether a request may be sent now."""

    def blocked(self, at: datetime) -> Block | None:
        """What was asked for last, while it lasts."""
        ...

    def block(self, block: Block) -> None:
        """Send nothing before `block.until`; a later end stays."""
        ...

    def spend(self, at: datetime) -> Block | None:
        """Count one request, unless a budget is used up: then until when, and nothing is counted."""
        ...


@dataclass(frozen=True, slots=True)
class Connection:
    """A person's Spotify account as we may use it. Both tokens are sealed; `scopes` are what was agreed to;
    `consented_at` is when the person last said yes; `refreshing_until` is set while somebody refreshes."""

    user_id: str
    spotify_id: str
    display_name: str | None
    product: str | None
    scopes: tuple[str, ...]
    access_token: str
    refresh_token: str
    expires_at: datetime
    consented_at: datetime
    refreshing_until: datetime | None = None
    version: int = 1


class Connections(Protocol):
    """Keeps one connection for a person, and one person for a Spotify account."""

    def put(self, connection: Connection) -> None:
        """Keep it in place of an earlier one of the same person. Raises Conflict, code `spotify_taken`, when
        another person holds this Spotify account."""
        ...

    def get(self, user_id: str) -> Connection | None: ...

    def by_spotify_id(self, spotify_id: str) -> Connection | None: ...

    def replace(self, connection: Connection, *, expected_version: int) -> Connection | None:
        """Store it with version `expected_version + 1`, or return None when another write came first."""
        ...

    def delete(self, user_id: str) -> bool: ...
