"""The edits that say who a list is open to: as all edits they are settled, stored and told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from museaika.errors import Conflict
from museaika.playlists.playlist import MOST_COLLABORATORS, MOST_READERS, Edit, Operation
from museaika.playlists.state import State

Settled = tuple[dict[str, Any], Edit]
Settle = Callable[[State, Mapping[str, Any]], Settled]
Apply = Callable[[State, Operation], None]

_SEATS = {"collaborator": ("collaborators", MOST_COLLABORATORS), "reader": ("readers", MOST_READERS)}
"""Where people of each role are named, and how many may be."""


def _settle_welcome(role: str) -> Settle:
    field, most = _SEATS[role]

    def settle_welcome(state: State, data: Mapping[str, Any]) -> Settled:
        if len(getattr(state.playlist, field)) >= most:
            raise Conflict(f"A list has up to {most:,} {field}. Remove one first.", code="too_many_members")
        who = data["user_id"]
        before = next((r for r, (f, _) in _SEATS.items() if who in getattr(state.playlist, f)), None)
        back = f"add_{before}" if before else f"remove_{role}"
        return {"user_id": who}, Edit(back, {"user_id": who})

    return settle_welcome


def _settle_farewell(role: str) -> Settle:
    def settle_farewell(_: State, data: Mapping[str, Any]) -> Settled:
        return {"user_id": data["user_id"]}, Edit(f"add_{role}", {"user_id": data["user_id"]})

    return settle_farewell


def _settle_hand_over(state: State, data: Mapping[str, Any]) -> Settled:
    if data["user_id"] not in state.playlist.collaborators:
        raise Conflict(
            "A list is handed over to one of its collaborators. Add the person first.",
            code="not_a_collaborator",
        )
    return {"user_id": data["user_id"]}, Edit("hand_over", {"user_id": state.playlist.owner_id})


def _apply_welcome(state: State, operation: Operation) -> None:
    who = operation.data["user_id"]
    seats: dict[str, Any] = {
        field: tuple(u for u in getattr(state.playlist, field) if u != who) for field, _ in _SEATS.values()
    }
    field, _ = _SEATS[operation.action.removeprefix("add_")]
    state.playlist = replace(state.playlist, **{**seats, field: (*seats[field], who)})


def _apply_farewell(state: State, operation: Operation) -> None:
    field, _ = _SEATS[operation.action.removeprefix("remove_")]
    who = operation.data["user_id"]
    stay: dict[str, Any] = {field: tuple(user for user in getattr(state.playlist, field) if user != who)}
    state.playlist = replace(state.playlist, **stay)


def _apply_hand_over(state: State, operation: Operation) -> None:
    """The one who had the list goes on as a collaborator."""
    old, new = state.playlist.owner_id, operation.data["user_id"]
    others = tuple(user for user in state.playlist.collaborators if user != new)
    state.playlist = replace(state.playlist, owner_id=new, collaborators=(*others, old))


SETTLE: dict[str, Settle] = {
    "hand_over": _settle_hand_over,
    **{f"add_{role}": _settle_welcome(role) for role in _SEATS},
    **{f"remove_{role}": _settle_farewell(role) for role in _SEATS},
}
APPLY: dict[str, Apply] = {
    "hand_over": _apply_hand_over,
    **{f"add_{role}": _apply_welcome for role in _SEATS},
    **{f"remove_{role}": _apply_farewell for role in _SEATS},
}
PEOPLE_EDITS = frozenset(SETTLE)
"""The names of the edits that change whose list it is."""
