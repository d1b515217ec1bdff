"""A list of one's own for each mood, refreshed when that mood is read: for people who asked for it."""

from __future__ import annotations

from datetime import timedelta
from zlib import crc32

import structlog

from museaika.accounts.service import AccountService
from museaika.clock import Clock, now
from museaika.errors import MuseAIkaError
from museaika.events import Event, MoodRead
from museaika.mood.vocabulary import MOODS
from museaika.playlists.draft import Revision
from museaika.playlists.playlist import Playlist
from museaika.playlists.service import PlaylistService
from museaika.recommendations.feedback import Feedback
from museaika.recommendations.filling import fill
from museaika.recommendations.remembering import Remembering
from museaika.recommendations.service import RecommendationService

log = structlog.get_logger()

CONFIDENT = 0.6
"""From this probability on a mood counts."""
FRESH = timedelta(hours=1)
"""So long a list stays as it is, however often its mood is read."""
DESCRIPTION = "Auto-generated from your moods. It is filled anew when you feel like this again."


class AutomaticPlaylists:
    """Listens to moods, and keeps the lists of those who have `auto_generate` on. Under the privacy level
    strict it does nothing, because a list would remember the mood."""

    def __init__(
        self,
        accounts: AccountService,
        playlists: PlaylistService,
        recommendations: RecommendationService | Remembering,
        feedback: Feedback,
        clock: Clock = now,
    ) -> None:
        self._accounts = accounts
        self._playlists = playlists
        self._recommendations = recommendations
        self._feedback = feedback
        self._clock = clock

    def heard(self, event: Event) -> None:
        """For `Publisher.subscribe`."""
        if not isinstance(event, MoodRead) or event.scores.get(event.mood, 0.0) < CONFIDENT:
            return
        try:
            wishes = self._accounts.get(event.user_id).preferences
            if wishes.auto_generate and wishes.privacy_level != "strict":
                self._refresh(event.user_id, event.mood)
        except MuseAIkaError as error:  # the mood itself is read and kept; the list comes another time
            log.warning("playlist_not_refreshed", reason=error.code)

    def _refresh(self, user_id: str, mood: str) -> None:
        at = self._clock()
        present = self._own(user_id, mood)
        if present and at - present.updated_at < FRESH:
            return
        seed = crc32(f"{user_id} {at.isoformat()}".encode())
        said = self._feedback.of(user_id)
        tracks = fill(self._recommendations, MOODS[mood], verdicts=said, seed=seed)
        if present:
            self._playlists.revise(user_id, present.playlist_id, Revision(tracks=tracks))
        else:
            title = f"{mood.capitalize()} Vibes"
            self._playlists.create(user_id, title, description=DESCRIPTION, tracks=tracks, mood_tags=[mood])

    def _own(self, user_id: str, mood: str) -> Playlist | None:
        tagged = self._playlists.tagged(user_id, mood, 100)
        return next((one for one in tagged if one.owner_id == user_id and one.description == DESCRIPTION), None)
