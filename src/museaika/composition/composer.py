"""From a request to a score, in the order a composer works: what it should say, how it is laid out, which
chords carry it, the tune, the players, and how they play."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from museaika.composition.arrangement import arrange
from museaika.composition.brief import Brief, Request, make_brief
from museaika.composition.form import Form, plan_form
from museaika.composition.harmony import Harmony, write_harmony
from museaika.composition.improviser import improvise
from museaika.composition.melody import Melody, write_melody
from museaika.composition.performance import perform
from museaika.composition.phrase import Proposer
from museaika.composition.score import Score, Section

STAGES = ("plan", "harmony", "melody", "arrangement", "performance")


def compose(
    request: Request,
    on_stage: Callable[[str, float], None] = lambda *_: None,
    propose: Proposer = improvise,
) -> Score:
    """Compose a piece. The same request gives the same score, note for note.

    Args:
        request: what to write; see `brief.Request` for units and ranges.
        on_stage: called with each of `STAGES` as it begins and the share of the work done, 0 … 1.
        propose: where the phrases of the tune come from; see `phrase.Proposer`.

    Raises:
        Invalid: the request names something we do not know, or a value out of range.
    """
    on_stage("plan", 0.0)
    brief = make_brief(request)
    form = plan_form(brief, brief.rng("form"))
    on_stage("harmony", 0.1)
    harmony = write_harmony(brief, form, brief.rng("harmony"))
    on_stage("melody", 0.2)
    melody = write_melody(brief, form, harmony.chords, brief.rng("melody"), propose)
    on_stage("arrangement", 0.6)
    voices = arrange(brief, form, harmony.chords, melody, brief.rng("arrangement"))
    on_stage("performance", 0.8)
    parts = perform(voices, brief, form, harmony.chords, melody.phrases, brief.rng("performance"))
    return Score(
        title=brief.title, tonic=brief.tonic, mode=brief.mode, metre=brief.metre, tempo=form.tempo,
        sections=tuple(Section(s.name, s.start, s.bars, round(s.energy, 3)) for s in form.sections),
        chords=harmony.chords, parts=parts, length_s=form.length_s, seed=request.seed, style=brief.style.name,
        loop=request.loop, plan=MappingProxyType(_plan(brief, form, harmony, melody)),
    )  # fmt: skip


def _plan(brief: Brief, form: Form, harmony: Harmony, melody: Melody) -> dict[str, Any]:
    """What another piece needs to go on with this one, in plain JSON values."""
    tonic, mode = form.sections[-1].key
    last_sung = max((s.start for s in form.sections if s.theme), default=0.0)
    return {
        "tonic": tonic,
        "mode": mode,
        "metre": list(brief.metre),
        "tempo": round([mark.bpm for mark in form.tempo if mark.start <= last_sung][-1], 3),
        "style": brief.style.name,
        "lead": brief.lead,
        "chords": harmony.material,
        "themes": melody.material,
    }
