"""How edits of a list come to stand in the store: done in memory, stored, then told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from museaika.clock import Clock
from museaika.errors import Conflict, MuseAIkaError
from museaika.events import PlaylistEdited, Publisher
from museaika.playlists.draft import Draft
from museaika.playlists.playlist import Operation
from museaika.playlists.ports import Playlists
from museaika.playlists.shelf import Shelf
from museaika.playlists.state import State
from museaika.playlists.together import Queue, Wish, Work

TRIES = 16
T = TypeVar("T")


class Writer:
    """Does people's work on lists. Where another process comes first it begins again on the newer list."""

    def __init__(self, playlists: Playlists, shelf: Shelf, publisher: Publisher, clock: Clock) -> None:
        self._playlists = playlists
        self._shelf = shelf
        self._publisher = publisher
        self._clock = clock
        self._queue = Queue()

    def alone(self, user_id: str, playlist_id: str, work: Callable[[Draft], T]) -> T:
        """All that `work` does to the list counts, or nothing."""
        for _ in range(TRIES):
            try:
                with self._shelf.holding(playlist_id) as state:
                    draft = Draft(state, user_id, self._clock())
                    result = work(draft)
                    if draft.operations:
                        self._store(state, draft.operations)
                    return result
            except _CameSecond:
                continue
        raise _busy()

    def with_others(self, user_id: str, playlist_id: str, work: Work) -> Operation:
        """As `alone`, for one operation, and at once for all who wait for the list by now. Each gets their
        own answer or error, and only when all of it is stored."""
        wish = Wish(user_id, work)
        self._queue.add(playlist_id, wish)
        taken: list[Wish] = []
        try:
            self._take_and_fulfil(playlist_id, taken)
        except BaseException as error:
            for other in taken:
                other.answer = error
            if self._queue.withdraw(playlist_id, wish):
                raise
        finally:
            for other in taken:
                other.ready.set()
        return wish.outcome()

    def _take_and_fulfil(self, playlist_id: str, taken: list[Wish]) -> None:
        for _ in range(TRIES):
            try:
                with self._shelf.holding(playlist_id) as state:
                    taken += self._queue.take(playlist_id)
                    self._fulfil(state, taken)
                return
            except _CameSecond:
                continue
        raise _busy()

    def _fulfil(self, state: State, wishes: Sequence[Wish]) -> None:
        operations: list[Operation] = []
        for wish in wishes:
            try:
                wish.answer = wish.work(Draft(state, wish.user_id, self._clock(), operations))
            except MuseAIkaError as error:
                wish.answer = error
        if operations:
            self._store(state, operations)

    def _store(self, state: State, operations: Sequence[Operation]) -> None:
        if self._playlists.append(state.playlist, operations) != "stored":
            raise _CameSecond
        for done in operations:
            self._publisher.publish(
                PlaylistEdited(
                    done.playlist_id, done.version, done.op_id, done.action, done.data, done.user_id, done.at
                )
            )


class _CameSecond(Exception):
    """Another process stored its operation first."""


def _busy() -> Conflict:
    return Conflict("The list is being edited from elsewhere. Try again.", code="busy", retry_after_s=1)
