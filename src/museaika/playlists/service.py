"""Playlists that many hands edit at once. REST and sockets come in here, through the same functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import uuid4

from museaika.catalogue.ports import Catalogue
from museaika.clock import Clock, now
from museaika.errors import Conflict, FieldError, Forbidden, Invalid, MuseAIkaError, VersionConflict
from museaika.events import PlaylistDeleted, PlaylistEdited, Publisher
from museaika.mood.vocabulary import find_mood
from museaika.paging import Page
from museaika.playlists.diff import Wanted
from museaika.playlists.draft import Draft, Revision
from museaika.playlists.edits import State
from museaika.playlists.playlist import (
    MOST_TRACKS,
    RIGHT_FOR,
    RIGHTS,
    Edit,
    Entry,
    Operation,
    Playlist,
    Right,
    Snapshot,
)
from museaika.playlists.ports import Playlists
from museaika.playlists.shelf import Shelf, not_found
from museaika.playlists.together import Queue, Wish

FAR_BEHIND = 500
"""Who missed more edits than these is given the whole list."""
TRIES = 16
STAND_IN = "usr_erased"
"""Who added what somebody added whose account is erased."""
T = TypeVar("T")
SPOTIFY_TRACK = re.compile(r"spotify:track:[0-9A-Za-z]{22}")


class PlaylistService:
    """Makes, shows and edits playlists. To whom a list is not open it does not exist: NotFound."""

    def __init__(
        self, playlists: Playlists, catalogue: Catalogue, publisher: Publisher, clock: Clock = now
    ) -> None:
        self._playlists = playlists
        self._catalogue = catalogue
        self._publisher = publisher
        self._clock = clock
        self._shelf = Shelf(playlists)
        self._queue = Queue()

    def create(
        self,
        user_id: str,
        title: str,
        *,
        description: str = "",
        tracks: Sequence[Wanted] = (),
        mood_tags: Sequence[str] = (),
        is_public: bool = False,
    ) -> Snapshot:
        """Raises Invalid for a track or a mood that is unknown, and for too many tracks."""
        wanted, at = self._checked(tracks), self._clock()
        entries = tuple(
            Entry(f"ent_{uuid4().hex}", track.track_id, user_id, at, track.mood_context) for track in wanted
        )
        playlist = Playlist(
            f"pl_{uuid4().hex}", user_id, title, at, at, description,
            tuple(moods(mood_tags)), is_public, track_count=len(entries),
        )  # fmt: skip
        snapshot = Snapshot(playlist, entries)
        self._playlists.create(snapshot)
        return snapshot

    def get(self, user_id: str, playlist_id: str) -> Snapshot:
        """The whole list as it stands now."""
        self.glance(user_id, playlist_id)
        with self._shelf.holding(playlist_id) as state:
            _check_right(state.playlist, user_id, "read")
            return state.snapshot()

    def glance(self, user_id: str, playlist_id: str) -> Playlist:
        """The list without its tracks."""
        playlist = self._playlists.get(playlist_id)
        if playlist is None:
            raise not_found()
        _check_right(playlist, user_id, "read")
        return playlist

    def stretch(
        self, user_id: str, playlist_id: str, after: str | None, limit: int
    ) -> tuple[Sequence[Entry], bool]:
        """Up to `limit` entries behind one, or from the head, and whether more follow. Raises Invalid for an
        entry that the list never had, or long ago."""
        self.glance(user_id, playlist_id)
        with self._shelf.holding(playlist_id) as state:
            try:
                found = state.order.following(after, limit + 1)
            except KeyError:
                raise Invalid(
                    "The entry that this cursor names left the list too long ago. Begin again without it.",
                    code="invalid_cursor",
                    errors=(FieldError(("cursor",), "The entry that it names is not known."),),
                ) from None
            return [state.entries[entry_id] for entry_id in found[:limit]], len(found) > limit

    def page(self, user_id: str, cursor: str | None, limit: int) -> Page[Playlist]:
        """Those the person owns or collaborates in, newest first."""
        return self._playlists.page(user_id, cursor=cursor, limit=limit)

    def tagged(self, user_id: str, mood: str, limit: int) -> Sequence[Playlist]:
        """Lists for a mood: the person's own, then public ones."""
        return self._playlists.tagged(user_id, mood, limit)

    def edit(
        self,
        user_id: str,
        playlist_id: str,
        edit: Edit,
        *,
        op_id: str | None = None,
        base_version: int | None = None,
    ) -> Operation:
        """Do one edit, and return it as it was done. The same `op_id` again gets the first answer.

        Raises:
            NotFound, Forbidden: the person may not see the list, or not do this.
            EntryGone: what was to be moved or removed is not there any more.
            Conflict: codes `playlist_full`, `too_many_collaborators`, `version_ahead`, `busy`.
            Invalid: an unknown track or mood.
        """
        edit = self._checked_edit(edit)

        def work(draft: Draft) -> Operation:
            playlist = draft.state.playlist
            _check_edit_right(playlist, user_id, edit)
            if op_id and (done := draft.found(op_id) or self._playlists.find(playlist_id, op_id)):
                return done
            if base_version is not None and base_version > playlist.version:
                raise Conflict(
                    f"The list is at version {playlist.version}, behind your {base_version}. Fetch it anew.",
                    code="version_ahead",
                )
            return draft.do(edit, op_id)

        return self._change_with_others(playlist_id, Wish(user_id, work))

    def revise(
        self, user_id: str, playlist_id: str, wanted: Revision, *, expected_version: int | None = None
    ) -> Snapshot:
        """Make the list what is wanted, by as few edits as that takes.

        Raises:
            VersionConflict: the list is no longer at `expected_version`.
            And what `edit` raises.
        """
        wanted = replace(
            wanted,
            tracks=None if wanted.tracks is None else self._checked(wanted.tracks),
            mood_tags=None if wanted.mood_tags is None else tuple(moods(wanted.mood_tags)),
        )

        def revise(draft: Draft) -> None:
            playlist = draft.state.playlist
            _check_right(playlist, user_id, "edit")
            if wanted.is_public not in (None, playlist.is_public):
                _check_right(playlist, user_id, "share")
            check_version(playlist, expected_version)
            draft.become(wanted)

        self._change(user_id, playlist_id, revise)
        return self.get(user_id, playlist_id)

    def edits(self, user_id: str, playlist_id: str, since: int, limit: int) -> Sequence[Operation]:
        """The edits after a version, oldest first."""
        self.glance(user_id, playlist_id)
        return self._playlists.since(playlist_id, since, limit)

    def sync(self, user_id: str, playlist_id: str, since: int | None) -> Snapshot | Sequence[Operation]:
        """The edits after a version; the whole list where there is none, or too many came since."""
        playlist = self.glance(user_id, playlist_id)
        if since is None or not 0 < since <= playlist.version or playlist.version - since > FAR_BEHIND:
            return self.get(user_id, playlist_id)
        return self._playlists.since(playlist_id, since)

    def add_collaborator(self, user_id: str, playlist_id: str, who: str) -> Playlist:
        """Let another person edit, too; twice is as good as once."""
        playlist = self.glance(user_id, playlist_id)
        _check_right(playlist, user_id, "share")
        if who == playlist.owner_id:
            raise Invalid("The list is yours already: name another person's user_id.", code="own_id")
        if who not in playlist.collaborators:
            self.edit(user_id, playlist_id, Edit("add_collaborator", {"user_id": who}))
        return self.glance(user_id, playlist_id)

    def remove_collaborator(self, user_id: str, playlist_id: str, who: str) -> Playlist:
        """Let somebody edit no longer, or leave a list; returns the list as it is then."""
        playlist = self.glance(user_id, playlist_id)
        edit = Edit("remove_collaborator", {"user_id": who})
        _check_edit_right(playlist, user_id, edit)
        if who in playlist.collaborators:
            self.edit(user_id, playlist_id, edit)
        return self._playlists.get(playlist_id) or playlist

    def delete(self, user_id: str, playlist_id: str, *, expected_version: int | None = None) -> None:
        playlist = self.glance(user_id, playlist_id)
        _check_right(playlist, user_id, "delete")
        check_version(playlist, expected_version)
        self._remove(playlist_id)

    def export(self, user_id: str) -> list[Snapshot]:
        """Every list that a person owns, and of the others what that person added."""
        found = []
        for playlist_id in self._playlists.touched(user_id):
            with self._shelf.holding(playlist_id) as state:
                whole = state.snapshot()
            own = tuple(entry for entry in whole.entries if entry.added_by == user_id)
            mine = whole.playlist.owner_id == user_id
            found.append(Snapshot(whole.playlist, whole.entries if mine else own))
        return found

    def erase(self, user_id: str) -> None:
        """Delete a person's lists, and name them in no other; again does nothing."""
        for playlist_id in self._playlists.touched(user_id):
            playlist = self._playlists.get(playlist_id)
            if playlist is None:
                continue
            if playlist.owner_id == user_id:
                self._remove(playlist_id)
                continue
            if user_id in playlist.collaborators:
                self.edit(user_id, playlist_id, Edit("remove_collaborator", {"user_id": user_id}))
            with self._shelf.rewriting(playlist_id):
                self._playlists.forget(user_id, playlist_id, STAND_IN)

    def _remove(self, playlist_id: str) -> None:
        self._playlists.delete(playlist_id)
        self._shelf.drop(playlist_id)
        self._publisher.publish(PlaylistDeleted(playlist_id))

    def _change(self, user_id: str, playlist_id: str, work: Callable[[Draft], T]) -> T:
        """Do operations on the list as it stands, store them, then tell of them. Begins again where another
        process came first."""
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
        raise busy()

    def _change_with_others(self, playlist_id: str, wish: Wish) -> Operation:
        """As `_change`, for one operation, and at once for all who wait for the list by now. Each gets their
        own answer or error, and only when all of it is stored."""
        self._queue.add(playlist_id, wish)
        taken: list[Wish] = []
        try:
            for _ in range(TRIES):
                try:
                    with self._shelf.holding(playlist_id) as state:
                        taken += self._queue.take(playlist_id)
                        self._fulfil(state, taken)
                    break
                except _CameSecond:
                    continue
            else:
                raise busy()
        except BaseException as error:
            for other in taken:
                other.answer = error
            if self._queue.withdraw(playlist_id, wish):
                raise
        finally:
            for other in taken:
                other.ready.set()
        return wish.outcome()

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
                PlaylistEdited(done.playlist_id, done.version, done.op_id, done.action, done.data, done.user_id)
            )

    def _checked_edit(self, edit: Edit) -> Edit:
        """The edit with moods by their proper names. Raises Invalid."""
        if edit.action == "add_track":
            (track,) = self._checked([Wanted(edit.data["track_id"], edit.data.get("mood_context"))])
            return replace(edit, data={**edit.data, "mood_context": track.mood_context})
        if edit.action == "tag":
            return replace(edit, data={"mood_tags": moods(edit.data["mood_tags"])})
        return edit

    def _checked(self, tracks: Sequence[Wanted]) -> list[Wanted]:
        if len(tracks) > MOST_TRACKS:
            message = f"A list holds up to {MOST_TRACKS:,} tracks."
            raise Invalid(message, code="playlist_full", errors=(FieldError(("tracks",), message),))
        for track in tracks:
            if self._catalogue.get(track.track_id) is None and not SPOTIFY_TRACK.fullmatch(track.track_id):
                message = (
                    f"'{track.track_id[:60]}' is not a track of the catalogue. Use a track_id from "
                    "GET /recommendations, or a Spotify track URI."
                )
                raise Invalid(message, code="unknown_track", errors=(FieldError(("track_id",), message),))
        return [replace(track, mood_context=_mood_or_none(track.mood_context)) for track in tracks]


