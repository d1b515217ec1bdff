"""A playlist, what stands in it, and what is done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

MOST_TRACKS = 10_000
MOST_COLLABORATORS = 100
MOST_READERS = 1_000

Role = Literal["owner", "collaborator", "reader"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One track in one list; a track may stand in it twice. `mood_context` is the mood it was added in."""

    entry_id: str
    track_id: str
    added_by: str
    added_at: datetime
    mood_context: str | None = None


@dataclass(frozen=True, slots=True)
class Playlist:
    """All of a playlist but its tracks; `version` counts its edits, its making is the first.

    `readers` were invited to a list that is not public. `tags_from_tracks`: nobody chose the `mood_tags`, they
    follow the moods of the tracks.
    """

    playlist_id: str
    owner_id: str
    title: str
    created_at: datetime
    updated_at: datetime
    description: str = ""
    mood_tags: tuple[str, ...] = ()
    is_public: bool = False
    collaborators: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    tags_from_tracks: bool = False
    track_count: int = 0
    spotify_playlist_id: str | None = None
    version: int = 1

    @property
    def members(self) -> tuple[str, ...]:
        """All who have the list among their own."""
        return (self.owner_id, *self.collaborators, *self.readers)

    def role_of(self, user_id: str) -> Role | None:
        """None: for this person the list does not exist."""
        if user_id == self.owner_id:
            return "owner"
        if user_id in self.collaborators:
            return "collaborator"
        return "reader" if self.is_public or user_id in self.readers else None


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody wants to be done; `data` is as that action takes it (`edits.py`)."""

    action: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """An edit as it was done: `data` names the anchor that was really used, `undo` is the edit that takes it
    back. Operations in the order of their versions make a replica equal to every other."""

    playlist_id: str
    version: int
    op_id: str
    action: str
    data: Mapping[str, Any]
    user_id: str
    at: datetime
    undo: Edit


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole playlist at one version, `entries` in their order. `places` are the ids of entries and of
    those that went not long ago, in one order; `gone` says which went, the longest gone first."""

    playlist: Playlist
    entries: tuple[Entry, ...]
    places: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whoever holds its link and signs in takes the role in the list, until it expires or is revoked."""

    invitation_id: str
    playlist_id: str
    role: Literal["collaborator", "reader"]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
