"""The plane of moods as a picture: how many tracks lie where, in a terminal, as SVG or as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from museaika.catalogue.track import Track
from museaika.errors import Invalid
from museaika.mood.vocabulary import MOODS

SHADES = " ·░▒▓█"
SIDE, MARGIN, CELLS = 720, 60, 48
"""Pixels of the plane and around it, and cells along each axis."""
INK, PAPER, DOTS = (34, 34, 51), (255, 255, 255), (58, 91, 199)


def density(tracks: Sequence[Track], across: int, up: int) -> NDArray[np.int64]:
    """Count tracks in `up` rows, the liveliest first, of `across` cells, the darkest first."""
    counts, _, _ = np.histogram2d(
        [-track.arousal for track in tracks],
        [track.valence for track in tracks],
        bins=(up, across),
        range=((-1, 1), (-1, 1)),
    )
    return counts.astype(np.int64)


def terminal_plane(tracks: Sequence[Track], across: int = 61, up: int = 21) -> str:
    """The plane in shades of block characters, with the moods that have room for their name."""
    shade = _strength(density(tracks, across, up))
    rows = [[SHADES[round(value * (len(SHADES) - 1))] for value in row] for row in shade]
    for row in range(up):
        if rows[row][across // 2] == " ":
            rows[row][across // 2] = "│"
    rows[up // 2] = ["─" if cell == " " else cell for cell in rows[up // 2]]
    labels: dict[int, list[tuple[int, str]]] = {}
    for mood in MOODS.values():
        row = round((1 - mood.arousal) / 2 * (up - 1))
        labels.setdefault(row, []).append((round((mood.valence + 1) / 2 * (across - 1)), mood.name))
    lines = []
    for number, cells in enumerate(rows):
        _write_names(cells, labels.get(number, []))
        lines.append("".join(cells))
    return "\n".join(["lively".center(across), *lines, f"dark{'quiet':^{across - 10}}bright"])


def save_plane(tracks: Sequence[Track], path: Path) -> None:
    """Draw the plane into a file; its ending, .svg or .png, says in which form.

    Raises:
        Invalid: code `unknown_format` for another ending.
    """
    match path.suffix.lower():
        case ".svg":
            path.write_text(svg_plane(tracks), encoding="utf-8")
        case ".png":
            _save_png(tracks, path)
        case _:
            raise Invalid(f"'{path.name}' has to end with .svg or .png.", code="unknown_format")


def svg_plane(tracks: Sequence[Track]) -> str:
    whole = SIDE + 2 * MARGIN
    ink = f"rgb{INK}"
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" font-family="sans-serif">',
        f"<title>{len(tracks):,} tracks on the plane of moods</title>",
        f'<rect width="{whole}" height="{whole}" fill="rgb{PAPER}"/>',
    ]
    drawn += [
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{SIDE / CELLS:.1f}" height="{SIDE / CELLS:.1f}" '
        f'fill="rgb{DOTS}" fill-opacity="{strength:.2f}"/>'
        for x, y, strength in _filled(tracks)
    ]
    drawn += [f'<path d="M{x0} {y0}L{x1} {y1}" stroke="{ink}"/>' for x0, y0, x1, y1 in _axes()]
    drawn += [
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="middle" fill="{ink}" '
        f'paint-order="stroke" stroke="rgb{PAPER}" stroke-width="4">{escape(name)}</text>'
        for x, y, name, size in _names()
    ]
    return "\n".join([*drawn, "</svg>"]) + "\n"


def _save_png(tracks: Sequence[Track], path: Path) -> None:
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (SIDE + 2 * MARGIN,) * 2, PAPER)
    pen = ImageDraw.Draw(picture)
    for x, y, strength in _filled(tracks):
        colour = tuple(round(p + (d - p) * strength) for p, d in zip(PAPER, DOTS, strict=True))
        pen.rectangle((x, y, x + SIDE / CELLS, y + SIDE / CELLS), fill=colour)
    for line in _axes():
        pen.line(line, fill=INK)
    for x, y, name, size in _names():
        pen.text((x, y), name, fill=INK, font_size=size, anchor="ms", stroke_width=2, stroke_fill=PAPER)
    picture.save(path)


def _strength(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """0…1, by the root, so that a thin region shows beside a crowded one."""
    strength: NDArray[np.float64] = np.sqrt(counts / max(1, counts.max(initial=0)))
    return strength


def _filled(tracks: Sequence[Track]) -> list[tuple[float, float, float]]:
    shade = _strength(density(tracks, CELLS, CELLS))
    cell = SIDE / CELLS
    return [
        (MARGIN + column * cell, MARGIN + row * cell, float(shade[row, column]))
        for row, column in zip(*np.nonzero(shade), strict=True)
    ]


def _axes() -> list[tuple[int, int, int, int]]:
    middle, end = MARGIN + SIDE // 2, MARGIN + SIDE
    return [(MARGIN, middle, end, middle), (middle, MARGIN, middle, end)]


def _names() -> list[tuple[float, float, str, int]]:
    middle = MARGIN + SIDE / 2
    moods = [
        (middle + mood.valence * SIDE / 2, middle - mood.arousal * SIDE / 2, mood.name, 16)
        for mood in MOODS.values()
    ]
    ends = [
        (middle, MARGIN * 0.7, "lively", 20), (middle, MARGIN * 1.6 + SIDE, "quiet", 20),
        (MARGIN * 0.5, middle - 8, "dark", 20), (MARGIN * 1.45 + SIDE, middle - 8, "bright", 20),
    ]  # fmt: skip
    return [*moods, *ends]


def _write_names(cells: list[str], names: list[tuple[int, str]]) -> None:
    """Write names over one row where they do not overlap."""
    free = 0
    for place, name in sorted(names):
        start = min(max(place - len(name) // 2, 0), len(cells) - len(name))
        if start >= free:
            cells[start : start + len(name)] = name
            free = start + len(name) + 1
