"""Edits: what each means on a list as it stands now, how it changes it, and how it is taken back.

`settle` rebases: an edit may come from somebody who saw an older list, and names entries, never positions.
What it comes to now is written into the operation, so that all who apply it reach the same list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from museaika.errors import Conflict
from museaika.playlists.order import Order
from museaika.playlists.playlist import (
    MOST_COLLABORATORS,
    MOST_TRACKS,
    Edit,
    Entry,
    Operation,
    Playlist,
    Snapshot,
)


class EntryGone(Conflict):
    """The entry that was to be moved or removed is not in the list; `version` is the list's own now."""

    default_code = "entry_gone"

    def __init__(self, version: int) -> None:
        super().__init__(f"This entry is no longer in the list, which is at version {version} now.")
        self.version = version


class State:
    """A playlist as it stands; only `apply` changes it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.playlist: Playlist = snapshot.playlist
        self.entries: dict[str, Entry] = {entry.entry_id: entry for entry in snapshot.entries}
        self.order = Order(snapshot.places or list(self.entries), snapshot.gone)

    def snapshot(self) -> Snapshot:
        ordered = tuple(self.entries[entry_id] for entry_id in self.order)
        return Snapshot(self.playlist, ordered, tuple(self.order.places), tuple(self.order.gone))


def settle(state: State, edit: Edit) -> tuple[dict[str, Any], Edit]:
    """What an edit comes to on the list as it stands: the operation's data, and the edit that undoes it.
    Changes nothing.

    Data of an edit: `add_track {track_id, after?, mood_context?}`, `move_track {entry_id, after?}`,
    `remove_track {entry_id}`, `rename {title}`, `describe {description}`, `set_public {is_public}`,
    `tag {mood_tags}`, `add_collaborator {user_id}`, `remove_collaborator {user_id}`; `after: None` is the
    head, no `after` the end.

    Raises:
        EntryGone: what was to be moved or removed is not there.
        Conflict: codes `playlist_full`, `too_many_collaborators`.
    """
    return _SETTLE[edit.action](state, edit.data)


def apply(state: State, operation: Operation) -> None:
    """Bring a list from the version before an operation to the operation's own."""
    if operation.version != state.playlist.version + 1:
        raise ValueError(f"version {operation.version} can't follow {state.playlist.version}")
    _APPLY[operation.action](state, operation)
    state.playlist = replace(
        state.playlist,
        version=operation.version,
        updated_at=operation.at,
        track_count=len(state.order),
    )


def _settle_add(state: State, data: Mapping[str, Any]) -> tuple[dict[str, Any], Edit]:
    if len(state.order) >= MOST_TRACKS:
        raise Conflict(f"A list holds up to {MOST_TRACKS:,} tracks. Remove some first.", code="playlist_full")
    entry_id = f"ent_{uuid4().hex}"
    settled = {
        "entry_id": entry_id,
        "track_id": data["track_id"],
        "after": _anchor(state, data),
        "mood_context": data.get("mood_context"),
    }
    return settled, Edit("remove_track", {"entry_id": entry_id})


def _settle_remove(state: State, data: Mapping[str, Any]) -> tuple[dict[str, Any], Edit]:
    entry = _living(state, data["entry_id"])
    back = {
        "track_id": entry.track_id,
        "after": state.order.before(entry.entry_id),
        "mood_context": entry.mood_context,
    }
    return {"entry_id": entry.entry_id}, Edit("add_track", back)


def _settle_move(state: State, data: Mapping[str, Any]) -> tuple[dict[str, Any], Edit]:
    entry_id = _living(state, data["entry_id"]).entry_id
    before, after = state.order.before(entry_id), _anchor(state, data)
    if after == entry_id:  # behind itself is where it stands
        after = before
    return {"entry_id": entry_id, "after": after}, Edit("move_track", {"entry_id": entry_id, "after": before})


def _settle_collaborator(state: State, data: Mapping[str, Any]) -> tuple[dict[str, Any], Edit]:
    if len(state.playlist.collaborators) >= MOST_COLLABORATORS:
        raise Conflict(
            f"A list has up to {MOST_COLLABORATORS} collaborators. Remove one first.",
            code="too_many_collaborators",
        )
    return {"user_id": data["user_id"]}, Edit("remove_collaborator", {"user_id": data["user_id"]})


def _settle_farewell(_: State, data: Mapping[str, Any]) -> tuple[dict[str, Any], Edit]:
    return {"user_id": data["user_id"]}, Edit("add_collaborator", {"user_id": data["user_id"]})


def _settle_field(action: str, field: str) -> Callable[[State, Mapping[str, Any]], tuple[dict[str, Any], Edit]]:
    def settle_field(state: State, data: Mapping[str, Any]) -> tuple[dict[str, Any], Edit]:
        return {field: _plain(data[field])}, Edit(action, {field: _plain(getattr(state.playlist, field))})

    return settle_field


def _anchor(state: State, data: Mapping[str, Any]) -> str | None:
    """The living entry to go behind, the nearest one where the anchor is gone; None is the head."""
    if "after" not in data:
        return state.order.last
    return None if data["after"] is None else state.order.nearest(data["after"])


def _living(state: State, entry_id: str) -> Entry:
    entry = state.entries.get(entry_id)
    if entry is None:
        raise EntryGone(state.playlist.version)
    return entry


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _apply_add(state: State, operation: Operation) -> None:
    data = operation.data
    entry = Entry(data["entry_id"], data["track_id"], operation.user_id, operation.at, data.get("mood_context"))
    state.entries[entry.entry_id] = entry
    state.order.put(entry.entry_id, data["after"])


def _apply_remove(state: State, operation: Operation) -> None:
    del state.entries[operation.data["entry_id"]]
    state.order.remove(operation.data["entry_id"])


def _apply_move(state: State, operation: Operation) -> None:
    state.order.put(operation.data["entry_id"], operation.data["after"])


def _apply_collaborator(state: State, operation: Operation) -> None:
    members = dict.fromkeys((*state.playlist.collaborators, operation.data["user_id"]))
    state.playlist = replace(state.playlist, collaborators=tuple(members))


def _apply_farewell(state: State, operation: Operation) -> None:
    stay = tuple(user for user in state.playlist.collaborators if user != operation.data["user_id"])
    state.playlist = replace(state.playlist, collaborators=stay)


def _apply_field(state: State, operation: Operation) -> None:
    changed: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in operation.data.items()
    }
    state.playlist = replace(state.playlist, **changed)


_FIELDS = {"rename": "title", "describe": "description", "set_public": "is_public", "tag": "mood_tags"}
"""Edits that set one field of the playlist, and which."""

_SETTLE: dict[str, Callable[[State, Mapping[str, Any]], tuple[dict[str, Any], Edit]]] = {
    "add_track": _settle_add,
    "remove_track": _settle_remove,
    "move_track": _settle_move,
    "add_collaborator": _settle_collaborator,
    "remove_collaborator": _settle_farewell,
    **{action: _settle_field(action, field) for action, field in _FIELDS.items()},
}
_APPLY: dict[str, Callable[[State, Operation], None]] = {
    "add_track": _apply_add,
    "remove_track": _apply_remove,
    "move_track": _apply_move,
    "add_collaborator": _apply_collaborator,
    "remove_collaborator": _apply_farewell,
    **dict.fromkeys(_FIELDS, _apply_field),
}
