"""Tracks for a mood."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from museaika.accounts.service import Caller
from museaika.errors import FieldError, Invalid
from museaika.mood.reading import MoodReading, reading_at, reading_of
from museaika.mood.vocabulary import find_mood
from museaika.web.here import services
from museaika.web.routing import Router
from museaika.web.schemas.recommendations import RecommendationsAsked, TracksTold, tell_track

router = Router("Recommendations", "Tracks for a mood, or a way from one mood to another.")

DEEPEST = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a next page begins, and which mood it is about, so that a newer one does not change the list."""

    offset: int
    mood: MoodReading


@router.route("get", "/recommendations", TracksTold)
def recommend(caller: Caller, query: RecommendationsAsked) -> TracksTold:
    """Tracks for a mood; without `mood` the newest one counts"""
    place = _place(caller, query)
    target = find_mood(query.target, field_name="target") if query.target else None
    found = services().recommendations.recommend(
        mood=place.mood,
        goal=query.goal,
        target=target,
        path=query.path,
        limit=query.limit,
        offset=place.offset,
        discover=query.discover,
        language=query.language,
    )
    following = place.offset + len(found)
    more = len(found) == query.limit and following < DEEPEST
    return TracksTold(
        items=[tell_track(one) for one in found],
        next_cursor=_cursor(following, query.mood, place.mood) if more else None,
        mood=place.mood.primary_mood,
    )


def _place(caller: Caller, query: RecommendationsAsked) -> Place:
    if query.cursor:
        return _opened(query.cursor)
    if query.mood:
        return Place(0, reading_of(find_mood(query.mood)))
    latest = services().diary.latest(caller.user_id)
    if latest is None:
        message = "There is no mood of yours to go by yet. Name one with ?mood=calm, or detect one first."
        raise Invalid(message, code="mood_missing", errors=(FieldError(("query", "mood"), message),))
    return Place(0, reading_at(latest.valence, latest.arousal))


def _cursor(offset: int, named: str | None, mood: MoodReading) -> str:
    fields = [offset, mood.primary_mood if named else None, mood.valence, mood.arousal]
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).rstrip(b"=").decode()


def _opened(cursor: str) -> Place:
    """Read a cursor of ours. Raises Invalid for any other."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        offset, named, valence, arousal = json.loads(base64.urlsafe_b64decode(padded))
        mood = reading_of(find_mood(named)) if named else reading_at(float(valence), float(arousal))
        if not (0 <= int(offset) <= DEEPEST and -1 <= mood.valence <= 1 and -1 <= mood.arousal <= 1):
            raise ValueError
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError, Invalid):
        message = "This cursor is not one of ours. Begin again without it."
        raise Invalid(
            message, code="invalid_cursor", errors=(FieldError(("query", "cursor"), message),)
        ) from None
    return Place(int(offset), mood)
