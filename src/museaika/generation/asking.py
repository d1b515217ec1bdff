"""From the parameters of a request, as they came over the wire, to what a composer is asked."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from museaika.composition.brief import Request, make_brief, parse_metre
from museaika.composition.score import tonic_name
from museaika.mood.vocabulary import find_mood

DEFAULTS: Mapping[str, Any] = {
    "engine": "composer",
    "length": 60.0,
    "variations": 1,
    "loop": False,
}
LARGEST_SEED = 2**31 - 1


def with_defaults(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what was left open and is not for the composer to choose. A seed is drawn now, and kept, so
    that the same piece can be asked for again. Raises Invalid for a mood nobody knows."""
    given = {name: value for name, value in parameters.items() if value is not None}
    mood = find_mood(given["mood"])
    return {
        **DEFAULTS,
        "valence": mood.valence,
        "arousal": mood.arousal,
        "seed": secrets.randbelow(LARGEST_SEED),
        **given,
        "mood": mood.name,
    }


def request_of(
    parameters: Mapping[str, Any], *, variation: int = 1, material: Mapping[str, Any] | None
) -> Request:
    """What the composer is asked for one variation (each has the next seed). `parameters` are complete.

    Raises:
        Invalid: a metre or a target mood nobody knows.
    """
    energy = parameters.get("energy")
    return Request(
        mood=parameters["mood"],
        valence=float(parameters["valence"]),
        arousal=float(parameters["arousal"]),
        length_s=float(parameters["length"]),
        seed=int(parameters["seed"]) + variation - 1,
        tempo=parameters.get("tempo"),
        key=parameters.get("key"),
        metre=parse_metre(parameters["metre"]) if parameters.get("metre") else None,
        instrument=parameters.get("instrument"),
        style=parameters.get("style"),
        target=_target(parameters.get("target_mood")),
        chords=parameters.get("chords"),
        energy=tuple(energy) if energy is not None else None,
        loop=bool(parameters["loop"]),
        material=material,
    )


def plan_of(request: Request) -> dict[str, Any]:
    """What is decided before the first note is written, for people to read while they wait.

    Raises:
        Invalid: the request asks for something that can't be composed.
    """
    brief = make_brief(request)
    return {
        "title": brief.title,
        "key": f"{tonic_name(brief.tonic, brief.mode)} {brief.mode}",
        "time_signature": f"{brief.metre[0]}/{brief.metre[1]}",
        "tempo": round(brief.tempo, 2),
        "style": brief.style.name,
        "lead": brief.lead,
    }


def _target(name: str | None) -> tuple[str, float, float] | None:
    if name is None:
        return None
    mood = find_mood(name, field_name="target_mood")
    return mood.name, mood.valence, mood.arousal
