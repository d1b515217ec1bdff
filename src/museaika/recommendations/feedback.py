"""What listeners say of tracks: given, taken back, and asked for when the next list is made."""

from __future__ import annotations

from collections.abc import Sequence

from museaika.catalogue.ports import Catalogue
from museaika.clock import Clock, now
from museaika.errors import NotFound
from museaika.mood.vocabulary import find_mood
from museaika.paging import Page
from museaika.recommendations.ports import Verdicts
from museaika.recommendations.taste import Verdict


class Feedback:
    """The verdicts of every listener, each their own."""

    def __init__(self, verdicts: Verdicts, catalogue: Catalogue, clock: Clock = now) -> None:
        self._verdicts = verdicts
        self._catalogue = catalogue
        self._clock = clock

    def give(self, user_id: str, track_id: str, verdict: str, mood: str | None = None) -> Verdict:
        """Keep a verdict on a track of the catalogue; a second one on the same track takes its place.

        `mood` is a name or synonym of the mood it was heard in; without one it counts in every mood alike.

        Raises:
            Invalid: codes `unknown_verdict`, `unknown_mood`.
            NotFound: the catalogue has no such track.
        """
        named = None if mood is None else find_mood(mood).name
        given = Verdict(track_id, verdict, named, self._clock())
        if self._catalogue.get(track_id) is None:
            raise NotFound(
                f"The catalogue has no track '{track_id[:60]}'. Use a track_id from GET /recommendations."
            )
        self._verdicts.put(user_id, given)
        return given

    def take_back(self, user_id: str, track_id: str) -> bool:
        """Undo what was said of a track; says whether there was something to undo."""
        return self._verdicts.remove(user_id, track_id)

    def of(self, user_id: str) -> Sequence[Verdict]:
        """What stands, oldest first."""
        return self._verdicts.of(user_id)

    def page(self, user_id: str, *, cursor: str | None = None, limit: int = 20) -> Page[Verdict]:
        """What stands, newest first."""
        return self._verdicts.page(user_id, cursor=cursor, limit=limit)
