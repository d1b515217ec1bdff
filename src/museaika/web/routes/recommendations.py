"""Tracks for a mood, and what the listener says of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from museaika.accounts.service import Caller
from museaika.clock import rfc3339
from museaika.errors import FieldError, Invalid
from museaika.mood.reading import MoodReading, reading_at, reading_of
from museaika.mood.vocabulary import find_mood
from museaika.recommendations.service import Recommendation
from museaika.recommendations.taste import Verdict
from museaika.web.here import services
from museaika.web.routing import Router
from museaika.web.schemas.base import Deleted
from museaika.web.schemas.detection import tell_mixes
from museaika.web.schemas.recommendations import (
    FeedbackAsked,
    FeedbackListAsked,
    FeedbackPage,
    FeedbackPath,
    FeedbackTold,
    MixesAsked,
    MixesTold,
    PieceOffered,
    RecommendationsAsked,
    TracksTold,
    TrackTold,
    tell_feedback,
    tell_track,
)

router = Router("Recommendations", "Tracks for a mood, or from one mood to another, and what one says of them.")

DEEPEST = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a next page begins, and what the list was made of, so that nothing newer shifts it."""

    offset: int
    mood: MoodReading
    asked_at: datetime


@router.route("get", "/recommendations", TracksTold)
def recommend(caller: Caller, query: RecommendationsAsked) -> TracksTold:
    """Tracks for a mood; without `mood` the newest one counts

    What the caller said of earlier tracks changes the list: what was disliked does not come back. Pages of one
    list fit together whatever is said meanwhile; only what was disliked since is left out of them.
    """
    place = _place(caller, query)
    said = services().feedback.of(caller.user_id)
    heard = _familiar(caller)
    before = (*heard, *(one for one in said if one.at and one.at <= place.asked_at))
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
        explicit=query.explicit,
        part=query.part,
        tag=query.tag,
        seed=_seed(caller, place, len(before) - len(heard)),
        verdicts=before,
        listener=caller.user_id,
        at=place.asked_at,
    )
    refused = {one.track_id for one in said if one.verdict == "dislike"}
    following = place.offset + len(found)
    more = len(found) == query.limit and following < DEEPEST
    return TracksTold(
        items=tell_tracks([one for one in found if one.track.track_id not in refused]),
        next_cursor=_cursor(following, query.mood, place) if more else None,
        mood=place.mood.primary_mood,
        generate=_as_a_piece(place.mood.primary_mood, target.name) if target else None,
    )


@router.route("get", "/recommendations/mixes", MixesTold)
def list_mixes(caller: Caller, query: MixesAsked) -> MixesTold:
    """Named lists for a mood, the time of day and what the caller likes"""
    mood = reading_of(find_mood(query.mood)) if query.mood else _latest(caller)
    hour = services().clock().astimezone().hour if query.hour is None else query.hour
    found = services().recommendations.mixes(
        mood, query.limit, hour=hour, verdicts=tuple(services().feedback.of(caller.user_id))
    )
    return MixesTold(items=tell_mixes(found), next_cursor=None, mood=mood.primary_mood)


@router.route("post", "/recommendations/feedback", FeedbackTold, fails=(404,))
def give_feedback(caller: Caller, body: FeedbackAsked) -> FeedbackTold:
    """Say like, dislike or skip of a track; `null` takes it back"""
    feedback = services().feedback
    if body.verdict is None:
        feedback.take_back(caller.user_id, body.track_id)
        return FeedbackTold(track_id=body.track_id, verdict=None, mood=None, at=None)
    return tell_feedback(feedback.give(caller.user_id, body.track_id, body.verdict, body.mood))


@router.route("get", "/recommendations/feedback", FeedbackPage)
def list_feedback(caller: Caller, query: FeedbackListAsked) -> FeedbackPage:
    """What the caller said of tracks, newest first"""
    page = services().feedback.page(caller.user_id, cursor=query.cursor, limit=query.limit)
    return FeedbackPage(items=[tell_feedback(one) for one in page.items], next_cursor=page.next_cursor)


@router.route("delete", "/recommendations/feedback/<track_id>", Deleted)
def take_feedback_back(caller: Caller, path: FeedbackPath) -> Deleted:
    """Take back what was said of a track; a second time does nothing"""
    return Deleted(deleted=int(services().feedback.take_back(caller.user_id, path.track_id)))


def _as_a_piece(mood: str, target: str) -> PieceOffered:
    return PieceOffered(url="/api/v1/generate", body={"mood": mood, "target_mood": target})


def _familiar(caller: Caller) -> tuple[Verdict, ...]:
    """What the caller hears on Spotify, where that is connected."""
    spotify = services().spotify
    return tuple(Verdict(one, "familiar") for one in spotify.familiar(caller.user_id)) if spotify else ()


def tell_tracks(found: Sequence[Recommendation]) -> list[TrackTold]:
    """With the address on Spotify where a track was found there before."""
    spotify = services().spotify
    uris = spotify.matcher.known([one.track for one in found]) if spotify else {}
    return [tell_track(one, uris.get(one.track.track_id)) for one in found]


def _place(caller: Caller, query: RecommendationsAsked) -> Place:
    if query.cursor:
        return _opened(query.cursor)
    asked_at = services().clock()
    if query.mood:
        return Place(0, reading_of(find_mood(query.mood)), asked_at)
    return Place(0, _latest(caller), asked_at)


def _latest(caller: Caller) -> MoodReading:
    latest = services().diary.latest(caller.user_id)
    if latest is None:
        message = "There is no mood of yours to go by yet. Name one with ?mood=calm, or detect one first."
        raise Invalid(message, code="mood_missing", errors=(FieldError(("query", "mood"), message),))
    return reading_at(latest.valence, latest.arousal)


def _seed(caller: Caller, place: Place, said: int) -> int:
    """Each person's list is another one each day and after each verdict, and the same in between."""
    return crc32(f"{caller.user_id} {place.asked_at.date()} {said}".encode())


def _cursor(offset: int, named: str | None, place: Place) -> str:
    mood = place.mood
    fields = [
        offset, mood.primary_mood if named else None, mood.valence, mood.arousal, rfc3339(place.asked_at)
    ]  # fmt: skip
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).rstrip(b"=").decode()


def _opened(cursor: str) -> Place:
    """Read a cursor of ours. Raises Invalid for any other."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        offset, named, valence, arousal, at = json.loads(base64.urlsafe_b64decode(padded))
        mood = reading_of(find_mood(named)) if named else reading_at(float(valence), float(arousal))
        asked_at = datetime.fromisoformat(at)
        if asked_at.tzinfo is None or not (
            0 <= int(offset) <= DEEPEST and -1 <= mood.valence <= 1 and -1 <= mood.arousal <= 1
        ):
            raise ValueError
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError, Invalid):
        message = "This cursor is not one of ours. Begin again without it."
        raise Invalid(
            message, code="invalid_cursor", errors=(FieldError(("query", "cursor"), message),)
        ) from None
    return Place(int(offset), mood, asked_at)
