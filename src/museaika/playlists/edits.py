"""Edits: what each means on a list as it stands now, how it changes it, and how it is taken back.

`settle` rebases: an edit may come from somebody who saw an older list, and names entries, never positions.
What it comes to now is written into the operation, so that all who apply it reach the same list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from museaika.errors import Conflict
from museaika.playlists import feeling, people
from museaika.playlists.people import Apply, Settle, Settled
from museaika.playlists.playlist import MOST_TRACKS, Edit, Entry, Operation
from museaika.playlists.state import State


class EntryGone(Conflict):
    """The entry that was to be moved or removed is not in the list; `version` is the list's own now."""

    default_code = "entry_gone"

    def __init__(self, version: int) -> None:
        super().__init__(f"This entry is no longer in the list, which is at version {version} now.")
        self.version = version


def settle(state: State, edit: Edit) -> Settled:
    """What an edit comes to on the list as it stands: the operation's data, and the edit that undoes it.
    Changes nothing.

    Data of an edit: `add_track {track_id, after?, mood_context?}`, `move_track {entry_id, after?}`,
    `remove_track {entry_id}`, `rename {title}`, `describe {description}`, `set_public {is_public}`,
    `tag {mood_tags}`, `add_collaborator | remove_collaborator | add_reader | remove_reader | hand_over
    {user_id}`; `after: None` is the head, no `after` the end, `mood_tags: None` those of the tracks.

    Raises:
        EntryGone: what was to be moved or removed is not there.
        Conflict: codes `playlist_full`, `too_many_members`, `not_a_collaborator`.
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


def _settle_add(state: State, data: Mapping[str, Any]) -> Settled:
    if len(state.order) >= MOST_TRACKS:
        raise Conflict(f"A list holds up to {MOST_TRACKS:,} tracks. Remove some first.", code="playlist_full")
    entry_id = f"ent_{uuid4().hex}"
    settled = {
        "entry_id": entry_id,
        "track_id": data["track_id"],
        "after": _anchor(state, data),
        "mood_context": data.get("mood_context"),
    }
    mood = state.mood_of(data["track_id"], data.get("mood_context"))
    return {**settled, **_retagged(state, mood, 1)}, Edit("remove_track", {"entry_id": entry_id})


def _settle_remove(state: State, data: Mapping[str, Any]) -> Settled:
    entry = _living(state, data["entry_id"])
    back = {
        "track_id": entry.track_id,
        "after": state.order.before(entry.entry_id),
        "mood_context": entry.mood_context,
    }
    mood = state.mood_in[entry.entry_id]
    return {"entry_id": entry.entry_id, **_retagged(state, mood, -1)}, Edit("add_track", back)


def _retagged(state: State, mood: str | None, more: int) -> dict[str, Any]:
    """The tags as they follow the tracks, for the data of an operation; nothing where they stay."""
    if mood is None or not state.playlist.tags_from_tracks:
        return {}
    tags = feeling.tags({**state.moods, mood: state.moods[mood] + more})
    return {} if tuple(tags) == state.playlist.mood_tags else {"mood_tags": tags}


def _settle_move(state: State, data: Mapping[str, Any]) -> Settled:
    entry_id = _living(state, data["entry_id"]).entry_id
    before, after = state.order.before(entry_id), _anchor(state, data)
    if after == entry_id:  # behind itself is where it stands
        after = before
    return {"entry_id": entry_id, "after": after}, Edit("move_track", {"entry_id": entry_id, "after": before})


def _settle_tag(state: State, data: Mapping[str, Any]) -> Settled:
    present = state.playlist
    back = Edit("tag", {"mood_tags": None if present.tags_from_tracks else list(present.mood_tags)})
    chosen = data["mood_tags"]
    tags = feeling.tags(state.moods) if chosen is None else list(chosen)
    changed = {} if present.tags_from_tracks is (chosen is None) else {"tags_from_tracks": chosen is None}
    return {"mood_tags": tags, **changed}, back


def _settle_field(action: str, field: str) -> Settle:
    def settle_field(state: State, data: Mapping[str, Any]) -> Settled:
        return {field: data[field]}, Edit(action, {field: getattr(state.playlist, field)})

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


def _apply_add(state: State, operation: Operation) -> None:
    data = operation.data
    entry = Entry(data["entry_id"], data["track_id"], operation.user_id, operation.at, data.get("mood_context"))
    state.entries[entry.entry_id] = entry
    state.order.put(entry.entry_id, data["after"])
    mood = state.mood_in[entry.entry_id] = state.mood_of(entry.track_id, entry.mood_context)
    _count(state, mood, 1, data)


def _apply_remove(state: State, operation: Operation) -> None:
    entry_id = operation.data["entry_id"]
    del state.entries[entry_id]
    state.order.remove(entry_id)
    _count(state, state.mood_in.pop(entry_id), -1, operation.data)


def _count(state: State, mood: str | None, more: int, data: Mapping[str, Any]) -> None:
    if mood is not None:
        state.moods[mood] += more
    if "mood_tags" in data:
        state.playlist = replace(state.playlist, mood_tags=tuple(data["mood_tags"]))


def _apply_move(state: State, operation: Operation) -> None:
    state.order.put(operation.data["entry_id"], operation.data["after"])


def _apply_fields(state: State, operation: Operation) -> None:
    changed: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in operation.data.items()
    }
    state.playlist = replace(state.playlist, **changed)


_FIELDS = {"rename": "title", "describe": "description", "set_public": "is_public"}
"""Edits that set one field of the playlist, and which."""

_SETTLE: dict[str, Settle] = {
    "add_track": _settle_add,
    "remove_track": _settle_remove,
    "move_track": _settle_move,
    "tag": _settle_tag,
    **people.SETTLE,
    **{action: _settle_field(action, field) for action, field in _FIELDS.items()},
}
_APPLY: dict[str, Apply] = {
    "add_track": _apply_add,
    "remove_track": _apply_remove,
    "move_track": _apply_move,
    "tag": _apply_fields,
    **people.APPLY,
    **dict.fromkeys(_FIELDS, _apply_fields),
}
