"""Do journeys go one way, and without leaps?

    OMP_NUM_THREADS=1 python benchmarks/journeys.py

Walks from every mood to every other, in 8, 12 and 20 tracks, gradually and directly, through the starter
catalogue. Where valence changes by 0.2 or more: which share of the steps do not go back; where by 0.6 or more:
how many journeys have a step larger than twice the mean. The same is told of arousal and of the way on the
plane, and how far the last track is from the target.
"""

from __future__ import annotations

import sys

import numpy as np

from museaika.catalogue.starter import load_starter
from museaika.mood.reading import reading_of
from museaika.mood.vocabulary import MOODS
from museaika.recommendations.service import RecommendationService

LENGTHS = (8, 12, 20)
MOVES, FAR = 0.2, 0.6
"""Changes from which on steps along an axis have a direction, and are long enough to be compared."""
TARGET = 0.95


def largest(steps: np.ndarray) -> float:
    """The largest step in units of the mean one."""
    return float(steps.max() / max(steps.mean(), 1e-9))


def main() -> int:
    service = RecommendationService(load_starter())
    monotone = 1.0
    for path in ("gradual", "direct"):
        onward: dict[str, list[float]] = {"valence": [], "arousal": []}
        leaps: dict[str, list[float]] = {"valence": [], "arousal": [], "plane": []}
        missed = []
        for start in MOODS.values():
            for target in MOODS.values():
                for length in LENGTHS if start is not target else ():
                    found = service.recommend(mood=reading_of(start), target=target, path=path, limit=length)
                    tracks = np.array([(one.track.valence, one.track.arousal) for one in found])
                    missed.append(np.hypot(*(tracks[-1] - (target.valence, target.arousal))))
                    if np.hypot(target.valence - start.valence, target.arousal - start.arousal) >= FAR:
                        leaps["plane"].append(largest(np.hypot(*np.diff(tracks, axis=0).T)))
                    for number, axis in enumerate(onward):
                        change = getattr(target, axis) - getattr(start, axis)
                        if abs(change) >= MOVES:
                            steps = np.diff(tracks[:, number]) * np.sign(change)
                            onward[axis] += list(steps >= -1e-6)
                        if abs(change) >= FAR:
                            leaps[axis].append(largest(np.abs(np.diff(tracks[:, number]))))
        for axis in onward:
            print(f"{path:<8} {axis}: {np.mean(onward[axis]):.1%} of {len(onward[axis]):,} steps go on")
        for axis, found in leaps.items():
            told = (
                f"median {np.median(found):.2f}, {np.mean(np.array(found) > 2 + 1e-6):.0%} of journeys over 2"
            )
            print(f"{path:<8} {axis}: largest step over the mean: {told}")
        print(
            f"{path:<8} last track {np.median(missed):.2f} from the target (median), {max(missed):.2f} at most"
        )
        monotone = min(monotone, float(np.mean(onward["valence"])))
    return 0 if monotone >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
