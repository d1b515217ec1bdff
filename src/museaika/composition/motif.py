"""Motifs: rhythms of two bars, and what a theme remembers.

People recognise a tune by its rhythm before its pitches. So a theme is built from a few rhythmic cells of two
bars, drawn from the cells that occur in sung melodies, and an order in which they answer each other: a period
(question and answer), a sentence (twice the same, then on), a song (two ideas, one close).

What was said once is then developed, by the oldest devices there are: it is repeated, moved to another step of
the scale (a sequence), or turned upside down (an inversion); a weak note is left out (truncation) or a long
one divided (ornament). One device at a time, so that it stays the same tune.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from museaika.composition.brief import Brief
from museaika.composition.feel import Feel
from museaika.composition.form import SectionPlan
from museaika.composition.lattice import tables
from museaika.composition.rhythm import MELODY_BARS, Metre, steps_in_bar, strength

Cell = tuple[int, ...]
"""Onsets of two bars, in sixteenths from their first downbeat."""


@dataclass
class Theme:
    """What is remembered of a theme: its rhythm by two-bar cells and its pitches by phrase, relative to the
    tonic."""

    cells: list[Cell]
    order: tuple[tuple[int, int], tuple[int, int]]
    shape: str
    phrases: dict[int, tuple[tuple[float, ...], tuple[int, ...]]] = field(default_factory=dict)


def _mask_cell(mask: int) -> Cell:
    return tuple(i for i in range(32) if mask >> i & 1)


def _draw_cell(metre: Metre, count: float, fast: bool, kind: str, rng: random.Random) -> Cell:
    """Draw a two-bar rhythm of about `count` notes; a fast pulse avoids syncopated sixteenths."""
    if metre == (4, 4):
        pool = [(_mask_cell(m), float(n) ** 0.6) for m, n in getattr(tables(), kind)]
    else:
        bars = [
            (tuple(i for i, c in enumerate(text) if c == "x"), weight) for text, weight in MELODY_BARS[metre]
        ]
        pool = [((*a, *(12 + i for i in b)), math.sqrt(v * w)) for a, v in bars for b, w in bars]

    def fit(cell: Cell, weight: float) -> float:
        jagged = sum(1 for step in cell if step % 2) if fast else 0
        return weight * math.exp(-0.5 * ((len(cell) - count) / 1.3) ** 2 - 1.2 * jagged) + 1e-12

    return rng.choices([cell for cell, _ in pool], [fit(cell, weight) for cell, weight in pool])[0]


def _thin(cell: Cell, count: float, metre: Metre, rng: random.Random) -> Cell:
    """Drop weak onsets until about `count` are left."""
    notes = list(cell)
    while len(notes) > max(1.0, count + 0.7):
        weakest = max(notes[1:] or notes, key=lambda step: strength(step, metre) + rng.random())
        notes.remove(weakest)
    return tuple(notes)


def _thicken(cell: Cell, count: float, metre: Metre, rng: random.Random) -> Cell:
    """Divide the longest notes until there are about `count`."""
    notes, stop = list(cell), 2 * steps_in_bar(metre)
    while len(notes) < count - 0.7:
        gaps = [(b - a, a) for a, b in zip(notes, [*notes[1:], stop], strict=True) if b - a >= 4]
        if not gaps:
            break
        gap, at = rng.choice(sorted(gaps)[-3:])
        notes = sorted({*notes, at + max(2, gap // 4 * 2)})
    return tuple(notes)


def vary(cell: Cell, metre: Metre, feel: Feel, rng: random.Random) -> Cell:
    """Change one thing: leave out a weak note, or divide a long one."""
    if rng.random() < 0.35 and len(cell) > 3:
        return _thin(cell, len(cell) - 1.7, metre, rng)
    return _thicken(cell, len(cell) + 1.7, metre, rng)


class Device(NamedTuple):
    """One way to say it again: moved by `shift` steps of the scale, or with every step `inverted`."""

    shift: int = 0
    inverted: bool = False

    def step(self, step: int | None) -> int | None:
        return -step if self.inverted and step is not None else step


REPETITION = Device()


def develop(feel: Feel, again: bool, rng: random.Random) -> Device:
    """Choose how a phrase takes up an earlier one. A theme that returns (`again`) is mostly repeated; inside a
    section it is carried on: upward in a rising mood, downward in a sinking one."""
    draw, repeated = rng.random(), 0.85 if again else 0.5
    up = 1 if rng.random() < 0.5 + 0.4 * feel.direction else -1
    if draw < repeated:
        return REPETITION
    return Device(shift=up * rng.choice((1, 1, 2))) if draw < 1 - (1 - repeated) / 3 else Device(inverted=True)


_ORDERS = (((0, 2), (0, 3)), ((0, 1), (0, 3)), ((0, 0), (1, 3)), ((0, 1), (2, 3)))
_ORDER_WEIGHTS = (4, 4, 3, 1)


def new_theme(section: SectionPlan, brief: Brief, known: Mapping[str, Theme], rng: random.Random) -> Theme:
    feel = section.feel
    factor = section.character.density * (rng.choice((0.8, 1.15)) if section.character.climax else 1.0)
    per_beat = min(1.7, max(0.4, feel.density * 60 / feel.tempo)) * factor
    count = per_beat * 2 * brief.bar_beats
    fast = feel.tempo > 104

    def cell(kind: str, amount: float) -> Cell:
        drawn = _draw_cell(brief.metre, amount, fast, kind, rng)
        return _thicken(_thin(drawn, amount, brief.metre, rng), amount, brief.metre, rng)

    cells = [
        cell("cells", count),
        cell("cells", count),
        cell("cadences", 0.85 * count),
        cell("cadences", 0.75 * count),
    ]
    if known and rng.random() < 0.5:
        cells[2] = next(iter(known.values())).cells[2]
    shapes = ("arch", "rising", "wave", "falling", "valley")
    up = max(0.0, 1 + feel.direction)
    weights = (3.0, 1.5 * up, 1.5, 1.5 * (2 - up) + 0.3, 0.8)
    return Theme(cells, rng.choices(_ORDERS, _ORDER_WEIGHTS)[0], rng.choices(shapes, weights)[0])


def material_of(themes: Mapping[str, Theme]) -> dict[str, Any]:
    return {
        name: {
            "cells": [list(cell) for cell in theme.cells],
            "order": [list(pair) for pair in theme.order],
            "shape": theme.shape,
            "phrases": {
                str(n): [list(places), list(pitches)] for n, (places, pitches) in theme.phrases.items()
            },
        }
        for name, theme in themes.items()
    }


def recall(material: Mapping[str, Any], metre: Metre) -> dict[str, Theme]:
    """Themes out of an earlier score's plan; in another metre its rhythms do not fit."""
    if material and tuple(material["metre"]) != metre:
        return {}
    return {
        name: Theme(
            [tuple(cell) for cell in saved["cells"]],
            (tuple(saved["order"][0]), tuple(saved["order"][1])),
            saved["shape"],
            {int(n): (tuple(places), tuple(pitches)) for n, (places, pitches) in saved["phrases"].items()},
        )
        for name, saved in material.get("themes", {}).items()
    }
