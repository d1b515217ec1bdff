"""What does a list look like that comes from an imported catalogue, and how much of it is ever heard?

    OMP_NUM_THREADS=1 python benchmarks/catalogues.py [TABLE]

Imports TABLE (such as public annotations of valence and arousal) as the whole catalogue; without one, a made-up
table of 5,000 tracks rated on 1…9, with a tenth of them told of once more under another spelling. For eight
moods: how many of the top 20 lie in the mood's quadrant, and how often one artist or one recording comes. Then
200 listeners in moods of their own ask for five lists of 20: which share of the catalogue was heard.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from museaika.catalogue.intake import look, take_in
from museaika.catalogue.memory import InMemoryCatalogue
from museaika.catalogue.track import fold, work_title
from museaika.mood.reading import reading_at, reading_of
from museaika.mood.vocabulary import MOODS
from museaika.recommendations.service import RecommendationService

EIGHT = ("happy", "energetic", "calm", "romantic", "sad", "melancholic", "angry", "fear")
LISTENERS, DAYS = 200, 5
RIGHT, REPEATS, COVERED = 0.95, 3, 0.60


def made_up(path: Path, rows: int = 5000) -> Path:
    rng = random.Random(20)
    lines = ["artist,track,valence_mean,arousal_mean"]
    for number in range(rows):
        valence, arousal = (min(max(rng.gauss(5, 1.8), 1), 9) for _ in range(2))
        artist, title = f"Artist {rng.randrange(rows // 8)}", f"Song No. {number}"
        lines.append(f"{artist},{title},{valence:.2f},{arousal:.2f}")
        if number % 10 == 0:
            lines.append(f"{artist.upper()},{title} - Remastered 2011,{valence:.2f},{arousal:.2f}")
    path.write_text("\n".join(lines))
    return path


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        table = Path(sys.argv[1]) if len(sys.argv) > 1 else made_up(Path(folder) / "made-up.csv")
        intake = take_in(look(table), skip_bad=True)
    tracks = intake.tracks
    print(f"{table.name}: {len(tracks):,} tracks, {intake.doubles:,} doubles, {len(intake.wrong):,} bad rows")
    service = RecommendationService(InMemoryCatalogue(tracks))
    right, crowd, twice = [], 0, 0
    for name in EIGHT:
        mood = MOODS[name]
        found = [one.track for one in service.recommend(mood=reading_of(mood))]
        inside = [t.valence * mood.valence >= 0 and t.arousal * mood.arousal >= 0 for t in found]
        right += inside
        crowd = max(crowd, *Counter(fold(artist) for t in found for artist in t.artists).values())
        twice += len(found) - len({(fold(t.artists[0]), fold(work_title(t.title))) for t in found})
        print(f"  {name:<12} {sum(inside)} of {len(found)} in the right quadrant")
    share = sum(right) / len(right)
    print(f"right quadrant {share:.1%}; one artist at most {crowd} times in 20; {twice} recordings twice")
    rng, heard = random.Random(200), set()
    for who in range(LISTENERS):
        mood = reading_at(rng.uniform(-0.9, 0.9), rng.uniform(-0.9, 0.9))
        for day in range(DAYS):
            seed = who * DAYS + day
            heard |= {t.track.track_id for t in service.recommend(mood=mood, seed=seed, discover=0.5)}
    covered = len(heard) / len(tracks)
    print(f"{LISTENERS} listeners, {DAYS} lists each, discover 0.5: {covered:.0%} of the catalogue was heard")
    return 0 if share >= RIGHT and crowd <= REPEATS and not twice and covered >= COVERED else 1


if __name__ == "__main__":
    sys.exit(main())
