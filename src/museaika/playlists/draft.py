"""Operations in the making: each is done on the list in memory, and all are stored together afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from museaika.playlists.diff import Wanted, arrangement, removals
from museaika.playlists.edits import apply, settle
from museaika.playlists.playlist import Edit, Operation
from museaika.playlists.state import State


@dataclass(frozen=True, slots=True)
class Revision:
    """A playlist as somebody wants it to be; None leaves a part as it is."""

    title: str | None = None
    description: str | None = None
    is_public: bool | None = None
    mood_tags: Sequence[str] | None = None
    tracks: Sequence[Wanted] | None = None


_EDIT_OF = {"title": "rename", "description": "describe", "is_public": "set_public", "mood_tags": "tag"}


@dataclass(slots=True)
class Draft:
    """What one person does to a list at one moment."""

    state: State
    user_id: str
    at: datetime
    operations: list[Operation] = field(default_factory=list)

    def do(self, edit: Edit, op_id: str | None = None) -> Operation:
        data, undo = settle(self.state, edit)
        playlist = self.state.playlist
        operation = Operation(
            playlist.playlist_id, playlist.version + 1, op_id or f"op_{uuid4().hex}",
            edit.action, data, self.user_id, self.at, undo,
        )  # fmt: skip
        apply(self.state, operation)
        self.operations.append(operation)
        return operation

    def found(self, op_id: str) -> Operation | None:
        """The operation of that id, if it is among those in the making."""
        return next((done for done in self.operations if done.op_id == op_id), None)

    def become(self, wanted: Revision) -> None:
        """Do what turns the list into the wanted one; what is so already is left alone."""
        for name, action in _EDIT_OF.items():
            value, present = getattr(wanted, name), getattr(self.state.playlist, name)
            if value is not None and value != present:
                self.do(Edit(action, {name: value}))
        if wanted.tracks is not None:
            self._arrange(wanted.tracks)

    def _arrange(self, tracks: Sequence[Wanted]) -> None:
        entries = [self.state.entries[entry_id] for entry_id in self.state.order]
        gone, kept = removals(entries, tracks)
        for edit in gone:
            self.do(edit)
        standing = [entry.entry_id if entry else None for entry in kept]
        for place, edit in arrangement(list(self.state.order), tracks, kept):
            after = standing[place - 1] if place else None
            done = self.do(Edit(edit.action, {**edit.data, "after": after}))
            standing[place] = done.data["entry_id"]
