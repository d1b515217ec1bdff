"""Why a track is recommended, in words a listener understands: where it stands, and what it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from museaika.catalogue.languages import INSTRUMENTAL, LANGUAGES
from museaika.catalogue.track import Track

AT_IT = 0.08
"""Distance on the plane up to which a track stands just where it was wanted."""

STEPS_OFF = ((0.20, "a touch"), (0.40, "a little"), (math.inf, "though a good deal"))
"""How the distances beyond that are called, each up to its edge."""

FEELING: Mapping[str, str] = MappingProxyType(
    {"surprise": "surprising", "neutral": "even-tempered", "fear": "tense", "disgust": "bitter"}
)
"""How music is called that stands for a mood whose name is no adjective for music."""

ADJECTIVES: Mapping[str, str] = MappingProxyType(
    {
        "party": "festive", "workout": "tireless", "dance": "danceable", "anthem": "anthemic", "love": "loving",
        "chill": "laid-back", "ambient": "floating", "background": "unobtrusive", "memories": "reminiscing",
        "heartbreak": "heartbroken", "sorrow": "sorrowful", "ballad": "slow-burning", "sleep": "sleepy",
        "lullaby": "lulling", "suspense": "suspenseful", "rage": "raging", "focus": "focused",
        "study": "unhurried", "concentration": "concentrated", "instrumental": "wordless",
        "protest": "rebellious", "summer": "summery", "night": "nocturnal", "faith": "prayerful",
        "christmas": "wintry", "freedom": "freedom-loving", "hope": "hopeful", "satire": "satirical",
        "grief": "grieving", "longing": "yearning",
    }
)  # fmt: skip
"""How a tag that is a noun reads before a noun; other tags read as they are."""

INSTRUMENTS = frozenset(
    "piano guitar strings orchestra choir synthesisers brass saxophone trumpet violin cello flute harp organ "
    "sitar oud kora mbira accordion bandoneon drums harpsichord clarinet sarod steel-guitar banjo marimba "
    "koto shakuhachi fiddle vibraphone lute bagpipes viola".split()
)
"""Tags that name what carries the music."""

NOUNS: Mapping[str, str] = MappingProxyType(
    {"hip-hop": "track", "electronic": "track", "jazz": "tune", "classical": "piece", "musical": "number",
     "opera": "aria", "tango": "tango", "bolero": "bolero", "fado": "fado", "chanson": "chanson",
     "ghazal": "ghazal", "qawwali": "qawwali"}
)  # fmt: skip
"""What one calls a recording of a genre, where that is neither a song nor, without words, a piece."""


def reason(track: Track, *, opening: str, target: tuple[float, float], because: str = "") -> str:
    """Return one sentence about `track` for somebody who wants music at `target` on the plane.

    It says in turn what was asked (`opening`), how the track stands off from it, what the listener said
    before that speaks for it (`because`), and what the track is.
    """
    before = f", {because}" if because else ""
    told = f"{opening}{_turn(track, target)}{before}: {describe(track)}."
    return told[0].upper() + told[1:]


def _turn(track: Track, target: tuple[float, float]) -> str:
    brighter, livelier = track.valence - target[0], track.arousal - target[1]
    away = math.hypot(brighter, livelier)
    if away <= AT_IT:
        return ""
    if abs(livelier) >= abs(brighter):
        turn = "livelier" if livelier > 0 else "quieter"
    else:
        turn = "brighter" if brighter > 0 else "darker"
    return f", {next(words for edge, words in STEPS_OFF if away <= edge)} {turn}"


def describe(track: Track) -> str:
    """Name what the catalogue knows: character, genre, instrument, language and year."""
    character = [
        ADJECTIVES.get(tag, tag) for tag in track.tags if tag not in INSTRUMENTS and tag != track.genre
    ]
    if track.language == INSTRUMENTAL:
        character = [word for word in character if word != "wordless"]
    carried = next((f" with {tag.replace('-', ' ')}" for tag in track.tags if tag in INSTRUMENTS), "")
    head = f"{', '.join(character[:2])} {_kind(track)}".strip()
    sung = ""
    if track.language not in (None, INSTRUMENTAL, "en"):
        sung = f", sung in {LANGUAGES[track.language]}"
    since = f" from {track.year}" if track.year else ""
    return f"{_article(head)} {head}{carried}{since}{sung}"


def _kind(track: Track) -> str:
    noun = NOUNS.get(track.genre or "", "piece" if track.language == INSTRUMENTAL else "song")
    if track.genre is None or noun.split()[0] == track.genre:
        return noun
    return f"{track.genre} {noun}"


def _article(words: str) -> str:
    return "an" if words[0] in "aeiou" else "a"
