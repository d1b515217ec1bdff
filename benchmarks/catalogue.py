"""Is the packaged catalogue any good? Checks that can fail, and the spread behind them.

python benchmarks/catalogue.py            the report; exit status 1 when a check fails
python benchmarks/catalogue.py --draw 60  as well, rows drawn at random for a person to look up
"""

from __future__ import annotations

import argparse
import difflib
import itertools
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from museaika.catalogue.columns import MOODS_OF_TAG
from museaika.catalogue.languages import LANGUAGES
from museaika.catalogue.starter import load_starter
from museaika.catalogue.track import Track, fold
from museaika.mood.vocabulary import MOODS, distance
from museaika.recommendations.reasons import ADJECTIVES, INSTRUMENTS

CLOSE = 0.25
"""A track within this distance of a mood's place serves that mood."""
ENOUGH = 20
POOREST_QUADRANT = 0.15
THIS_YEAR = 2026
QUADRANTS = {
    (True, True): "happy (v+ a+)",
    (True, False): "calm (v+ a−)",
    (False, True): "angry, afraid (v− a+)",
    (False, False): "sad (v− a−)",
}


def same_twice(tracks: Sequence[Track]) -> list[str]:
    """Rows whose artist and title fold to the same letters."""
    spelled = Counter((fold(track.artists[0]), fold(track.title)) for track in tracks)
    return [" – ".join(key) for key, times in spelled.items() if times > 1]


def nearly_twice(tracks: Sequence[Track]) -> list[str]:
    """Titles of one artist that differ by a letter or by something in brackets."""
    found = []
    for artist, group in by(tracks, lambda track: fold(track.artists[0])):
        titles = {track.title: fold(track.title.split(" (")[0]) for track in group}
        for (one, a), (other, b) in itertools.combinations(titles.items(), 2):
            if a == b or difflib.SequenceMatcher(None, a, b).ratio() > 0.92:
                found.append(f"{artist}: {one} | {other}")
    return found


def artist_variants(tracks: Sequence[Track]) -> list[str]:
    """Artist names that are one name in two spellings: equal when folded, or a letter apart."""
    names = sorted({name for track in tracks for name in track.artists})
    folded = {name: fold(name).removeprefix("the") for name in names}
    return [
        f"{one} | {other}"
        for one, other in itertools.combinations(names, 2)
        if folded[one] == folded[other]
        or (
            min(len(folded[one]), len(folded[other])) > 5
            and abs(len(folded[one]) - len(folded[other])) < 3
            and difflib.SequenceMatcher(None, folded[one], folded[other]).ratio() > 0.9
        )
    ]


def odd_years(tracks: Sequence[Track]) -> list[str]:
    """Years that a recording cannot have; composed music may be older."""
    composed = {"classical", "opera", "ragtime"}
    return [
        f"{track.artists[0]} – {track.title}: {track.year}"
        for track in tracks
        if track.year is None
        or track.year > THIS_YEAR
        or track.year < (1600 if track.genre in composed else 1890)
    ]


def unknown_tags(tracks: Sequence[Track]) -> list[str]:
    """Tags used fewer than three times that are neither mood words nor instruments: likely typing slips."""
    known = set(MOODS_OF_TAG) | INSTRUMENTS | set(ADJECTIVES)
    counts = Counter(tag for track in tracks for tag in track.tags)
    return [f"{tag} ({times})" for tag, times in counts.items() if times < 3 and tag not in known]


def poor_moods(tracks: Sequence[Track]) -> list[str]:
    served = {name: near(tracks, name) for name in MOODS}
    return [f"{name} has {count}" for name, count in served.items() if count < ENOUGH]


def poor_quadrants(tracks: Sequence[Track]) -> list[str]:
    shares = quadrant_shares(tracks)
    return [f"{QUADRANTS[key]} has {share:.0%}" for key, share in shares.items() if share < POOREST_QUADRANT]


