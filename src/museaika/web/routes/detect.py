"""Reading a mood: from a face, from words, or as a person says it."""

from __future__ import annotations

import time

import structlog

from museaika.accounts.service import Caller
from museaika.errors import Forbidden
from museaika.mood.blending import blend
from museaika.mood.ports import Source
from museaika.mood.reading import MoodReading, reading_at, reading_of
from museaika.mood.vocabulary import find_mood
from museaika.perception.text import TextReading
from museaika.recommendations.filling import as_mixes
from museaika.web.here import services, sittings
from museaika.web.routing import Router
from museaika.web.schemas.detection import (
    NOTHING_READ,
    NOTICE,
    ImageMoodTold,
    ModelTold,
    MoodTold,
    TextBatchTold,
    TextMoodTold,
    VocabularyTold,
    mood_fields,
    tell_face,
    tell_highlights,
    tell_vocabulary,
    text_fields,
)
from museaika.web.schemas.feelings import ImageAsked, MoodAsked, TextAsked

log = structlog.get_logger()

OWN_FIRST = 3
"""Playlists tagged for a mood that are named before the built-in mixes."""


def may_remember(caller: Caller) -> bool:
    """Under strict nothing of a detection is kept, not even its answer for an Idempotency-Key."""
    return caller.user.preferences.privacy_level != "strict"


router = Router("Detection", "Reading a mood: from a face, from words, or as a person says it.")


@router.route("post", "/detect/emotion", ImageMoodTold, fails=(409,))
def read_face(caller: Caller, form: ImageAsked) -> ImageMoodTold:
    """Read the mood that a face expresses

    Without consent (`consent=true`, or `image_consent` in the profile) the image is not looked at.
    """
    if not (form.consent or caller.user.preferences.image_consent):
        raise Forbidden(
            "Reading a face needs the person's consent: send consent=true with the image, "
            "or set image_consent in the profile.",
            code="consent_required",
        )
    arrived = time.monotonic()
    found = services().faces.read(form.image.read(), detail=form.detail, boxes=_boxes(form))
    reading = found.mood
    if reading is not None and form.session_id:
        reading = sittings().steady(caller.user_id, form.session_id, reading, arrived)
    words = form.text if form.text and form.text.strip() else None
    if words:
        said = services().text.read([words])[0].mood
        reading = blend([reading, said]).reading if reading else said
    _note("emotion_detected", reading, arrived, faces=len(found.faces))
    source: Source = "camera" if found.mood else "text"
    fields = _kept(caller, reading, source, words, form.session_id) if reading else NOTHING_READ
    return ImageMoodTold(**fields, faces=[tell_face(face) for face in found.faces], notice=NOTICE)


@router.route("post", "/detect/sentiment", TextMoodTold | TextBatchTold, replay=may_remember)
def read_words(caller: Caller, body: TextAsked) -> TextMoodTold | TextBatchTold:
    """Read the mood of a text, or of up to 64 at once"""
    arrived = time.monotonic()
    texts = body.texts or [body.text or ""]
    answers = [
        _word_answer(caller, body, text, found)
        for text, found in zip(texts, services().text.read(texts), strict=True)
    ]
    _note("sentiment_detected", None, arrived, texts=len(texts))
    return answers[0] if body.texts is None else TextBatchTold(items=answers)


@router.route("post", "/detect/manual", MoodTold, replay=may_remember)
def take_word_for_it(caller: Caller, body: MoodAsked) -> MoodTold:
    """Record a mood that the person names, or places on the plane"""
    return MoodTold(**_kept(caller, asked_reading(body), "manual", None, None))


@router.route("get", "/moods", VocabularyTold, signed_in=False)
def vocabulary() -> VocabularyTold:
    """The moods that have a name, and where they lie on the plane"""
    return tell_vocabulary()


def asked_reading(body: MoodAsked) -> MoodReading:
    if body.mood is not None:
        return reading_of(find_mood(body.mood))
    return reading_at(body.valence or 0.0, body.arousal or 0.0)  # the model saw to it that both are there


def _word_answer(caller: Caller, body: TextAsked, text: str, found: TextReading) -> TextMoodTold:
    reader = services().text
    highlights = tell_highlights(reader.explain(text)) if body.explain else None
    model = ModelTold(name=reader.model_name, version=reader.version)
    fields = _kept(caller, found.mood, "text", text, body.session_id)
    told = text_fields(found, model, labels=body.labels)
    return TextMoodTold(**fields, **told, highlights=highlights)


def _kept(
    caller: Caller, reading: MoodReading, source: Source, text: str | None, session_id: str | None
) -> dict[str, object]:
    """Write the mood into the diary as far as the person's privacy level keeps it, and tell it."""
    entry = services().diary.record(
        caller.user_id,
        caller.user.preferences.privacy_level,
        reading,
        source=source,
        text=text,
        session_id=session_id,
    )
    lists = services().playlists.tagged(caller.user_id, reading.primary_mood, OWN_FIRST)
    built_in = services().recommendations.mixes(
        reading,
        hour=services().clock().astimezone().hour,
        verdicts=tuple(services().feedback.of(caller.user_id)),
    )
    mixes = [*as_mixes(lists, caller.user_id, reading.primary_mood), *built_in]
    return mood_fields(reading, entry.mood_id if entry else None, mixes)


def _boxes(form: ImageAsked) -> list[tuple[int, int, int, int]] | None:
    return None if form.boxes is None else [(x, y, w, h) for x, y, w, h in form.boxes]


def _note(event: str, reading: MoodReading | None, since: float, **counts: int) -> None:
    """For DEBUG_EMOTION_DETECTION: scores and timings; never pixels, never a text."""
    if services().settings.debug_emotion_detection:
        scores = {name: round(share, 3) for name, share in reading.moods.items()} if reading else {}
        log.info(event, ms=round((time.monotonic() - since) * 1000, 1), scores=scores, **counts)
