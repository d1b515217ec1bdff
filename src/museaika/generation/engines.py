"""What can make a piece: today the composer that is built in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from museaika.composition.composer import compose
from museaika.composition.score import Score, Section
from museaika.errors import FieldError, Invalid
from museaika.generation.asking import request_of
from museaika.rendering.production import Cancelled, Produced, produce
from museaika.rendering.soundfont import Bank

OnProgress = Callable[[str, float], None]
"""Told a stage in a word for people and how far the whole is, 0…1."""


class Stopped(Exception):
    """Raised out of an engine that was asked to stop; what it made so far is of no use."""


@dataclass(frozen=True, slots=True)
class Made:
    """One variation: `files` by format, `metadata` for people (`duration_s` among it), and the `plan` from
    which a later piece may go on."""

    files: Mapping[str, Path]
    metadata: Mapping[str, Any]
    plan: Mapping[str, Any]


class Engine(Protocol):
    """Makes one variation of what was asked, in files under `folder`."""

    def make(
        self,
        parameters: Mapping[str, Any],
        variation: int,
        material: Mapping[str, Any] | None,
        folder: Path,
        on_progress: OnProgress,
        should_stop: Callable[[], bool],
    ) -> Made:
        """Raises Stopped soon after `should_stop` turned true."""
        ...


@dataclass(frozen=True, slots=True)
class Card:
    """What `GET /generate/options` says of an engine."""

    name: str
    description: str
    installed: bool


ENGINES: Mapping[str, Card] = MappingProxyType(
    {
        "composer": Card(
            "composer", "The built-in composer: writes a score and plays it with sampled instruments.", True
        )
    }
)


STAGE_ENDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"rendering": (0.05, 0.55), "mastering": (0.55, 0.84), "encoding": (0.84, 1.0)}
)
"""Where each stage of the rendering begins and ends in the whole, by its share of the time for a piece of a
minute or two; composing comes before."""


class ComposerEngine:
    """Composes and renders with one sound bank; for one thread at a time."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank

    def make(
        self,
        parameters: Mapping[str, Any],
        variation: int,
        material: Mapping[str, Any] | None,
        folder: Path,
        on_progress: OnProgress,
        should_stop: Callable[[], bool],
    ) -> Made:
        def rendering_at(stage: str, share: float) -> None:
            begin, end = STAGE_ENDS[stage]
            on_progress(stage, begin + share * (end - begin))

        request = request_of(parameters, variation=variation, material=material)
        score = compose(request, lambda stage, share: on_progress(stage, share * STAGE_ENDS["rendering"][0]))
        try:
            produced = produce(score, folder, self._bank, on_progress=rendering_at, should_stop=should_stop)
        except Cancelled:
            raise Stopped from None
        return Made(produced.files, _metadata(score, produced, parameters["mood"]), score.plan)


def _metadata(score: Score, produced: Produced, mood: str) -> dict[str, Any]:
    """What people and players want to know of a piece; times in seconds."""
    return {
        "title": score.title,
        "mood": mood,
        "style": score.style,
        "key": score.key_name,
        "time_signature": f"{score.metre[0]}/{score.metre[1]}",
        "tempo": round(score.tempo[0].bpm, 2),
        "bars": score.bars,
        "sections": [
            {
                "name": section.name,
                "start_s": round(score.seconds_at(section.start), 3),
                "chords": _chords_of(score, section),
            }
            for section in score.sections
        ],
        "instruments": [part.name for part in score.parts],
        "seed": score.seed,
        "loudness_lufs": round(produced.loudness_lufs, 2),
        "duration_s": round(produced.duration_s, 3),
    }


def _chords_of(score: Score, section: Section) -> list[str]:
    """The chord symbols of a section as they are read, held ones once."""
    end = section.start + section.bars * score.bar_beats
    symbols = [chord.symbol for chord in score.chords if section.start <= chord.start < end]
    return [symbol for symbol, _ in groupby(symbols)]


def require_installed(name: str) -> None:
    """Raises Invalid for an engine that is unknown or not installed."""
    if name not in ENGINES or not ENGINES[name].installed:
        installed = ", ".join(card.name for card in ENGINES.values() if card.installed)
        message = f"The engine '{name[:40]}' is not installed here. Choose one of: {installed}."
        raise Invalid(message, errors=(FieldError(("engine",), message),))
