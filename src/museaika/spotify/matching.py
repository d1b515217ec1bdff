"""Which track of Spotify is a track of ours: asked once, judged by its names, year and length, and remembered.

What was found stays found; what was not is looked for again after a month. A look costs one request, so an
answer looks for so many tracks and no more, and what is left comes with the next one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import SequenceMatcher

from museaika.catalogue.track import Track, fold, work_title
from museaika.clock import Clock, now
from museaika.spotify import shapes
from museaika.spotify.client import Client
from museaika.spotify.ports import Match, Matches
from museaika.spotify.troubles import Blocked

GOOD = 0.80
"""A track is taken for ours from this score on."""
AGAIN = timedelta(days=30)
TITLE, ARTIST, YEAR, LENGTH = 0.45, 0.40, 0.08, 0.07
"""What each likeness counts; the last two count in full where either side does not say."""
YEARS, SECONDS = 3, 15
"""Differences at which year and length count nothing any more; a remaster's year is forgiven by the others."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """`uris` by track id; `missing` were looked for and not found; `left` were not looked for yet, because of
    the limit, or because Spotify wants us to wait."""

    uris: dict[str, str]
    missing: tuple[str, ...]
    left: tuple[str, ...]


class Matcher:
    """Finds tracks of the catalogue on Spotify."""

    def __init__(self, matches: Matches, clock: Clock = now) -> None:
        self._matches, self._clock = matches, clock

    def known(self, tracks: Sequence[Track]) -> dict[str, str]:
        """The addresses of those that are known already, by track id; asks nobody."""
        uris = {track.track_id: track.uri for track in tracks if track.spotify_id}
        wanted = [track.track_id for track in tracks if track.track_id not in uris]
        for track_id, match in self._matches.of(wanted).items():
            if match.spotify_id:
                uris[track_id] = _uri(match.spotify_id)
        return uris

    def resolve(self, client: Client, tracks: Sequence[Track], looks: int) -> Resolved:
        """Find tracks, with `looks` requests at most."""
        uris = self.known(tracks)
        tried = self._matches.of([track.track_id for track in tracks if track.track_id not in uris])
        missing, left = [], []
        for track in {track.track_id: track for track in tracks if track.track_id not in uris}.values():
            before = tried.get(track.track_id)
            if before and before.at > self._clock() - AGAIN:
                missing.append(track.track_id)
            elif looks <= 0:
                left.append(track.track_id)
            else:
                looks -= 1
                try:
                    found = self._look(client, track)
                except Blocked:
                    looks = 0
                    left.append(track.track_id)
                else:
                    if found.spotify_id:
                        uris[track.track_id] = _uri(found.spotify_id)
                    else:
                        missing.append(track.track_id)
        return Resolved(uris, tuple(missing), tuple(left))

    def _look(self, client: Client, track: Track) -> Match:
        found = client.search(query_for(track))
        best = max(found, key=lambda one: likeness(track, one), default=None)
        score = likeness(track, best) if best else 0.0
        spotify_id = best.id if best and score >= GOOD else None
        match = Match(track.track_id, spotify_id, round(score, 3), self._clock())
        self._matches.put(match)
        return match


def query_for(track: Track) -> str:
    """How Spotify is asked for a track: by ISRC where it is known, else by title and main artist."""
    if track.isrc:
        return f"isrc:{track.isrc}"
    names = (work_title(track.title), track.artists[0])
    title, artist = (re.sub(r"[\":]", " ", name).strip() for name in names)
    return f'track:"{title}" artist:"{artist}"'


def likeness(ours: Track, theirs: shapes.Track) -> float:
    """How likely two accounts tell of one recording, 0…1."""
    if ours.isrc and theirs.external_ids.isrc and ours.isrc.upper() == theirs.external_ids.isrc.upper():
        return 1.0
    artist = max((_alike(name, one.name) for name in ours.artists for one in theirs.artists), default=0.0)
    title = _alike(work_title(ours.title), work_title(theirs.name))
    return (
        TITLE * title
        + ARTIST * artist
        + YEAR * _near(ours.year, theirs.year, YEARS)
        + LENGTH * _near(ours.duration_ms, theirs.duration_ms, SECONDS * 1000)
    )


def _alike(one: str, other: str) -> float:
    a, b = fold(one), fold(other)
    return 1.0 if a and a == b else SequenceMatcher(None, a, b, autojunk=False).ratio()


def _near(one: int | None, other: int | None, far: int) -> float:
    return 1.0 if one is None or other is None else max(0.0, 1 - abs(one - other) / far)


def _uri(spotify_id: str) -> str:
    return f"spotify:track:{spotify_id}"
