"""Pieces of music, as they are ordered and told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from museaika.generation.job import Job, Status
from museaika.mood.vocabulary import find_mood
from museaika.web.links import Links
from museaika.web.schemas.base import Asked, Moment, Share, Told

Word = Annotated[str, Field(min_length=1, max_length=60)]
FormatName = Literal["mp3", "wav", "midi", "stems", "musicxml"]
JobId = Annotated[str, Field(min_length=1, max_length=60)]


class PieceAsked(Asked):
    """A piece of music; `mood` alone is enough."""

    mood: Word
    tempo: float | None = Field(None, ge=40, le=220)
    """Beats a minute, kept exactly; left out, it may bend a little to meet the length."""
    length: float | None = Field(None, ge=5, le=600)
    """Seconds; 60 where it is left out."""
    instrument: Word | None = None
    key: Word | None = None
    """Such as `C`, `A minor`, `F# dorian`."""
    metre: Word | None = None
    """`4/4`, `3/4` or `6/8`."""
    seed: int | None = Field(None, ge=0, le=2**53 - 1)
    """The same seed and parameters give the same bytes of MIDI on the same version and machine."""
    engine: Word | None = None
    """The built-in composer where it is left out."""
    target_mood: Word | None = None
    """Where the piece travels to: key, tempo, density and energy go along, section by section."""
    style: Word | None = None
    chords: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """Such as `Am F C G`."""
    energy: Annotated[list[Share], Field(min_length=1, max_length=64)] | None = None
    """0…1 along the piece, spread evenly over its sections."""
    variations: int = Field(1, ge=1, le=4)
    loop: bool = False
    """Goes round without a seam; at a given tempo it is as long as the nearest number of whole bars."""
    stems: bool | None = None
    """A WAV of each player and of the room, together the mix before mastering: 50 MB and more a minute. Made
    where the engine can, unless this is false."""
    extend: JobId | None = None
    """A completed job of one's own to go on with."""

    def resolved(self) -> dict[str, Any]:
        """The parameters, with moods by their proper names. Raises Invalid."""
        mood = find_mood(self.mood)
        target = find_mood(self.target_mood, field_name="target_mood") if self.target_mood else None
        places = {"mood": mood.name, "valence": mood.valence, "arousal": mood.arousal}
        return {**self.model_dump(), **places, "target_mood": target.name if target else None}


class JobPath(Asked):
    job_id: JobId


class DownloadAsked(Asked):
    """Which file; `token` comes with a signed link."""

    format: FormatName = "mp3"
    variation: int = Field(1, ge=1, le=4)
    token: Annotated[str, Field(min_length=1, max_length=1000)] | None = None


class DownloadTold(Told):
    """A link that needs no token until it expires."""

    url: str
    expires_at: Moment
    bytes: int


class VariationTold(Told):
    downloads: dict[str, DownloadTold]
    metadata: dict[str, Any]


class ResultTold(Told):
    """A finished piece: links by format, and what it turned out to be. The first variation stands at the
    top; `variations` has them all."""

    audio_url: str
    midi_url: str | None
    """Null where the engine makes sound only."""
    downloads: dict[str, DownloadTold]
    metadata: dict[str, Any]
    variations: list[VariationTold]


class JobTold(Told):
    """A generation job."""

    job_id: str
    status: Status
    progress: Share
    stage: str
    estimated_time: float | None
    """Seconds until it is done, as far as we can tell; null once it has ended."""
    queue_position: int
    """How many are ahead of it."""
    parameters: dict[str, Any]
    plan: dict[str, Any]
    created_at: Moment
    updated_at: Moment
    started_at: Moment | None
    completed_at: Moment | None
    result: ResultTold | None
    download_url: str | None
    """The MP3."""
    error: str | None


class RemovalTold(Told):
    """What became of the job: a waiting one is cancelled, a running one will be within a second, and one
    that had ended is removed with its files."""

    job_id: str
    status: Literal["cancelled", "cancelling", "removed"]


class EngineTold(Told):
    """What can make a piece; `install` says what the operator does to have one that is not installed, `cannot`
    which wishes it refuses."""

    name: str
    description: str
    installed: bool
    install: str | None
    cannot: list[str]


class OptionsTold(Told):
    """Everything that a piece can be asked to be."""

    moods: list[str]
    styles: list[str]
    instruments: list[str]
    keys: list[str]
    modes: list[str]
    metres: list[str]
    formats: list[str]
    engines: list[EngineTold]


def tell_job(job: Job, *, estimate_s: float | None, position: int, links: Links, at: datetime) -> JobTold:
    result = tell_result(job, links, at)
    return JobTold(
        job_id=job.job_id,
        status=job.status,
        progress=min(max(job.progress, 0.0), 1.0),
        stage=job.stage,
        estimated_time=None if estimate_s is None else round(estimate_s, 1),
        queue_position=position,
        parameters=dict(job.parameters),
        plan=dict(job.plan),
        created_at=job.created_at,
        updated_at=job.updated_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
        result=result,
        download_url=result.audio_url if result else None,
        error=job.error,
    )


def tell_result(job: Job, links: Links, at: datetime) -> ResultTold | None:
    if job.result is None or job.status != "completed":
        return None
    variations = [
        _tell_variation(job.job_id, number, variation, links, at)
        for number, variation in enumerate(job.result["variations"], start=1)
    ]
    first = variations[0]
    return ResultTold(
        audio_url=first.downloads["mp3"].url,
        midi_url=first.downloads["midi"].url if "midi" in first.downloads else None,
        downloads=first.downloads,
        metadata=first.metadata,
        variations=variations,
    )


def _tell_variation(
    job_id: str, number: int, variation: Mapping[str, Any], links: Links, at: datetime
) -> VariationTold:
    downloads = {}
    for kind, file in variation["files"].items():
        link = links.make(job_id, kind, number, at)
        downloads[kind] = DownloadTold(url=link.url, expires_at=link.expires_at, bytes=file["bytes"])
    return VariationTold(downloads=downloads, metadata=dict(variation["metadata"]))
