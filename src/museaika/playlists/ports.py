"""What playlists ask of a store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from museaika.paging import Page
from museaika.playlists.playlist import Invitation, Operation, Playlist, Snapshot

Appended = Literal["stored", "behind", "repeated"]


class Playlists(Protocol):
    """Keeps each playlist as the operations that made it, and a snapshot from which they go on."""

    def create(self, snapshot: Snapshot) -> None: ...

    def get(self, playlist_id: str) -> Playlist | None:
        """The playlist without its tracks, as its last operation left it."""
        ...

    def snapshot(self, playlist_id: str) -> Snapshot | None:
        """The last one saved; the operations after it are still to be applied."""
        ...

    def append(self, playlist: Playlist, operations: Sequence[Operation]) -> Appended:
        """Keep operations that follow each other, all or none, and `playlist` as they leave it.

        `behind`: others came first, or the playlist is gone; `repeated`: one of the op_ids was used before.
        The cost does not grow with the list.
        """
        ...

    def find(self, playlist_id: str, op_id: str) -> Operation | None: ...

    def since(self, playlist_id: str, version: int, limit: int | None = None) -> Sequence[Operation]:
        """The operations after a version, in order."""
        ...

    def save(self, snapshot: Snapshot) -> None:
        """Put a snapshot in place of an older one; a newer one stays."""
        ...

    def page(self, user_id: str, *, cursor: str | None = None, limit: int = 20) -> Page[Playlist]:
        """Those a person is a member of, newest first. A damaged cursor raises Invalid."""
        ...

    def tagged(self, user_id: str, mood: str, limit: int) -> Sequence[Playlist]:
        """Those with a mood among their tags, the last edited first: the person's, then public ones."""
        ...

    def touched(self, user_id: str) -> Sequence[str]:
        """The ids of all playlists that a person may have left a trace in."""
        ...

    def forget(self, user_id: str, playlist_id: str, stand_in: str) -> None:
        """Write `stand_in` wherever the playlist names the person."""
        ...

    def delete(self, playlist_id: str) -> bool:
        """All of it, with its invitations."""
        ...

    def invite(self, invitation: Invitation) -> None: ...

    def invitation(self, invitation_id: str) -> Invitation | None: ...

    def invitations(self, playlist_id: str) -> Sequence[Invitation]:
        """Those of a list, revoked and expired ones too, the newest first."""
        ...

    def revoke(self, invitation_id: str, at: datetime) -> bool:
        """Let an invitation count no longer; False when it was revoked before, or there is none."""
        ...

    def forget_invitations(self, expired_before: datetime) -> int: ...
