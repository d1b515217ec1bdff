"""Who is in a list: people added and removed, invited by a link, and a list handed over."""

from __future__ import annotations

from datetime import timedelta

from flask import request

from museaika.accounts.service import Caller
from museaika.playlists.playlist import Invitation, Playlist
from museaika.web.here import services
from museaika.web.routes.playlists import etag
from museaika.web.routing import Reply, Router
from museaika.web.schemas.base import Deleted
from museaika.web.schemas.members import (
    InvitationAsked,
    InvitationPath,
    InvitationsTold,
    InvitationTold,
    MemberPath,
    OfferTold,
    PersonAsked,
    TokenAsked,
    tell_invitation,
)
from museaika.web.schemas.playlists import CardTold, PlaylistPath, tell_card

router = Router("Members", "Who may edit or read a list, and invitations to one.")


@router.route("post", "/playlists/<playlist_id>/collaborators", CardTold, fails=(409,))
def add_collaborator(caller: Caller, path: PlaylistPath, body: PersonAsked) -> Reply:
    """Let another person edit, too"""
    services().playlists.glance(caller.user_id, path.playlist_id)
    services().accounts.get(body.user_id)
    return _card(services().members.add(caller.user_id, path.playlist_id, body.user_id))


@router.route("delete", "/playlists/<playlist_id>/collaborators/<user_id>", CardTold, fails=(409,))
def remove_collaborator(caller: Caller, path: MemberPath) -> Reply:
    """Let somebody edit, or read, no longer; people may remove themselves"""
    return _card(services().members.remove(caller.user_id, path.playlist_id, path.user_id))


@router.route("put", "/playlists/<playlist_id>/owner", CardTold, fails=(409,))
def hand_over(caller: Caller, path: PlaylistPath, body: PersonAsked) -> Reply:
    """Hand the list over to one of its collaborators

    Who owned it stays as a collaborator.
    """
    return _card(services().members.hand_over(caller.user_id, path.playlist_id, body.user_id))


@router.route("post", "/playlists/<playlist_id>/invitations", InvitationTold, status=201, fails=(409,))
def invite(caller: Caller, path: PlaylistPath, body: InvitationAsked) -> InvitationTold:
    """Make a link that lets whoever has it in, as a collaborator or a reader"""
    lifetime = timedelta(hours=body.expires_in_hours)
    return _tell(services().members.invite(caller.user_id, path.playlist_id, body.role, lifetime))


@router.route("get", "/playlists/<playlist_id>/invitations", InvitationsTold)
def invitations(caller: Caller, path: PlaylistPath) -> InvitationsTold:
    """The invitations that are good now"""
    found = services().members.invitations(caller.user_id, path.playlist_id)
    return InvitationsTold(items=[_tell(one) for one in found])


@router.route("delete", "/playlists/<playlist_id>/invitations/<invitation_id>", Deleted)
def revoke(caller: Caller, path: InvitationPath) -> Deleted:
    """Take an invitation back; who came in by it stays"""
    services().members.revoke(caller.user_id, path.playlist_id, path.invitation_id)
    return Deleted(deleted=1)


@router.route("post", "/invitations/look", OfferTold)
def look(caller: Caller, body: TokenAsked) -> OfferTold:
    """What an invitation offers"""
    invitation, playlist = services().members.look(body.token)
    return OfferTold(
        role=invitation.role,
        expires_at=invitation.expires_at,
        playlist_id=playlist.playlist_id,
        title=playlist.title,
        description=playlist.description,
        track_count=playlist.track_count,
    )


@router.route("post", "/invitations/accept", CardTold, fails=(409,))
def accept(caller: Caller, body: TokenAsked) -> Reply:
    """Take an invitation; again does nothing"""
    return _card(services().members.accept(caller.user_id, body.token))


def _card(playlist: Playlist) -> Reply:
    return Reply(tell_card(playlist), etag(playlist))


def _tell(invitation: Invitation) -> InvitationTold:
    base = (services().settings.public_url or request.host_url).rstrip("/")
    return tell_invitation(invitation, services().members.token(invitation), base)
