"""What all ways of reading a mood share, over HTTP and over sockets: consent, the reading itself, the diary."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Literal

import structlog

from museaika.accounts.user import User
from museaika.errors import Forbidden
from museaika.mood.blending import Blend, blend
from museaika.mood.ports import Source
from museaika.mood.reading import MoodReading
from museaika.perception.facereader import Box, FaceReading
from museaika.recommendations.filling import as_mixes
from museaika.recommendations.mixes import Mix
from museaika.web.here import services, sittings
from museaika.web.schemas.detection import NOTHING_READ, NOTICE, ImageMoodTold, mood_fields, tell_face
from museaika.web.sittings import Kept

log = structlog.get_logger()

OWN_FIRST = 3
"""Playlists tagged for a mood that are named before the built-in mixes."""


def require_consent(user: User, given: bool) -> None:
    """Raises Forbidden, code `consent_required`: neither now nor in the profile."""
    if not (given or user.preferences.image_consent):
        raise Forbidden(
            "Reading a face needs the person's consent: send consent=true with the image, "
            "or set image_consent in the profile.",
            code="consent_required",
        )


def read_image(
    user: User,
    image: bytes,
    *,
    detail: Literal["fast", "full"],
    boxes: Sequence[Box] | None = None,
    text: str | None = None,
    session_id: str | None = None,
) -> ImageMoodTold:
    """Read faces, and words beside them; with `session_id` as the next frame of a sitting.

    Raises:
        Invalid, TooLarge, UnsupportedType: the image can't be read.
        Conflict: code `late`, when a newer frame of the sitting was read meanwhile.
    """
    arrived = time.monotonic()
    found = services().faces.read(image, detail=detail, boxes=boxes)
    mood = found.mood
    if session_id:
        mood = sittings().steady(user.user_id, session_id, found.faces, arrived)
    words = text if text and text.strip() else None
    said = services().text.read([words])[0].mood if words else None
    named = {name: reading for name, reading in (("face", mood), ("text", said)) if reading}
    both = blend(list(named.values())) if named else None
    note("emotion_detected", both.reading if both else None, arrived, faces=_noted(found))
    if both is None:
        return ImageMoodTold(**NOTHING_READ, blend={}, faces=[], notice=NOTICE)
    source: Source = "camera" if mood else "text"
    return ImageMoodTold(
        **_kept_once(user, both, source, words, session_id),
        blend=dict(zip(named, both.weights, strict=True)),
        faces=[tell_face(face) for face in found.faces],
        notice=NOTICE,
    )


def keep(
    user: User, reading: MoodReading, source: Source, text: str | None, session_id: str | None
) -> dict[str, Any]:
    """Write the mood into the diary as far as the person's privacy level keeps it, and tell it."""
    kept = _written(user, reading, source, text, session_id)
    return mood_fields(reading, kept.mood_id, kept.mixes)


def note(event: str, reading: MoodReading | None, since: float, **more: Any) -> None:
    """For DEBUG_EMOTION_DETECTION: scores and timings; never pixels, never a text."""
    if services().settings.debug_emotion_detection:
        scores = _rounded(reading.moods) if reading else {}
        log.info(event, ms=round((time.monotonic() - since) * 1000, 1), scores=scores, **more)


def _kept_once(
    user: User, both: Blend, source: Source, text: str | None, session_id: str | None
) -> dict[str, Any]:
    """As `keep`; but of the frames of a sitting only those that bring another mood are written down."""
    if session_id is None or text:
        return keep(user, both.reading, source, text, session_id)
    kept = sittings().kept(user.user_id, session_id)
    if kept is None or kept.is_old(both.reading):
        kept = _written(user, both.reading, source, text, session_id)
        sittings().keep(user.user_id, session_id, kept)
    return mood_fields(both.reading, kept.mood_id, kept.mixes)


def _written(
    user: User, reading: MoodReading, source: Source, text: str | None, session_id: str | None
) -> Kept:
    entry = services().diary.record(
        user.user_id,
        user.preferences.privacy_level,
        reading,
        source=source,
        text=text,
        session_id=session_id,
    )
    return Kept(reading.primary_mood, entry.mood_id if entry else None, _mixes(user.user_id, reading))


def _mixes(user_id: str, reading: MoodReading) -> list[Mix]:
    lists = services().playlists.tagged(user_id, reading.primary_mood, OWN_FIRST)
    built_in = services().recommendations.mixes(
        reading,
        hour=services().clock().astimezone().hour,
        verdicts=tuple(services().feedback.of(user_id)),
    )
    return [*as_mixes(lists, user_id, reading.primary_mood), *built_in]


def _noted(found: FaceReading) -> list[dict[str, Any]]:
    return [
        {"sure": round(face.confidence, 3), "quality": round(face.quality.score, 3), **_rounded(face.emotions)}
        for face in found.faces
    ]


def _rounded(shares: Any) -> dict[str, float]:
    return {name: round(share, 3) for name, share in shares.items()}
