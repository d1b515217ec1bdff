"""Playlists: made, filled from a mood, edited by many at once, shared."""

from __future__ import annotations

import base64
import binascii
from zlib import crc32

from flask import Response, request

from museaika.accounts.service import Caller
from museaika.errors import FieldError, Invalid
from museaika.mood.vocabulary import find_mood
from museaika.playlists.cover import cover
from museaika.playlists.draft import Revision
from museaika.playlists.playlist import Playlist, Snapshot
from museaika.recommendations.filling import fill
from museaika.web.here import names, services
from museaika.web.routing import Reply, Router
from museaika.web.schemas.base import Deleted, Paged, shares
from museaika.web.schemas.playlists import (
    EditAsked,
    EditsAsked,
    EditsTold,
    EditTold,
    EntriesPage,
    MoodSharesTold,
    PlaylistAsked,
    PlaylistPath,
    PlaylistsAsked,
    PlaylistsPage,
    PlaylistTold,
    RevisionAsked,
    tell_card,
    tell_edit,
    tell_entry,
    tell_playlist,
    wanted,
)

router = Router("Playlists", "Lists that many hands edit at once; to whom one is not open it does not exist.")


@router.route("post", "/playlists", PlaylistTold, status=201, replay=lambda _: True)
def make(caller: Caller, body: PlaylistAsked) -> Reply:
    """Make a list; `from_mood` fills it"""
    title, tags, tracks = body.title, body.mood_tags, wanted(body.tracks)
    if body.from_mood is not None:
        mood = find_mood(body.from_mood, field_name="from_mood")
        target = find_mood(body.target_mood, field_name="target_mood") if body.target_mood else None
        seed, said = crc32(caller.user_id.encode()), services().feedback.of(caller.user_id)
        tracks += fill(services().recommendations, mood, target=target, verdicts=said, seed=seed)
        tags = tags or [mood.name]
        title = title or (f"From {mood.name} to {target.name}" if target else f"For {mood.name}")
    whole = services().playlists.create(
        caller.user_id,
        title or "",  # the model saw to it that there is one
        description=body.description,
        tracks=tracks,
        mood_tags=tags,
        is_public=body.is_public,
    )
    told = _tell(whole)
    headers = {**told.headers, "Location": f"/api/v1/playlists/{whole.playlist.playlist_id}"}
    return Reply(told.data, headers)


@router.route("get", "/playlists", PlaylistsPage)
def own(caller: Caller, query: PlaylistsAsked) -> PlaylistsPage:
    """The lists that the caller owns or collaborates in, newest first"""
    page = services().playlists.page(caller.user_id, query.cursor, query.limit)
    return PlaylistsPage(items=[tell_card(one) for one in page.items], next_cursor=page.next_cursor)


@router.route("get", "/playlists/<playlist_id>", PlaylistTold)
def show(caller: Caller, path: PlaylistPath) -> Reply | Response:
    """A whole list"""
    if request.if_none_match:
        playlist = services().playlists.glance(caller.user_id, path.playlist_id)
        if request.if_none_match.contains(str(playlist.version)):
            return Response(status=304, headers=etag(playlist))
    return _tell(services().playlists.get(caller.user_id, path.playlist_id))


@router.route("get", "/playlists/<playlist_id>/tracks", EntriesPage)
def tracks(caller: Caller, path: PlaylistPath, query: Paged) -> EntriesPage:
    """A long list in pages

    A cursor names an entry: when that was removed or moved since, the page goes on where it stood or stands.
    """
    after = _place_of(query.cursor) if query.cursor else None
    entries, more = services().playlists.stretch(caller.user_id, path.playlist_id, after, query.limit)
    return EntriesPage(
        items=[tell_entry(entry, names()) for entry in entries],
        next_cursor=_cursor(entries[-1].entry_id) if more else None,
    )


@router.route("put", "/playlists/<playlist_id>", PlaylistTold, fails=(409, 412))
def revise(caller: Caller, path: PlaylistPath, body: RevisionAsked) -> Reply:
    """Make the list what is sent

    It takes as few edits as that needs; with `If-Match` it is done only while the list is at that version.
    """
    revision = Revision(
        body.title,
        body.description,
        body.is_public,
        body.mood_tags,
        None if body.tracks is None else wanted(body.tracks),
    )
    return _tell(
        services().playlists.revise(caller.user_id, path.playlist_id, revision, expected_version=_if_match())
    )


