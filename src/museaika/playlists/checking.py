"""Whether tracks and moods that somebody names are any."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from museaika.catalogue.ports import Catalogue
from museaika.errors import FieldError, Invalid
from museaika.mood.vocabulary import find_mood
from museaika.playlists.diff import Wanted
from museaika.playlists.playlist import MOST_TRACKS, Edit

SPOTIFY_TRACK = re.compile(r"spotify:track:[0-9A-Za-z]{22}")


class Checker:
    """Knows what is a track: one of the catalogue, or any well-formed Spotify track URI."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def edit(self, edit: Edit) -> Edit:
        """The edit with moods by their proper names. Raises Invalid."""
        if edit.action == "add_track":
            (track,) = self.tracks([Wanted(edit.data["track_id"], edit.data.get("mood_context"))])
            return replace(edit, data={**edit.data, "mood_context": track.mood_context})
        if edit.action == "tag" and edit.data["mood_tags"] is not None:
            return replace(edit, data={"mood_tags": moods(edit.data["mood_tags"])})
        return edit

    def tracks(self, tracks: Sequence[Wanted]) -> list[Wanted]:
        """The tracks with moods by their proper names. Raises Invalid."""
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


def moods(words: Sequence[str]) -> list[str]:
    """Moods by their proper names, each once. Raises Invalid."""
    return list(dict.fromkeys(find_mood(word, field_name="mood_tags").name for word in words))


def _mood_or_none(word: str | None) -> str | None:
    return None if word is None else find_mood(word, field_name="mood_context").name
