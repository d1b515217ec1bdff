"""Who is in a list besides its owner: collaborators and readers, added by name or invited by a signed link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal
from uuid import uuid4

from itsdangerous import BadData, URLSafeSerializer

from museaika.clock import Clock, now
from museaika.errors import Conflict, Forbidden, Invalid, NotFound
from museaika.playlists.playlist import Edit, Invitation, Playlist
from museaika.playlists.ports import Playlists
from museaika.playlists.rights import check
from museaika.playlists.service import PlaylistService

MOST_INVITATIONS = 50
"""Invitations to one list that are good at the same time."""
EXPIRED_KEPT = timedelta(days=30)
"""So long we still know that a link was ours, and say that it has expired."""


class Members:
    """Lets people in and out of lists. `key` signs the links; nobody can guess one or change what it says."""

    def __init__(self, lists: PlaylistService, playlists: Playlists, key: str, clock: Clock = now) -> None:
        self._lists = lists
        self._playlists = playlists
        self._serializer = URLSafeSerializer(key, salt="museaika.invitation")
        self._clock = clock

    def add(self, user_id: str, playlist_id: str, who: str) -> Playlist:
        """Let another person edit, too; twice is as good as once."""
        playlist = self._shared_by(user_id, playlist_id)
        if who == playlist.owner_id:
            raise Invalid("The list is yours already: name another person's user_id.", code="own_id")
        if who not in playlist.collaborators:
            self._lists.edit(user_id, playlist_id, Edit("add_collaborator", {"user_id": who}))
        return self._lists.glance(user_id, playlist_id)

    def remove(self, user_id: str, playlist_id: str, who: str) -> Playlist:
        """Let somebody in no longer, or leave a list; returns the list as it is then."""
        playlist = self._lists.glance(user_id, playlist_id)
        if who != user_id:
            check(playlist, user_id, "share")
        if who in playlist.members and who != playlist.owner_id:
            role = "collaborator" if who in playlist.collaborators else "reader"
            self._lists.edit(user_id, playlist_id, Edit(f"remove_{role}", {"user_id": who}))
        return self._playlists.get(playlist_id) or playlist

    def hand_over(self, user_id: str, playlist_id: str, who: str) -> Playlist:
        """Make a collaborator the owner; who was it stays as a collaborator. Raises Conflict, code
        `not_a_collaborator`."""
        playlist = self._lists.glance(user_id, playlist_id)
        check(playlist, user_id, "own")
        if who != user_id:
            self._lists.edit(user_id, playlist_id, Edit("hand_over", {"user_id": who}))
        return self._lists.glance(user_id, playlist_id)

    def invite(
        self, user_id: str, playlist_id: str, role: Literal["collaborator", "reader"], lifetime: timedelta
    ) -> Invitation:
        """Raises Conflict, code `too_many_invitations`."""
        self._shared_by(user_id, playlist_id)
        if len(self.invitations(user_id, playlist_id)) >= MOST_INVITATIONS:
            raise Conflict(
                f"A list has up to {MOST_INVITATIONS} invitations that are good. Revoke one first.",
                code="too_many_invitations",
            )
        at = self._clock()
        invitation = Invitation(f"inv_{uuid4().hex}", playlist_id, role, at, at + lifetime)
        self._playlists.forget_invitations(at - EXPIRED_KEPT)
        self._playlists.invite(invitation)
        return invitation

    def invitations(self, user_id: str, playlist_id: str) -> Sequence[Invitation]:
        """Those that are good now, the newest first."""
        self._shared_by(user_id, playlist_id)
        at = self._clock()
        every = self._playlists.invitations(playlist_id)
        return [one for one in every if one.revoked_at is None and one.expires_at > at]

    def revoke(self, user_id: str, playlist_id: str, invitation_id: str) -> None:
        """Who came in by it stays. Raises NotFound."""
        self._shared_by(user_id, playlist_id)
        invitation = self._playlists.invitation(invitation_id)
        ours = invitation is not None and invitation.playlist_id == playlist_id
        if not ours or not self._playlists.revoke(invitation_id, self._clock()):
            raise NotFound(
                "There is no such invitation, or it was revoked before.", code="invitation_not_found"
            )

    def token(self, invitation: Invitation) -> str:
        """What a link to the invitation carries."""
        return str(self._serializer.dumps(invitation.invitation_id))

    def look(self, token: str) -> tuple[Invitation, Playlist]:
        """What somebody is invited to. Raises Forbidden: codes `invitation_invalid`, `invitation_revoked`,
        `invitation_expired`."""
        try:
            named = self._serializer.loads(token)
        except (BadData, ValueError, RecursionError):
            named = None
        invitation = self._playlists.invitation(named) if isinstance(named, str) else None
        playlist = self._playlists.get(invitation.playlist_id) if invitation else None
        if invitation is None or playlist is None:
            raise Forbidden(
                "This link is no invitation of ours, or the list is gone. Ask for a new one.",
                code="invitation_invalid",
            )
        if invitation.revoked_at is not None:
            raise Forbidden("This invitation was taken back by the list's owner.", code="invitation_revoked")
        if invitation.expires_at <= self._clock():
            raise Forbidden("This invitation has expired. Ask for a new one.", code="invitation_expired")
        return invitation, playlist

    def accept(self, user_id: str, token: str) -> Playlist:
        """Take the role that one is invited to; nobody loses a better one by it. Raises as `look`."""
        invitation, playlist = self.look(token)
        has_it = user_id in (playlist.owner_id, *playlist.collaborators)
        if has_it or (invitation.role == "reader" and user_id in playlist.readers):
            return playlist
        return self._lists.admit(
            user_id, playlist.playlist_id, Edit(f"add_{invitation.role}", {"user_id": user_id})
        )

    def _shared_by(self, user_id: str, playlist_id: str) -> Playlist:
        playlist = self._lists.glance(user_id, playlist_id)
        check(playlist, user_id, "share")
        return playlist