def doubtful(tracks: Sequence[Track]) -> list[str]:
    """Tracks whose point and tags tell different stories (distance about 0.7 and more)."""
    return [
        f"{t.artists[0]} – {t.title} ({t.valence:+.2f}, {t.arousal:+.2f}) {', '.join(t.tags)}"
        for t in tracks
        if t.confidence < 0.4
    ]


CHECKS = {
    "the same track twice": same_twice,
    "an artist in two spellings": artist_variants,
    "impossible years": odd_years,
    "unknown rare tags": unknown_tags,
    f"moods with fewer than {ENOUGH} close tracks": poor_moods,
    "quadrants under 15 %": poor_quadrants,
}
HINTS = {"titles that look alike": nearly_twice, "point and tags disagree": doubtful}


def near(tracks: Iterable[Track], mood: str) -> int:
    return sum(distance(track.valence, track.arousal, MOODS[mood]) <= CLOSE for track in tracks)


def quadrant_shares(tracks: Sequence[Track]) -> dict[tuple[bool, bool], float]:
    counts = Counter((track.valence >= 0, track.arousal >= 0) for track in tracks)
    return {key: counts[key] / len(tracks) for key in QUADRANTS}


def by(tracks: Iterable[Track], key):
    return itertools.groupby(sorted(tracks, key=key), key=key)


def plane(tracks: Sequence[Track], cells: int = 10) -> Table:
    """Counts on the plane: arousal falls downwards, valence grows to the right."""
    counts = Counter(
        (min(int((t.valence + 1) / 2 * cells), cells - 1), min(int((t.arousal + 1) / 2 * cells), cells - 1))
        for t in tracks
    )
    table = Table(title="the plane (valence →, arousal ↑)", show_header=False)
    for row in reversed(range(cells)):
        table.add_row(*(str(counts[column, row] or "·") for column in range(cells)))
    return table


def shares(title: str, counts: Counter, total: int, most: int = 60) -> Table:
    table = Table(title, "tracks", "share")
    for name, count in counts.most_common(most):
        table.add_row(str(name), str(count), f"{count / total:.1%}")
    return table


def report(console: Console, tracks: Sequence[Track]) -> bool:
    """Print everything; return whether every check passed."""
    total = len(tracks)
    artists = Counter(name for track in tracks for name in track.artists)
    console.print(f"[bold]{total} tracks, {len(artists)} artists[/]; most: {artists.most_common(5)}")
    console.print(plane(tracks))
    for key, share in quadrant_shares(tracks).items():
        console.print(f"  {QUADRANTS[key]:24} {share:6.1%}")
    console.print(
        shares(f"mood (within {CLOSE})", Counter({name: near(tracks, name) for name in MOODS}), total)
    )
    decades = Counter(f"{track.year // 10 * 10}s" if track.year >= 1900 else "before" for track in tracks)
    console.print(shares("decade", decades, total))
    console.print(shares("language", Counter(LANGUAGES[track.language] for track in tracks), total))
    console.print(shares("genre", Counter(track.genre for track in tracks), total))
    for name, hint in HINTS.items():
        found = hint(tracks)
        console.print(f"[yellow]look at[/] {name}: {len(found)}", *found[:25], sep="\n  ")
    passed = True
    for name, check in CHECKS.items():
        found = check(tracks)
        passed = passed and not found
        console.print(
            "[green]passed[/]" if not found else "[red]FAILED[/]", f"no {name}", *found[:25], sep="  "
        )
    return passed


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--draw", type=int, default=0, help="print this many rows drawn at random")
    arguments.add_argument("--seed", type=int, default=None, help="draw the same rows again")
    options = arguments.parse_args()
    console = Console(width=110, highlight=False)
    tracks = load_starter().all()
    passed = report(console, tracks)
    for track in random.Random(options.seed).sample(list(tracks), options.draw):
        console.print(
            f"  {'; '.join(track.artists)} – {track.title} ({track.year}) {track.language} {track.genre}"
        )
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
