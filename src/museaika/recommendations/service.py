"""Music for a mood: the one door to ranking, journeys, reasons and mixes."""

from __future__ import annotations

from dataclasses import dataclass

from museaika.catalogue.languages import find_language
from museaika.catalogue.ports import Catalogue
from museaika.catalogue.track import Track
from museaika.errors import FieldError, Invalid
from museaika.mood.journey import steps
from museaika.mood.reading import MoodReading
from museaika.mood.vocabulary import Mood, moods_at, nearest_mood
from museaika.recommendations.goals import aim, find_goal
from museaika.recommendations.journeys import play
from museaika.recommendations.mixes import Mix, mixes_for
from museaika.recommendations.ranking import Wish, fits, order
from museaika.recommendations.reasons import FEELING, reason

MOST = 100
"""Tracks in one answer."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A track, how well it fits (0…1), why in words, and who placed it on the plane.

    Lists are ordered for listening: fit first, but neighbours differ, so `score` may rise a little.
    """

    track: Track
    score: float
    reason: str
    source: str


class RecommendationService:
    """Chooses from one catalogue. The same question gets the same answer; `seed` makes it another one."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def recommend(
        self,
        *,
        mood: MoodReading,
        goal: str = "match",
        target: Mood | None = None,
        path: str = "gradual",
        limit: int = 20,
        offset: int = 0,
        discover: float = 0.2,
        language: str | None = None,
        seed: int = 0,
    ) -> list[Recommendation]:
        """Return up to `limit` (1…100) tracks after the first `offset` of the same list.

        With a `target` the list is a journey of `limit` steps from `mood` to it, gradual or direct; pages
        after the first stay at the target. `discover` 0…1 says how far from the obvious to stray;
        `language` is a code or an English name. Past the end of the catalogue the list is empty.

        Raises:
            Invalid: codes `unknown_goal`, `unknown_path`, `unknown_language`, or `invalid` for a number
                out of its range or a goal beside a target.
        """
        _check(limit, offset, discover)
        wanted = find_goal(goal)
        spoken = None if language is None else find_language(language)
        if target is not None and wanted.name != "match":
            message = "Give a goal or a target, not both: a target already says where to go."
            raise Invalid(message, errors=(FieldError(("goal",), message),))
        here = (mood.valence, mood.arousal)
        if target is not None:
            start = Wish(*here, mood.moods, discover, spoken, seed)
            return self._journey(start, target, path, limit, offset)
        there = aim(here, wanted)
        moods = mood.moods if wanted.share == 0 else moods_at(*there)
        wish = Wish(*there, moods, discover, spoken, seed)
        named = mood.primary_mood if wanted.share == 0 else nearest_mood(*there).name
        return self._around(wish, wanted.words, named, limit, offset)

    def mixes(self, mood: MoodReading, limit: int = 3) -> list[Mix]:
        """Return up to `limit` built-in mixes for a mood, the fitting one first."""
        return mixes_for(mood, limit)

    def _around(self, wish: Wish, opening: str, mood: str, limit: int, offset: int) -> list[Recommendation]:
        columns = self._catalogue.columns()
        fit = fits(columns, wish)
        rows = order(columns, fit, wish, offset + limit)[offset:]
        return [self._recommended(row, float(fit[row]), opening, mood, wish) for row in rows]

    def _journey(self, start: Wish, target: Mood, path: str, limit: int, offset: int) -> list[Recommendation]:
        columns = self._catalogue.columns()
        stations = steps((start.valence, start.arousal), (target.valence, target.arousal), limit, path)
        wishes = [
            Wish(
                at.valence,
                at.arousal,
                moods_at(at.valence, at.arousal),
                start.discover,
                start.language,
                start.seed,
            )
            for at in stations
        ]
        rows, scores = play(columns, wishes)
        if offset < limit:
            return [
                self._recommended(
                    row, scores[i], f"step {i + 1} of {limit}, {{mood}}", stations[i].mood, wishes[i]
                )
                for i, row in enumerate(rows)
            ][offset:]
        arrived = wishes[-1]
        fit = fits(columns, arrived)
        fit[rows] = -1
        later = order(columns, fit, arrived, offset)[offset - limit :]
        words = "you have arrived, {mood}"
        return [self._recommended(row, float(fit[row]), words, target.name, arrived) for row in later]

    def _recommended(self, row: int, score: float, opening: str, mood: str, wish: Wish) -> Recommendation:
        track = self._catalogue.all()[row]
        asked = opening.format(mood=FEELING.get(mood, mood))
        words = reason(track, opening=asked, target=(wish.valence, wish.arousal))
        return Recommendation(track, round(min(max(score, 0.0), 1.0), 4), words, track.source)


def _check(limit: int, offset: int, discover: float) -> None:
    wrong = []
    if not 1 <= limit <= MOST:
        wrong.append(FieldError(("limit",), f"limit is 1 to {MOST}, not {limit}"))
    if offset < 0:
        wrong.append(FieldError(("offset",), f"offset is 0 or more, not {offset}"))
    if not 0 <= discover <= 1:
        wrong.append(FieldError(("discover",), f"discover is 0 (the obvious) to 1 (the far), not {discover}"))
    if wrong:
        raise Invalid(f"{'; '.join(error.msg for error in wrong)}.", errors=tuple(wrong))