class _CameSecond(Exception):
    """Another process stored its operation first."""


def busy() -> Conflict:
    return Conflict("The list is being edited from elsewhere. Try again.", code="busy", retry_after_s=1)


def moods(words: Sequence[str]) -> list[str]:
    """Moods by their proper names, each once. Raises Invalid."""
    return list(dict.fromkeys(find_mood(word, field_name="mood_tags").name for word in words))


def check_version(playlist: Playlist, expected: int | None) -> None:
    """Raises VersionConflict."""
    if expected is not None and expected != playlist.version:
        raise VersionConflict(
            f"The list is at version {playlist.version}, not {expected}. Fetch it, and decide anew."
        )


def _mood_or_none(word: str | None) -> str | None:
    return None if word is None else find_mood(word, field_name="mood_context").name


def _check_edit_right(playlist: Playlist, user_id: str, edit: Edit) -> None:
    _check_right(playlist, user_id, "read")
    leaves = edit.action == "remove_collaborator" and edit.data["user_id"] == user_id
    if not leaves:
        _check_right(playlist, user_id, RIGHT_FOR[edit.action])


def _check_right(playlist: Playlist, user_id: str, right: Right) -> None:
    """Raises NotFound to whom the list is not open, Forbidden to who may do less."""
    role = playlist.role_of(user_id)
    if role is None:
        raise not_found()
    if right not in RIGHTS[role]:
        whom = "its owner" if right in ("share", "delete") else "its owner and collaborators"
        raise Forbidden(f"You may read this list; only {whom} may do this.", code="not_your_playlist")
