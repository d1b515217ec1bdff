"""The moods of a list, from its tracks: each counts for the mood it was added in, or else for the one that it
lies nearest to on the plane. A track that nobody knows, added in no mood, counts for none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from museaika.catalogue.ports import Catalogue
from museaika.mood.vocabulary import MOODS, nearest_mood
from museaika.playlists.playlist import Entry

MoodOf = Callable[[str, str | None], str | None]
"""From a track's id and the mood it was added in to the mood it counts for."""

SHARE_OF_A_TAG = 0.2
"""So much of a list has to be in a mood for the mood to be a tag of it."""
MOST_TAGS = 3


def mood_of(catalogue: Catalogue) -> MoodOf:
    def find(track_id: str, mood_context: str | None) -> str | None:
        if mood_context is not None:
            return mood_context
        track = catalogue.get(track_id)
        return None if track is None else nearest_mood(track.valence, track.arousal).name

    return find


def count(entries: Iterable[Entry], mood_of: MoodOf) -> Counter[str]:
    return Counter(filter(None, (mood_of(entry.track_id, entry.mood_context) for entry in entries)))


def shares(counts: Mapping[str, int]) -> dict[str, float]:
    """What part of the tracks with a mood each mood has, the largest first; sums to 1, or is empty."""
    total = sum(counts.values())
    found = [(mood, count / total) for mood, count in counts.items() if count > 0]
    return dict(sorted(found, key=lambda one: (-one[1], one[0])))


def tags(counts: Mapping[str, int]) -> list[str]:
    """The moods that a list is tagged with, in the order of the vocabulary, so that they change seldom."""
    large = [mood for mood, share in shares(counts).items() if share >= SHARE_OF_A_TAG][:MOST_TAGS]
    return [mood for mood in MOODS if mood in large]
