"""Who is in a list, and invitations to one, as they are asked for and told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from museaika.playlists.playlist import Invitation
from museaika.web.schemas.base import Asked, ListOf, Moment, Told
from museaika.web.schemas.playlists import Id

MemberRole = Literal["collaborator", "reader"]


class PersonAsked(Asked):
    """Somebody with an account."""

    user_id: Id


class MemberPath(Asked):
    playlist_id: Id
    user_id: Id


class InvitationAsked(Asked):
    """Who holds its link may take the role, until then."""

    role: MemberRole = "collaborator"
    expires_in_hours: int = Field(168, ge=1, le=720)


class InvitationPath(Asked):
    playlist_id: Id
    invitation_id: Id


class TokenAsked(Asked):
    """What the link carries."""

    token: str = Field(min_length=1, max_length=500)


class InvitationTold(Told):
    """An invitation; whoever has its link can take it."""

    id: str
    playlist_id: str
    role: MemberRole
    token: str
    url: str
    """To give away. The part after `#` reaches no server before the page sends it."""
    created_at: Moment
    expires_at: Moment


class InvitationsTold(ListOf[InvitationTold]):
    """Those that are good now, the newest first."""


class OfferTold(Told):
    """What an invitation offers."""

    role: MemberRole
    expires_at: Moment
    playlist_id: str
    title: str
    description: str
    track_count: int


def tell_invitation(invitation: Invitation, token: str, base: str) -> InvitationTold:
    return InvitationTold(
        id=invitation.invitation_id,
        playlist_id=invitation.playlist_id,
        role=invitation.role,
        token=token,
        url=f"{base}/#invitation={token}",
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
    )
