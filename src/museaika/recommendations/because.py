"""What a listener said before, in words that say why a track is recommended to them now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from museaika.catalogue.columns import MOODS_OF_TAG
from museaika.catalogue.track import Track, fold
from museaika.recommendations.reasons import ADJECTIVES, INSTRUMENTS
from museaika.recommendations.taste import Verdict

OFTEN = 2
"""A tag is worth naming once so many tracks with it were liked, and more of them than not."""
_NUMBERS = ("no", "a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True)
class Said:
    """How many liked tracks are by an artist or have a tag, less those disliked; the genres with a verdict."""

    liked: frozenset[str]
    artists: Counter[str]
    tags: Counter[str]
    genres: frozenset[str | None]


def said_of(judged: Iterable[tuple[Track, Verdict]]) -> Said:
    """Count the verdicts on tracks."""
    artists: Counter[str] = Counter()
    tags: Counter[str] = Counter()
    liked, genres = set(), set()
    for track, verdict in judged:
        genres.add(track.genre)
        sign = {"like": 1, "dislike": -1}.get(verdict.verdict, 0)
        artists.update(dict.fromkeys(map(fold, track.artists), sign))
        tags.update(dict.fromkeys(track.tags, sign))
        if sign > 0:
            liked.add(track.track_id)
    return Said(frozenset(liked), artists, tags, frozenset(genres))


def favourites(judged: Iterable[tuple[Track, Verdict]]) -> list[str]:
    """Return the tags and genres, moods apart, that a listener liked often and more than not; best first."""
    liked: Counter[str] = Counter()
    for track, verdict in judged:
        words = {*track.tags, *([track.genre] if track.genre else [])} - MOODS_OF_TAG.keys()
        liked.update(dict.fromkeys(sorted(words), {"like": 1, "dislike": -1}.get(verdict.verdict, 0)))
    return [word for word, times in liked.most_common() if times >= OFTEN]


def because(track: Track, said: Said, *, ventured: bool) -> str:
    """Return how what was said speaks for a track, to stand behind ", "; "" where it does not.

    `ventured` says that the track was taken to find out and not because it is known to please.
    """
    if track.track_id in said.liked:
        return "and you liked it before"
    count = max((said.artists[fold(name)] for name in track.artists), default=0)
    if count > 0:
        return f"and you liked {_number(count)} by the same artist"
    if ventured and track.genre and track.genre not in said.genres:
        return f"and to find out how you take to {track.genre}"
    if tag := _best_tag(track.tags, said.tags):
        return f"and you liked {_number(said.tags[tag])} {_likewise(tag)}"
    return ""


def _best_tag(tags: Sequence[str], liked: Counter[str]) -> str | None:
    best = max(tags, key=lambda tag: liked[tag], default=None)
    return best if best is not None and liked[best] >= OFTEN else None


def _number(count: int) -> str:
    word = _NUMBERS[count] if count < len(_NUMBERS) else "many"
    return f"{word} {'song' if count == 1 else 'songs'}"


def _likewise(tag: str) -> str:
    return f"with {tag.replace('-', ' ')}" if tag in INSTRUMENTS else f"as {ADJECTIVES.get(tag, tag)}"
