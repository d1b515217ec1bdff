"""Several readings of one moment into one, and the readings of one sitting into a steady one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from museaika.mood.reading import AMBIGUOUS_MARGIN, MoodReading


@dataclass(frozen=True, slots=True)
class Blend:
    """A reading made of others, and the share that each of them had (sum 1, in their order)."""

    reading: MoodReading
    weights: tuple[float, ...]


def blend(readings: Sequence[MoodReading], trust: Sequence[float] | None = None) -> Blend:
    """Blend readings, each by its confidence times the `trust` in its reader (0 or more, default 1).

    A reader that gives no emotions has no say in the emotions, and takes no share of them away.

    Raises:
        ValueError: without readings, with a trust per reading missing, or when no weight is left.
    """
    trust = [1.0] * len(readings) if trust is None else trust
    if len(trust) != len(readings):
        raise ValueError("give as many values of trust as there are readings")
    raw = [reading.confidence * share for reading, share in zip(readings, trust, strict=True)]
    if any(share < 0 for share in raw) or sum(raw) <= 0:
        raise ValueError("a blend needs at least one reading with a positive weight, and none below zero")
    weights = tuple(share / sum(raw) for share in raw)
    return Blend(_mix(readings, weights) if len(readings) > 1 else readings[0], weights)


def smooth(before: MoodReading, now: MoodReading, elapsed_s: float, half_life_s: float) -> MoodReading:
    """Move from `before` towards `now`: after one half-life the two count the same."""
    keep = 0.5 ** (elapsed_s / half_life_s)
    return _mix((before, now), (keep, 1 - keep))


class Smoother:
    """The steady mood of one sitting: exponential in time, so that the frame rate does not matter."""

    def __init__(self, half_life_s: float = 1.5) -> None:
        if half_life_s <= 0:
            raise ValueError("a half-life is longer than zero seconds")
        self._half_life_s = half_life_s
        self._at = 0.0
        self._reading: MoodReading | None = None

    def update(self, reading: MoodReading, at: float) -> MoodReading:
        """Take in a frame read at `at` (seconds of any steady clock) and return the smoothed reading.

        Raises:
            ValueError: when the frame is older than the last one; the sitting stays as it was.
        """
        if self._reading is None:
            smoothed = reading
        elif at < self._at:
            raise ValueError("this frame is older than the last one; drop it")
        else:
            smoothed = smooth(self._reading, reading, at - self._at, self._half_life_s)
        self._at, self._reading = at, smoothed
        return smoothed


def _mix(readings: Sequence[MoodReading], weights: Sequence[float]) -> MoodReading:
    moods = _average([reading.moods for reading in readings], weights)
    first, second = sorted(moods.items(), key=lambda item: -item[1])[:2]
    return MoodReading(
        primary_mood=first[0],
        confidence=first[1],
        moods=moods,
        emotions=_average([reading.emotions for reading in readings], weights),
        valence=sum(w * reading.valence for w, reading in zip(weights, readings, strict=True)),
        arousal=sum(w * reading.arousal for w, reading in zip(weights, readings, strict=True)),
        ambiguous=first[1] - second[1] < AMBIGUOUS_MARGIN,
    )


def _average(shares: Sequence[Mapping[str, float]], weights: Sequence[float]) -> dict[str, float]:
    """Weighted mean of the distributions that are there; its sum is 1, or it is empty where none was."""
    said = [(share, weight) for share, weight in zip(shares, weights, strict=True) if share]
    total = sum(weight for _, weight in said)
    if total <= 0:
        return {}
    names = dict.fromkeys(name for share, _ in said for name in share)
    return {name: sum(w * share.get(name, 0.0) for share, w in said) / total for name in names}
