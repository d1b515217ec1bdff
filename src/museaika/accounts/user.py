"""A person as we know them, and a sign-in of theirs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

PrivacyLevel = Literal["strict", "standard", "full"]
"""strict keeps nothing of a detection; standard keeps scores and mood, no text; full keeps the text too."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chose; the defaults are the careful ones."""

    privacy_level: PrivacyLevel = "standard"
    auto_generate: bool = False
    image_consent: bool = False


@dataclass(frozen=True, slots=True)
class User:
    """`mood_shares` are the ids of people who may follow this person's moods; `version` counts writes."""

    user_id: str
    kind: Literal["guest", "spotify"]
    display_name: str
    created_at: datetime
    updated_at: datetime
    email: str | None = None
    preferences: Preferences = field(default_factory=Preferences)
    mood_shares: tuple[str, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. Only SHA-256 hashes of refresh tokens are kept; `previous_hash` is the one that was
    rotated last: seeing it again means that it was stolen, or that an answer got lost on the way."""

    session_id: str
    user_id: str
    refresh_hash: str
    created_at: datetime
    expires_at: datetime
    previous_hash: str | None = None
    rotated_at: datetime | None = None


def newest_first(session: Session) -> tuple[float, str]:
    """The order in which sign-ins are told."""
    return -session.created_at.timestamp(), session.session_id
