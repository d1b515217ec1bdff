"""Feelings, as people send them: words, a name or a place on the plane, a photo."""

from __future__ import annotations

from typing import Annotated, Literal

from flask_openapi3.models.file import FileStorage
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, Json, model_validator

from museaika.perception.facereader import MAX_BOXES
from museaika.web.schemas.base import Asked, Axis

SittingId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
MOST_EXPLAINED = 8


class TextAsked(Asked):
    """One text or several; `explain` shows which words spoke for the mood, for up to 8 texts; `labels` adds
    the model's own labels."""

    text: Annotated[str, Field(min_length=1, max_length=5000)] | None = None
    texts: (
        Annotated[
            list[Annotated[str, Field(min_length=1, max_length=5000)]], Field(min_length=1, max_length=64)
        ]
        | None
    ) = None
    explain: bool = False
    labels: bool = False
    session_id: SittingId | None = None

    @model_validator(mode="after")
    def _one_form(self) -> TextAsked:
        if (self.text is None) == (self.texts is None):
            raise ValueError("Send either `text` or `texts`.")
        if not all(text.strip() for text in self.texts or [self.text or ""]):
            raise ValueError("There is nothing to read in an empty text.")
        if self.explain and len(self.texts or ()) > MOST_EXPLAINED:
            raise ValueError(f"Up to {MOST_EXPLAINED} texts can be explained at once.")
        return self


class MoodAsked(Asked):
    """A mood by its name (or a synonym), or a point on the plane."""

    mood: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    valence: Axis | None = None
    arousal: Axis | None = None

    @model_validator(mode="after")
    def _one_form(self) -> MoodAsked:
        point = (self.valence is not None) + (self.arousal is not None)
        if (self.mood is None and point != 2) or (self.mood is not None and point):
            raise ValueError("Send either `mood`, or both `valence` and `arousal`.")
        return self


def _parsed(value: object) -> object:
    return value if value not in ("", None) else None


def _a_file(value: object) -> object:
    if not hasattr(value, "stream"):
        raise ValueError("Send the image as a file, with a file name (curl: -F image=@photo.jpg).")
    return value


FormBox = Annotated[list[Annotated[int, Field(ge=0, le=100_000)]], Field(min_length=4, max_length=4)]


class ImageAsked(Asked):
    """A photo, and how to read it."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    image: Annotated[FileStorage, AfterValidator(_a_file)]
    """JPEG, PNG or WebP, up to 10 MB and 25 megapixels."""
    text: Annotated[str, Field(max_length=5000)] | None = None
    """Words of the same moment, blended in."""
    consent: bool = False
    """That the person agrees to have the expression read; needed unless the profile says so."""
    session_id: SittingId | None = None
    """Frames of one sitting are smoothed, and written into the diary only when the mood becomes another."""
    boxes: Annotated[
        Json[Annotated[list[FormBox], Field(max_length=MAX_BOXES)]] | None, BeforeValidator(_parsed)
    ] = None
    """JSON `[[x, y, w, h]]`: read these places instead of looking for faces."""
    detail: Literal["fast", "full"] = "full"


class FrameAsked(Asked):
    """What comes beside a frame of a camera."""

    session_id: SittingId
    """Frames of one sitting are smoothed together."""
    consent: bool = False
    """That the person agrees to have the expression read; needed unless the profile says so."""
