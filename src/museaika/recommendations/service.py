"""Music for a mood: the one door to ranking, journeys, reasons and mixes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np

from museaika.catalogue.languages import find_language
from museaika.catalogue.ports import Catalogue
from museaika.catalogue.track import Track
from museaika.errors import FieldError, Invalid
from museaika.mood.journey import Step, check_path, steps
from museaika.mood.reading import MoodReading
from museaika.mood.vocabulary import Mood, moods_at, nearest_mood
from museaika.recommendations.because import because, favourites, said_of
from museaika.recommendations.dayparts import find_part, part_at
from museaika.recommendations.goals import aim, find_goal
from museaika.recommendations.journeys import play
from museaika.recommendations.mixes import Mix, mixes_for
from museaika.recommendations.ranking import RULED_OUT, Wish, fits, leant, order
from museaika.recommendations.reasons import FEELING, reason
from museaika.recommendations.taste import Past, Taste, Verdict

MOST = 100
"""Tracks in one answer."""

AROUND, ENOUGH = 0.5, 12
"""A mix of a tag is offered where so many tracks with it lie so near to the mood."""

ARRIVED = "you have arrived, {mood}"
"""How the reasons open for tracks after the end of a journey."""


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
        self._rows = {track.track_id: row for row, track in enumerate(catalogue.all())}

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
        explicit: bool = True,
        part: str | None = None,
        tag: str | None = None,
        seed: int = 0,
        verdicts: Sequence[Verdict] = (),
        served: Sequence[str] = (),
    ) -> list[Recommendation]:
        """Return up to `limit` (1…100) tracks after the first `offset` of the same list.

        With a `target` the list is a journey of `limit` steps from `mood` to it, gradual or direct; pages
        after the first stay at the target. `discover` 0…1 says how far from the obvious to stray;
        `language` is a code or an English name; without `explicit`, tracks known to be explicit are left
        away; `part` of the day makes the music a little livelier or quieter; with a `tag`, all tracks carry it
        or are of that genre. `verdicts`, oldest first, are what this listener said of earlier tracks: a
        disliked one does not come back; `served` are the ids of tracks given lately, which give way to others.
        Past the last fitting track the list is empty.

        Raises:
            Invalid: codes `unknown_goal`, `unknown_path`, `unknown_language`, `unknown_part`, `unknown_tag`, or
                `invalid` for a number out of its range or a goal beside a target.
        """
        _check(limit, offset, discover)
        check_path(path)
        wanted = find_goal(goal)
        spoken = None if language is None else find_language(language)
        livelier = 0.0 if part is None else find_part(part).arousal
        word = None if tag is None else self._known_tag(tag)
        if target is not None and wanted.name != "match":
            message = "Give a goal or a target, not both: a target already says where to go."
            raise Invalid(message, errors=(FieldError(("goal",), message),))
        past = Past(verdicts, served)
        here = (mood.valence, mood.arousal)
        if target is not None:
            stations = steps(here, (target.valence, target.arousal), limit, path)
            plain = Wish(*here, {}, discover, spoken, seed, explicit, word)
            wishes = [_at(plain, station.valence, station.arousal) for station in stations]
            walked = self._journey(stations, wishes, past)
            stay = offset + limit - len(walked)
            done = frozenset(item.track.track_id for item in walked)
            walked += self._around(wishes[-1], ARRIVED, target.name, stay, past, done) if stay else []
            return walked[offset:]
        valence, arousal = aim(here, wanted)
        there = (valence, max(-1.0, min(1.0, arousal + livelier)))
        moods = mood.moods if wanted.share == 0 else moods_at(*there)
        wish = Wish(*there, moods, discover, spoken, seed, explicit, word)
        named = mood.primary_mood if wanted.share == 0 else nearest_mood(*there).name
        return self._around(wish, wanted.words, named, offset + limit, past)[offset:]

    def mixes(
        self, mood: MoodReading, limit: int = 3, *, hour: int | None = None, verdicts: Sequence[Verdict] = ()
    ) -> list[Mix]:
        """Return up to `limit` built-in mixes for a mood, the fitting one first; with the `hour` (0…23) on the
        listener's clock named for the part of the day, and with what they like by their `verdicts`."""
        part = None if hour is None else part_at(hour)
        return mixes_for(mood, limit, part, self._liked(mood, verdicts))

    def _liked(self, mood: MoodReading, verdicts: Sequence[Verdict]) -> list[str]:
        """Words for what a listener likes, of which there is enough around a mood; the most liked first."""
        judged = [(track, said) for said in verdicts if (track := self._catalogue.get(said.track_id))]
        words = favourites(judged)
        columns = self._catalogue.columns()
        near = np.hypot(columns.valence - mood.valence, columns.arousal - mood.arousal) <= AROUND
        return [word for word in words if np.count_nonzero(columns.tagged(word) & near) >= ENOUGH]

    def _known_tag(self, tag: str) -> str:
        word = tag.strip().casefold().replace(" ", "-")
        columns = self._catalogue.columns()
        known = {**columns.tag_codes, **columns.genre_codes}
        if word in known and word:
            return word
        close = get_close_matches(word, known, 3)
        message = f"No track carries the tag '{tag.strip()[:40]}'."
        message += (
            f" Did you mean {' or '.join(close)}?" if close else " Try an instrument or a genre, as piano."
        )
        raise Invalid(message, code="unknown_tag", errors=(FieldError(("tag",), message),))

    def _around(
        self,
        wish: Wish,
        opening: str,
        mood: str,
        count: int,
        past: Past,
        done: frozenset[str] = frozenset(),
    ) -> list[Recommendation]:
        """The first `count` tracks around one point, those in `done` left away."""
        columns = self._catalogue.columns()
        taste = Taste(columns, self._rows, past, wish)
        fit = leant(fits(columns, wish), taste.leaning())
        fit[[self._rows[track_id] for track_id in done]] = RULED_OUT
        rows = order(columns, fit, wish, count)
        whys = self._whys(taste, rows)
        return [
            self._recommended(row, float(fit[row]), opening, mood, wish, why)
            for row, why in zip(rows, whys, strict=True)
        ]

    def _journey(self, stations: Sequence[Step], wishes: Sequence[Wish], past: Past) -> list[Recommendation]:
        """One track for each station; taste is weighed as it is at the target."""
        columns = self._catalogue.columns()
        taste = Taste(columns, self._rows, past, wishes[-1])
        rows, scores = play(columns, wishes, taste.leaning())
        return [
            self._recommended(row, score, f"step {n} of {len(stations)}, {{mood}}", station.mood, wish, why)
            for n, (row, score, station, wish, why) in enumerate(
                zip(rows, scores, stations, wishes, self._whys(taste, rows), strict=False), 1
            )
        ]

    def _whys(self, taste: Taste, rows: Sequence[int]) -> list[str]:
        """What the listener said that speaks for each of these tracks."""
        tracks = self._catalogue.all()
        if not taste.newest:
            return [""] * len(rows)
        said = said_of((tracks[row], verdict) for row, verdict in taste.newest.items())
        ventured = taste.ventured(rows)
        return [because(tracks[row], said, ventured=new) for row, new in zip(rows, ventured, strict=True)]

    def _recommended(
        self, row: int, score: float, opening: str, mood: str, wish: Wish, why: str
    ) -> Recommendation:
        track = self._catalogue.all()[row]
        asked = opening.format(mood=FEELING.get(mood, mood))
        words = reason(track, opening=asked, target=(wish.valence, wish.arousal), because=why)
        return Recommendation(track, round(min(max(score, 0.0), 1.0), 4), words, track.source)


def _at(wish: Wish, valence: float, arousal: float) -> Wish:
    return replace(wish, valence=valence, arousal=arousal, moods=moods_at(valence, arousal))


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
