"""ListenBrainz' tag radio: recordings that people tagged with a mood (https://listenbrainz.readthedocs.io).

Two requests make an answer: `GET /1/lb-radio/tags` names recordings for tags, `GET /1/metadata/recording/`
says what they are. Only the tags of a mood are sent. A request is tried once: whoever waits for it tries again
later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import requests
from pydantic import ValidationError

from museaika import __version__
from museaika.catalogue.track import Track
from museaika.errors import Unavailable
from museaika.listenbrainz.recordings import Picks, Recordings, track_of
from museaika.mood.vocabulary import Mood

Shape = TypeVar("Shape", Picks, Recordings)

HOME = "https://api.listenbrainz.org"
CONNECT_S, READ_S = 3.05, 10.0
AT_ONCE = 50
"""Recordings that are looked up in one request: their ids have to fit into an address."""
WAIT_S = 60.0
"""How long to wait after a 429 that does not say."""


class ListenBrainzRadio:
    """A `catalogue.ports.Radio`. With a `token`, requests are made in the name of its owner."""

    name = "listenbrainz"

    def __init__(self, home: str = HOME, token: str | None = None) -> None:
        self._home = home.rstrip("/")
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"MuseAIka/{__version__}"
        if token:
            self._session.headers["Authorization"] = f"Token {token}"

    def tracks_for(self, mood: Mood, count: int) -> Sequence[Track]:
        picks = self._ask(
            "/1/lb-radio/tags", tag=mood.tags, operator="OR", pop_begin=0, pop_end=100, count=count
        )
        ids = [pick.recording_mbid for pick in _understood(Picks, picks).root][:count]
        tracks: list[Track] = []
        for start in range(0, len(ids), AT_ONCE):
            told = self._ask(
                "/1/metadata/recording/",
                recording_mbids=",".join(ids[start : start + AT_ONCE]),
                inc="artist tag release",
            )
            known = _understood(Recordings, told).root.values()
            tracks += [track for one in known if (track := track_of(one, mood, self.name))]
        return tracks

    def _ask(self, path: str, **query: Any) -> Any:
        try:
            answer = self._session.get(
                self._home + path, params=query, timeout=(CONNECT_S, READ_S), allow_redirects=False
            )
            if answer.status_code == 200:
                return answer.json()
        except (requests.JSONDecodeError, RecursionError):
            raise Unavailable("ListenBrainz answered something that is not JSON.") from None
        except requests.RequestException as problem:
            raise Unavailable(f"ListenBrainz can't be reached ({type(problem).__name__}).") from None
        raise _refusal(answer)


def _refusal(answer: requests.Response) -> Unavailable:
    if answer.status_code == 401:
        return Unavailable("ListenBrainz does not accept the token. Check LISTENBRAINZ_TOKEN.")
    if answer.status_code == 429:
        return Unavailable("ListenBrainz asks to wait.", retry_after_s=_pause(answer))
    return Unavailable(f"ListenBrainz answered {answer.status_code}.")


def _pause(answer: requests.Response) -> float:
    try:
        return max(float(answer.headers.get("X-RateLimit-Reset-In", WAIT_S)), 1.0)
    except ValueError:
        return WAIT_S


def _understood(shape: type[Shape], told: object) -> Shape:
    try:
        return shape.model_validate(told)
    except ValidationError as problem:
        raise Unavailable(
            f"ListenBrainz answered in a form that we do not know ({problem.error_count()} places)."
        ) from None
