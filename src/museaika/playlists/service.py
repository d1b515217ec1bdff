"""Playlists that many hands edit at once. REST and sockets come in here, through the same functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from museaika.catalogue.ports import Catalogue
from museaika.clock import Clock, now
from museaika.errors import Conflict, FieldError, Invalid, VersionConflict
from museaika.events import PlaylistDeleted, Publisher
from museaika.paging import Page
from museaika.playlists import feeling
from museaika.playlists.checking import Checker, moods
from museaika.playlists.diff import Wanted
from museaika.playlists.draft import Draft, Revision
from museaika.playlists.playlist import Edit, Entry, Operation, Playlist, Snapshot
from museaika.playlists.ports import Playlists
from museaika.playlists.rights import check, check_edit, not_found
from museaika.playlists.shelf import Shelf
from museaika.playlists.writing import Writer

FAR_BEHIND = 500
"""Who missed more edits than these is given the whole list."""
STAND_IN = "usr_erased"
"""Who added what somebody added whose account is erased."""


class PlaylistService:
    """Makes, shows and edits playlists. To whom a list is not open it does not exist: NotFound."""

    def __init__(
        self, playlists: Playlists, catalogue: Catalogue, publisher: Publisher, clock: Clock = now
    ) -> None:
        self._playlists = playlists
        self._publisher = publisher
        self._clock = clock
        self._checker = Checker(catalogue)
        self._mood_of = feeling.mood_of(catalogue)
        self._shelf = Shelf(playlists, self._mood_of)
        self._writer = Writer(playlists, self._shelf, publisher, clock)

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
        """Without `mood_tags` the list is tagged with the moods of its tracks, also later.

        Raises Invalid for a track or a mood that is unknown, and for too many tracks.
        """
        wanted, at = self._checker.tracks(tracks), self._clock()
        entries = tuple(
            Entry(f"ent_{uuid4().hex}", track.track_id, user_id, at, track.mood_context) for track in wanted
        )
        tags = moods(mood_tags) if mood_tags else feeling.tags(feeling.count(entries, self._mood_of))
        playlist = Playlist(
            f"pl_{uuid4().hex}", user_id, title, at, at, description, tuple(tags), is_public,
            tags_from_tracks=not mood_tags, track_count=len(entries),
        )  # fmt: skip
        snapshot = Snapshot(playlist, entries)
        self._playlists.create(snapshot)
        return snapshot

    def get(self, user_id: str, playlist_id: str) -> Snapshot:
        """The whole list as it stands now."""
        self.glance(user_id, playlist_id)
        with self._shelf.holding(playlist_id) as state:
            check(state.playlist, user_id, "read")
            return state.snapshot()

    def glance(self, user_id: str, playlist_id: str) -> Playlist:
        """The list without its tracks."""
        playlist = self._playlists.get(playlist_id)
        if playlist is None:
            raise not_found()
        check(playlist, user_id, "read")
        return playlist

    def mood_shares(self, user_id: str, playlist_id: str) -> tuple[Playlist, dict[str, float]]:
        """The list, and what part of its tracks each mood has, the largest first; empty where no mood is
        known of any."""
        self.glance(user_id, playlist_id)
        with self._shelf.holding(playlist_id) as state:
            return state.playlist, feeling.shares(state.moods)

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
        """Those the person owns, or is named in as collaborator or reader, newest first."""
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
            Conflict: codes `playlist_full`, `too_many_members`, `not_a_collaborator`, `version_ahead`, `busy`.
            Invalid: an unknown track or mood.
        """
        edit = self._checker.edit(edit)

        def work(draft: Draft) -> Operation:
            playlist = draft.state.playlist
            check_edit(playlist, user_id, edit)
            if op_id and (done := draft.found(op_id) or self._playlists.find(playlist_id, op_id)):
                return done
            if base_version is not None and base_version > playlist.version:
                raise Conflict(
                    f"The list is at version {playlist.version}, behind your {base_version}. Fetch it anew.",
                    code="version_ahead",
                )
            return draft.do(edit, op_id)

        return self._writer.with_others(user_id, playlist_id, work)

    def admit(self, user_id: str, playlist_id: str, edit: Edit) -> Playlist:
        """Do an edit that lets this person in, by the right of whoever invited them. Raises NotFound."""
        self._writer.with_others(user_id, playlist_id, lambda draft: draft.do(edit))
        return self.glance(user_id, playlist_id)

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
            tracks=None if wanted.tracks is None else self._checker.tracks(wanted.tracks),
            mood_tags=None if wanted.mood_tags is None else tuple(moods(wanted.mood_tags)),
        )

        def work(draft: Draft) -> None:
            playlist = draft.state.playlist
            check(playlist, user_id, "edit")
            if wanted.is_public not in (None, playlist.is_public):
                check(playlist, user_id, "share")
            check_version(playlist, expected_version)
            draft.become(wanted)

        self._writer.alone(user_id, playlist_id, work)
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

    def delete(self, user_id: str, playlist_id: str, *, expected_version: int | None = None) -> None:
        playlist = self.glance(user_id, playlist_id)
        check(playlist, user_id, "own")
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
            if user_id in playlist.members:
                role = "collaborator" if user_id in playlist.collaborators else "reader"
                self.edit(user_id, playlist_id, Edit(f"remove_{role}", {"user_id": user_id}))
            with self._shelf.rewriting(playlist_id):
                self._playlists.forget(user_id, playlist_id, STAND_IN)

    def _remove(self, playlist_id: str) -> None:
        self._playlists.delete(playlist_id)
        self._shelf.drop(playlist_id)
        self._publisher.publish(PlaylistDeleted(playlist_id))


def check_version(playlist: Playlist, expected: int | None) -> None:
    """Raises VersionConflict."""
    if expected is not None and expected != playlist.version:
        raise VersionConflict(
            f"The list is at version {playlist.version}, not {expected}. Fetch it, and decide anew."
        )
