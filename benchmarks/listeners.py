"""Does what listeners say change what they get? Simulated listeners with tastes of their own.

    OMP_NUM_THREADS=1 python benchmarks/listeners.py

Nothing is shared with the ranker. A listener likes some artists, likes and dislikes some tags, and has a region
of the plane where music is dearest to them; each fifth answer is turned round (noise). 100 listeners with fixed
seeds are asked in a mood of theirs about ten tracks, five times; then the next 20 tracks that they have not
heard are counted, with feedback and without: how many they truly like, and how many they would say they like.
Entropy of the main artists (bits; 4.32 is twenty different ones) shows whether the list collapses. Told for the
discover dial as it is and at 0; one run of 100 listeners is good to about ± 0.05.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from dataclasses import dataclass

from museaika.catalogue.starter import load_starter
from museaika.catalogue.track import Track
from museaika.mood.reading import reading_of
from museaika.mood.vocabulary import MOODS
from museaika.recommendations.service import RecommendationService
from museaika.recommendations.taste import Verdict

LISTENERS, ROUNDS, ASKED, NEXT = 100, 5, 10, 20
NOISE = 0.20
TARGET = 1.5


@dataclass
class Listener:
    """Likes a track when artist, tags and place together speak for it."""

    rng: random.Random
    artists: set[str]
    loved: set[str]
    hated: set[str]
    centre: tuple[float, float]
    mood: str

    def likes(self, track: Track) -> bool:
        """What they truly feel; always the same for one track."""
        points = 2.0 * any(artist in self.artists for artist in track.artists)
        points += 1.2 * len(self.loved & set(track.tags)) - 1.2 * len(self.hated & set(track.tags))
        away = math.hypot(track.valence - self.centre[0], track.arousal - self.centre[1])
        return points + 1.5 * math.exp(-0.5 * (away / 0.25) ** 2) >= 1.9

    def says(self, track: Track) -> bool:
        return self.likes(track) ^ (self.rng.random() < NOISE)


def listener(seed: int, artists: list[str], tags: list[str]) -> Listener:
    rng = random.Random(seed)
    mood = MOODS[rng.choice(list(MOODS))]
    words = rng.sample(tags, 14)
    centre = (mood.valence + rng.gauss(0, 0.2), mood.arousal + rng.gauss(0, 0.2))
    return Listener(
        rng, set(rng.sample(artists, len(artists) // 12)), set(words[:9]), set(words[9:]), centre, mood.name
    )


def run(
    service: RecommendationService, who: Listener, learns: bool, discover: float
) -> tuple[int, int, list[str]]:
    """Ask, listen, say; then tell of the next unheard tracks: truly liked, said to be liked, their artists."""
    heard: set[str] = set()
    verdicts: list[Verdict] = []

    def unheard(count: int) -> list[Track]:
        found = service.recommend(
            mood=reading_of(MOODS[who.mood]),
            limit=100,
            discover=discover,
            seed=len(verdicts),
            verdicts=verdicts if learns else (),
        )
        return [one.track for one in found if one.track.track_id not in heard][:count]

    for _ in range(ROUNDS):
        for track in unheard(ASKED):
            heard.add(track.track_id)
            verdicts.append(Verdict(track.track_id, "like" if who.says(track) else "dislike", who.mood))
    last = unheard(NEXT)
    return sum(map(who.likes, last)), sum(map(who.says, last)), [track.artists[0] for track in last]


def entropy(names: list[str]) -> float:
    counts = Counter(names).values()
    return -sum(count / len(names) * math.log2(count / len(names)) for count in counts)


def compare(service: RecommendationService, artists: list[str], tags: list[str], discover: float) -> float:
    """Print both sides at one setting of the dial; return how many times as many are truly liked."""
    shown = LISTENERS * NEXT
    liked: dict[bool, int] = {}
    for learns, name in ((False, "without feedback"), (True, "with feedback")):
        ends = [run(service, listener(seed, artists, tags), learns, discover) for seed in range(LISTENERS)]
        spread = [entropy(names) for _, _, names in ends]
        liked[learns] = sum(truly for truly, _, _ in ends)
        said = sum(told for _, told, _ in ends) / shown
        print(
            f"discover {discover:.1f}, {name:<16}: truly liked {liked[learns] / shown:.1%}, said to be liked "
            f"{said:.1%}, artist entropy mean {sum(spread) / LISTENERS:.2f}, least {min(spread):.2f} bits"
        )
    return liked[True] / liked[False]


def main() -> int:
    catalogue = load_starter()
    service = RecommendationService(catalogue)
    artists = sorted({track.artists[0] for track in catalogue.all()})
    tags = [tag for tag, _ in Counter(tag for track in catalogue.all() for tag in track.tags).most_common(60)]
    gains = {discover: compare(service, artists, tags, discover) for discover in (0.2, 0.0)}
    for discover, gain in gains.items():
        print(f"discover {discover:.1f}: {gain:.2f} × the likes (target {TARGET})")
    return 0 if min(gains.values()) >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
