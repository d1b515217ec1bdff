"""The built-in engine: composes a score and plays it with sampled instruments."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any

from museaika.composition.composer import compose
from museaika.composition.improviser import improvise
from museaika.composition.phrase import PhraseTask, Proposer
from museaika.composition.score import Score, Section, tonic_name
from museaika.generation.asking import request_of
from museaika.generation.engines import Made, OnProgress, Stopped
from museaika.rendering.production import Cancelled, Produced, produce
from museaika.rendering.soundfont import Bank

STAGE_ENDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"rendering": (0.05, 0.55), "mastering": (0.55, 0.84), "encoding": (0.84, 1.0)}
)
"""Where each stage of the rendering begins and ends in the whole, by its share of the time for a piece of a
minute or two; composing comes before."""


class ComposerEngine:
    """Composes and renders with one sound bank; for one thread at a time. The tune is made of phrases that
    `propose` gives."""

    def __init__(self, bank: Bank, propose: Proposer = improvise) -> None:
        self._bank = bank
        self._propose = propose

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

        def composing_at(stage: str, share: float) -> None:
            on_progress(stage, share * STAGE_ENDS["rendering"][0])

        def propose(task: PhraseTask, count: int, rng: random.Random) -> Sequence[tuple[int, ...]]:
            if should_stop():
                raise Stopped
            return self._propose(task, count, rng)

        score = compose(request, composing_at, propose)
        try:
            produced = produce(
                score, folder, self._bank,
                stems=bool(parameters.get("stems")), on_progress=rendering_at, should_stop=should_stop,
            )  # fmt: skip
        except Cancelled:
            raise Stopped from None
        return Made(produced.files, _metadata(score, produced, parameters), score.plan)


def _metadata(score: Score, produced: Produced, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What people and players want to know of a piece; times in seconds. A journey also says where it ends."""
    return {
        "title": score.title,
        "mood": parameters["mood"],
        **_journey(score, parameters.get("target_mood")),
        "style": score.style,
        "key": score.key_name,
        "time_signature": f"{score.metre[0]}/{score.metre[1]}",
        "tempo": round(score.tempo[0].bpm, 2),
        "bars": score.bars,
        "sections": [
            {
                "name": section.name,
                "start_s": round(score.seconds_at(section.start), 3),
                "tempo": round(_tempo_at(score, section.start), 2),
                "energy": section.energy,
                "chords": _chords_of(score, section),
            }
            for section in score.sections
        ],
        "instruments": [part.name for part in score.parts],
        "seed": score.seed,
        "loudness_lufs": round(produced.loudness_lufs, 2),
        "duration_s": round(produced.duration_s, 3),
    }


def _journey(score: Score, target: str | None) -> dict[str, Any]:
    if target is None:
        return {}
    tonic, mode = int(score.plan["tonic"]), str(score.plan["mode"])
    return {"target_mood": target, "end_key": f"{tonic_name(tonic, mode)} {mode}"}


def _tempo_at(score: Score, beat: float) -> float:
    return next(mark.bpm for mark in reversed(score.tempo) if mark.start <= beat)


def _chords_of(score: Score, section: Section) -> list[str]:
    """The chord symbols of a section as they are read, held ones once."""
    end = section.start + section.bars * score.bar_beats
    symbols = [chord.symbol for chord in score.chords if section.start <= chord.start < end]
    return [symbol for symbol, _ in groupby(symbols)]
