"""What can make a piece, and what an engine has to promise.

The engines themselves are elsewhere: the web only names them, and need not load an orchestra for that.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from museaika.errors import FieldError, Invalid

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
    """What `GET /generate/options` says of an engine. `install` is what an operator does to have it,
    `cannot` the wishes it can't fulfil.

    `first_guess` are working seconds per second of music, until there are completed jobs to measure;
    `patience` the seconds a job may take, at first and for each second of music: many times what it needs on
    a slow machine, so that only what hangs runs out of it."""

    name: str
    description: str
    installed: bool
    install: str = ""
    cannot: frozenset[str] = frozenset()
    first_guess: float = 0.1
    patience: tuple[float, float] = (60.0, 2.0)

    def time_limit_s(self, parameters: Mapping[str, Any]) -> float:
        """How long a job with complete `parameters` may take."""
        base, per_second = self.patience
        return base + per_second * float(parameters["length"]) * int(parameters["variations"])


COMPOSER = Card(
    "composer", "The built-in composer: writes a score and plays it with sampled instruments.", True
)
BUILT_IN: Mapping[str, Card] = MappingProxyType({COMPOSER.name: COMPOSER})


def magenta_card(installed: bool) -> Card:
    return Card(
        "magenta",
        "The built-in composer, its melodies by a network of Magenta.js (basic, attention or improv RNN).",
        installed,
        "MAGENTA_CHECKPOINT=FOLDER museaika serve  # of weights_manifest.json and its files, or a .mag file",
    )


def musicgen_card(installed: bool) -> Card:
    pip = "./museaika python -m pip" if importlib.util.find_spec("pip") else "uv pip"
    return Card(
        "musicgen",
        "MusicGen by Meta (weights for non-commercial use): sound from words, without a score.",
        installed,
        f'{pip} install -e ".[musicgen]"',
        frozenset({"chords", "energy", "loop", "extend", "stems"}),
        first_guess=10.0,
        patience=(900.0, 60.0),  # the first piece waits for a download; a slow core needs 20 s a second
    )


def refuse_what_it_cannot(card: Card, asked: Mapping[str, Any]) -> None:
    """Raises Invalid for wishes that an engine can't fulfil."""
    if wrong := sorted(name for name in card.cannot if asked.get(name)):
        message = f"The engine '{card.name}' can't do {', '.join(wrong)}. Leave that out or choose another."
        raise Invalid(message, errors=tuple(FieldError((name,), message) for name in wrong))


def require_installed(name: str, engines: Mapping[str, Card] = BUILT_IN) -> None:
    """Raises Invalid for an engine that is unknown or not installed; it says how to install it."""
    card = engines.get(name)
    if card and card.installed:
        return
    installed = ", ".join(card.name for card in engines.values() if card.installed)
    way = f" Whoever runs this server installs it with: {card.install} ." if card else ""
    message = f"The engine '{name[:40]}' is not installed here.{way} Choose one of: {installed}."
    raise Invalid(message, errors=(FieldError(("engine",), message),))
