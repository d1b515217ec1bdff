"""Playlists and moods: a list's tracks chosen for a mood or a journey, and lists that are tagged for one."""

from __future__ import annotations

from collections.abc import Sequence

from museaika.mood.reading import reading_of
from museaika.mood.vocabulary import Mood
from museaika.playlists.diff import Wanted
from museaika.playlists.playlist import Playlist
from museaika.recommendations.mixes import Mix
from museaika.recommendations.remembering import Remembering
from museaika.recommendations.service import RecommendationService
from museaika.recommendations.taste import Verdict

FILLED = 25
"""Tracks in a list that is filled from a mood."""


def fill(
    recommendations: RecommendationService | Remembering,
    mood: Mood,
    *,
    target: Mood | None = None,
    verdicts: Sequence[Verdict] = (),
    seed: int = 0,
) -> list[Wanted]:
    """The tracks for a mood, or of a journey from it to `target`; each notes the mood it was chosen for."""
    found = recommendations.recommend(
        mood=reading_of(mood), target=target, limit=FILLED, verdicts=tuple(verdicts), seed=seed
    )
    return [Wanted(one.track.track_id, mood.name) for one in found]


def as_mixes(playlists: Sequence[Playlist], user_id: str, mood: str) -> list[Mix]:
    """Playlists as they are recommended beside the built-in mixes."""
    return [
        Mix(
            one.playlist_id,
            one.title,
            f"{'A public list' if one.role_of(user_id) == 'reader' else 'A list of yours'}, tagged {mood}",
            f"/api/v1/playlists/{one.playlist_id}",
        )
        for one in playlists
    ]