@router.route("delete", "/playlists/<playlist_id>", Deleted, fails=(412,))
def delete(caller: Caller, path: PlaylistPath) -> Deleted:
    """Delete a list of one's own"""
    services().playlists.delete(caller.user_id, path.playlist_id, expected_version=_if_match())
    return Deleted(deleted=1)


@router.route("post", "/playlists/<playlist_id>/edits", EditTold, fails=(409,))
def edit(caller: Caller, path: PlaylistPath, body: EditAsked) -> Reply:
    """Do one edit; the same `op_id` again gets the first answer"""
    done = services().playlists.edit(
        caller.user_id, path.playlist_id, body.edit(), op_id=body.op_id, base_version=body.base_version
    )
    return Reply(tell_edit(done), {"ETag": f'"{done.version}"'})


@router.route("get", "/playlists/<playlist_id>/edits", EditsTold)
def edits(caller: Caller, path: PlaylistPath, query: EditsAsked) -> EditsTold:
    """The edits after a version, in order"""
    playlist = services().playlists.glance(caller.user_id, path.playlist_id)
    since = _version_of(query.cursor) if query.cursor else query.since
    done = services().playlists.edits(caller.user_id, path.playlist_id, since, query.limit)
    last = done[-1].version if done else since
    return EditsTold(
        items=[tell_edit(one) for one in done],
        next_cursor=_cursor(str(last)) if done and last < playlist.version else None,
        version=max(playlist.version, last) if done else playlist.version,
    )


@router.route("get", "/playlists/<playlist_id>/moods", MoodSharesTold)
def moods(caller: Caller, path: PlaylistPath) -> Reply:
    """The moods of a list's tracks, each with its share"""
    playlist, found = services().playlists.mood_shares(caller.user_id, path.playlist_id)
    told = MoodSharesTold(moods=shares(found), track_count=playlist.track_count, version=playlist.version)
    return Reply(told, etag(playlist))


@router.route("get", "/playlists/<playlist_id>/cover", produces=("image/svg+xml",))
def cover_of(caller: Caller, path: PlaylistPath) -> Response:
    """A picture in the colours of the list's moods"""
    playlist, found = services().playlists.mood_shares(caller.user_id, path.playlist_id)
    headers = {**etag(playlist), "Cache-Control": "private, no-cache"}
    if request.if_none_match.contains(str(playlist.version)):
        return Response(status=304, headers=headers)
    return Response(cover(found), headers=headers, mimetype="image/svg+xml")


def _tell(whole: Snapshot) -> Reply:
    return Reply(tell_playlist(whole, names()), etag(whole.playlist))


def etag(playlist: Playlist) -> dict[str, str]:
    return {"ETag": f'"{playlist.version}"'}


def _if_match() -> int | None:
    """The version that the caller's change is meant for; None where it says nothing or `*`. Raises Invalid."""
    tags = request.if_match
    if not tags or tags.star_tag:
        return None
    (tag, *others) = tags.as_set(include_weak=True)
    if others or not tag.isascii() or not tag.isdecimal():
        message = 'If-Match must be the ETag that the list came with, such as "7".'
        raise Invalid(message, code="invalid_if_match", errors=(FieldError(("header", "If-Match"), message),))
    return int(tag[:18])


def _cursor(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _version_of(cursor: str) -> int:
    version = _place_of(cursor)
    if not version.isdecimal() or len(version) > 15:
        raise _bad_cursor()
    return int(version)


def _place_of(cursor: str) -> str:
    """The entry or version that a cursor names. Raises Invalid."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode(
            "ascii"
        )
    except (binascii.Error, ValueError):
        raise _bad_cursor() from None


def _bad_cursor() -> Invalid:
    message = "This cursor is not one of ours. Begin again without it."
    return Invalid(message, code="invalid_cursor", errors=(FieldError(("query", "cursor"), message),))
