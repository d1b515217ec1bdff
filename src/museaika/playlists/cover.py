"""The cover of a list: rings in the colours of its moods, as wide as each has its share of the tracks.

The colour of a mood is that of its place on the plane, as on the page: in OKLCH the angle is the hue and the
distance from the middle the chroma. https://www.w3.org/TR/css-color-4/#color-conversion-code
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from museaika.mood.vocabulary import MOODS, Mood

SIDE = 640
HUES = (75, 58, 38, 20, -35, -95, -130, -185, -285)
"""Degrees at each eighth of the circle: pleasant, excited, active, tense, unpleasant, low, sleepy, at rest."""
NO_MOOD = "#8a8a8a"
PAPER = "#f4f1ec"


def cover(shares: Mapping[str, float]) -> str:
    """A square picture as SVG, without words in it. `shares` are moods and their parts, which sum to 1."""
    rings, inner = [], 0.0
    for mood, share in shares.items():
        # Areas are as the shares are, so a ring ends at the root of what lies within it.
        outer = math.sqrt(inner**2 + share)
        middle, width = (inner + outer) / 2 * SIDE / 2, (outer - inner) * SIDE / 2
        rings.append(_ring(colour(MOODS[mood]), middle, width * 0.92, mood))
        inner = outer
    drawn = rings or [_ring(NO_MOOD, SIDE / 4, SIDE / 8, "no mood yet")]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE}" viewBox="0 0 {SIDE} {SIDE}">'
        f'<rect width="{SIDE}" height="{SIDE}" fill="{PAPER}"/>{"".join(drawn)}</svg>'
    )


def _ring(fill: str, radius: float, width: float, name: str) -> str:
    half = SIDE / 2
    return (
        f'<circle cx="{half:g}" cy="{half:g}" r="{radius * 0.94:.1f}" fill="none" stroke="{fill}" '
        f'stroke-width="{width * 0.94:.1f}"><title>{name}</title></circle>'
    )


def colour(mood: Mood) -> str:
    """As `#rrggbb`."""
    angle = math.atan2(mood.arousal, mood.valence) / (2 * math.pi) % 1
    step, rest = divmod(angle * 8, 1)
    hue = math.radians(HUES[int(step)] + rest * (HUES[int(step) + 1] - HUES[int(step)]))
    chroma = 0.035 + 0.1 * min(1.0, math.hypot(mood.valence, mood.arousal) / 0.8)
    return _srgb(0.66, chroma * math.cos(hue), chroma * math.sin(hue))


def _srgb(lightness: float, a: float, b: float) -> str:
    """From OKLAB; what lies outside of the screen's colours is cut off."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _gamma(min(max(value, 0.0), 1.0))):02x}" for value in linear)


def _gamma(value: float) -> float:
    return float(12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055)
