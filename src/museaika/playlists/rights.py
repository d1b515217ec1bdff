"""Who may do what with a list: one table, for HTTP and sockets alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from museaika.errors import Forbidden, NotFound
from museaika.playlists.playlist import Edit, Playlist, Role

Right = Literal["read", "edit", "share", "own"]

RIGHTS: Mapping[Role, frozenset[Right]] = {
    "owner": frozenset({"read", "edit", "share", "own"}),
    "collaborator": frozenset({"read", "edit"}),
    "reader": frozenset({"read"}),
}
"""`share`: say who else may see or edit it. `own`: give it away, or delete it. Readers are those who were
invited to read and, where the list is public, all people."""

RIGHT_FOR: Mapping[str, Right] = {
    "add_track": "edit",
    "remove_track": "edit",
    "move_track": "edit",
    "rename": "edit",
    "describe": "edit",
    "tag": "edit",
    "set_public": "share",
    "add_collaborator": "share",
    "remove_collaborator": "share",
    "add_reader": "share",
    "remove_reader": "share",
    "hand_over": "own",
}
"""What each edit takes. Everybody may remove themselves, too."""

_LEAVING = ("remove_collaborator", "remove_reader")


def check_edit(playlist: Playlist, user_id: str, edit: Edit) -> None:
    """Raises NotFound, Forbidden."""
    check(playlist, user_id, "read")
    leaves = edit.action in _LEAVING and edit.data["user_id"] == user_id
    if not leaves:
        check(playlist, user_id, RIGHT_FOR[edit.action])


def check(playlist: Playlist, user_id: str, right: Right) -> None:
    """Raises NotFound to whom the list is not open, Forbidden to who may do less."""
    role = playlist.role_of(user_id)
    if role is None:
        raise not_found()
    if right not in RIGHTS[role]:
        whom = "its owner" if right in ("share", "own") else "its owner and collaborators"
        raise Forbidden(f"You may read this list; only {whom} may do this.", code="not_your_playlist")


def not_found() -> NotFound:
    return NotFound("There is no such playlist, or it is not open to you.", code="playlist_not_found")
