"""Tracks, as they are asked for and told."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import Field

from museaika.catalogue.track import TRACK_PAGE
from museaika.recommendations.service import Recommendation
from museaika.recommendations.taste import Verdict
from museaika.web.schemas.base import Asked, Axis, ListOf, Moment, Paged, Share, Told
from museaika.web.schemas.detection import MixTold

GoalName = Literal["match", "lift", "calm", "focus", "energise"]
VerdictName = Literal["like", "dislike", "skip"]
TrackId = Annotated[str, Field(min_length=1, max_length=100)]


class RecommendationsAsked(Asked):
    """Music for which mood, and where it should lead."""

    mood: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    """A mood or a synonym; the newest of the diary when it is left out."""
    limit: int = Field(20, ge=1, le=100)
    goal: GoalName = "match"
    target: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    """Makes the list a journey from the mood to this one."""
    path: Literal["gradual", "direct"] = "gradual"
    discover: Share = 0.2
    """0 the obvious … 1 far from it."""
    language: Annotated[str, Field(min_length=2, max_length=40)] | None = None
    explicit: bool = True
    """false leaves away tracks that are known to be explicit; of many, nobody has said."""
    part: Literal["morning", "day", "evening", "night"] | None = None
    """Of the day: a little livelier in the morning, quieter at night."""
    tag: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    """An instrument, a genre or another tag that all tracks shall carry."""
    cursor: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class MixesAsked(Asked):
    """Which lists would suit a mood."""

    mood: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    """A mood or a synonym; the newest of the diary when it is left out."""
    hour: int | None = Field(None, ge=0, le=23)
    """On the caller's clock; the server's when it is left out."""
    limit: int = Field(6, ge=1, le=30)


class MixesTold(ListOf[MixTold]):
    """Named lists, the fitting one first, and the mood they are for."""

    mood: str


class TrackTold(Told):
    """A recommended track; `valence` −1…1, `energy` and `score` 0…1."""

    track_id: str
    uri: str
    title: str
    artists: list[str]
    album: str | None
    duration_ms: int | None
    url: str
    artwork_url: str | None
    valence: Axis
    energy: Share
    score: Share
    reason: str
    source: str


class PieceOffered(Told):
    """A journey can be had as one new piece as well: `body` is what `POST` to `url` takes."""

    url: str
    body: dict[str, str]


class TracksTold(ListOf[TrackTold]):
    """Ranked tracks, and the mood they were chosen for; with a target, the way to a piece that makes the same
    journey."""

    mood: str
    generate: PieceOffered | None


class FeedbackAsked(Asked):
    """What the caller says of a track; the last verdict on a track stands."""

    track_id: TrackId
    verdict: VerdictName | None
    """`dislike` keeps the track away for good, `skip` for the while; null takes back what was said."""
    mood: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    """The mood it was heard in: there the verdict counts most. Without one it counts in every mood alike."""


class FeedbackTold(Told):
    """A verdict as it stands; after one was taken back `verdict`, `mood` and `at` are null."""

    track_id: str
    verdict: VerdictName | None
    mood: str | None
    at: Moment | None


class FeedbackPage(ListOf[FeedbackTold]):
    """The caller's standing verdicts, newest first."""


class FeedbackListAsked(Paged):
    """How verdicts are listed."""


class FeedbackPath(Asked):
    track_id: TrackId


def tell_feedback(given: Verdict) -> FeedbackTold:
    return FeedbackTold.model_validate(asdict(given))


def tell_track(found: Recommendation, spotify_uri: str | None = None) -> TrackTold:
    track = found.track
    page = spotify_uri and TRACK_PAGE + spotify_uri.removeprefix("spotify:track:")
    return TrackTold(
        track_id=track.track_id,
        uri=spotify_uri or track.uri,
        title=track.title,
        artists=list(track.artists),
        album=track.album,
        duration_ms=track.duration_ms,
        url=page or track.url,
        artwork_url=None,
        valence=track.valence,
        energy=track.energy,
        score=found.score,
        reason=found.reason,
        source=found.source,
    )
