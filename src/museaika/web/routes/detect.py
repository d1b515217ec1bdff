"""Reading a mood: from a face, from words, or as a person says it."""

from __future__ import annotations

import time

from museaika.accounts.service import Caller
from museaika.mood.reading import MoodReading, reading_at, reading_of
from museaika.mood.vocabulary import find_mood
from museaika.perception.text import TextReading
from museaika.web.detecting import keep, note, read_image, require_consent
from museaika.web.here import services
from museaika.web.routing import Router
from museaika.web.schemas.detection import (
    ImageMoodTold,
    ModelTold,
    MoodTold,
    TextBatchTold,
    TextMoodTold,
    VocabularyTold,
    tell_highlights,
    tell_vocabulary,
    text_fields,
)
from museaika.web.schemas.feelings import ImageAsked, MoodAsked, TextAsked


def may_remember(caller: Caller) -> bool:
    """Under strict nothing of a detection is kept, not even its answer for an Idempotency-Key."""
    return caller.user.preferences.privacy_level != "strict"


router = Router("Detection", "Reading a mood: from a face, from words, or as a person says it.")


@router.route("post", "/detect/emotion", ImageMoodTold, fails=(409,))
def read_face(caller: Caller, form: ImageAsked) -> ImageMoodTold:
    """Read the mood that a face expresses

    Without consent (`consent=true`, or `image_consent` in the profile) the image is not looked at.
    """
    require_consent(caller.user, form.consent)
    return read_image(
        caller.user,
        form.image.read(),
        detail=form.detail,
        boxes=_boxes(form),
        text=form.text,
        session_id=form.session_id,
    )


@router.route("post", "/detect/sentiment", TextMoodTold | TextBatchTold, replay=may_remember)
def read_words(caller: Caller, body: TextAsked) -> TextMoodTold | TextBatchTold:
    """Read the mood of a text, or of up to 64 at once"""
    arrived = time.monotonic()
    texts = body.texts or [body.text or ""]
    answers = [
        _word_answer(caller, body, text, found)
        for text, found in zip(texts, services().text.read(texts), strict=True)
    ]
    note("sentiment_detected", None, arrived, texts=len(texts))
    return answers[0] if body.texts is None else TextBatchTold(items=answers)


@router.route("post", "/detect/manual", MoodTold, replay=may_remember)
def take_word_for_it(caller: Caller, body: MoodAsked) -> MoodTold:
    """Record a mood that the person names, or places on the plane"""
    return MoodTold(**keep(caller.user, asked_reading(body), "manual", None, None))


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
    fields = keep(caller.user, found.mood, "text", text, body.session_id)
    told = text_fields(found, model, labels=body.labels)
    return TextMoodTold(**fields, **told, highlights=highlights)


def _boxes(form: ImageAsked) -> list[tuple[int, int, int, int]] | None:
    return None if form.boxes is None else [(x, y, w, h) for x, y, w, h in form.boxes]
