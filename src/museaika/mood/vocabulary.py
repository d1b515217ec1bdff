"""The moods people name, and what each means to a face, a sentence, a catalogue and a composer.

Valence (unpleasant … pleasant) and arousal (quiet … activated), each −1…1, are primary; names are
derived from them (Russell 1980). Coordinates start from the means of Warriner et al. 2013 and are
corrected with the circumplex, because arousal means of single words are compressed and noisy.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from museaika.errors import FieldError, Invalid

FACE_CLASSES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
"""The eight classes of FER+, in its order: what an expression classifier answers."""

EMOTIONS = ("happy", "sad", "angry", "fear", "surprise", "disgust", "neutral", "contempt")
"""The names under which the API gives expression and text emotions (text has no contempt)."""

FACE_TO_EMOTION: Mapping[str, str] = MappingProxyType(
    {
        "neutral": "neutral",
        "happiness": "happy",
        "surprise": "surprise",
        "sadness": "sad",
        "anger": "angry",
        "disgust": "disgust",
        "fear": "fear",
        "contempt": "contempt",
    }
)


@dataclass(frozen=True, slots=True)
class MusicalBrief:
    """How music carries a mood: a starting point after Gabrielsson & Lindström and Juslin & Laukka.

    `tempo` in beats a minute, `velocity` in MIDI steps 1…127, both (low, high); `modes` by preference;
    `articulation` 0 legato … 1 staccato; `register` in semitones from a middle position.
    """

    tempo: tuple[int, int]
    modes: tuple[str, ...]
    velocity: tuple[int, int]
    articulation: float
    register: int


@dataclass(frozen=True, slots=True)
class Mood:
    """One row of the vocabulary.

    `face` and `labels` give the share of a FER+ class or of a GoEmotions label that counts as this mood;
    over all moods the shares of one class or label sum to 1. `tags` are words a catalogue uses for it.
    """

    name: str
    valence: float
    arousal: float
    synonyms: tuple[str, ...]
    tags: tuple[str, ...]
    music: MusicalBrief
    face: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, float] = field(default_factory=dict)


_TABLE = (
    Mood(
        "happy", 0.80, 0.42,
        ("happiness", "joyful", "joy", "cheerful", "glad", "delighted", "content", "upbeat", "amused", "proud"),
        ("happy", "feel-good", "sunny", "party", "upbeat"),
        MusicalBrief((112, 138), ("major", "lydian", "mixolydian"), (82, 104), 0.60, 4),
        {"happiness": 0.85},
        {"joy": 1, "amusement": 1, "gratitude": 0.6, "optimism": 0.6, "pride": 0.5, "admiration": 0.5,
         "approval": 0.4},
    ),
    Mood(
        "energetic", 0.62, 0.80,
        ("excited", "excitement", "energised", "energized", "pumped", "hyped", "enthusiastic", "powerful"),
        ("energetic", "workout", "dance", "driving", "anthem"),
        MusicalBrief((128, 160), ("major", "mixolydian", "lydian"), (92, 116), 0.70, 3),
        {"happiness": 0.15},
        {"excitement": 1, "optimism": 0.4, "pride": 0.5, "desire": 0.4},
    ),
    Mood(
        "surprise", 0.32, 0.70,
        ("surprised", "amazed", "astonished", "astonishment", "shocked", "wonder"),
        ("surprising", "quirky", "playful", "whimsical"),
        MusicalBrief((112, 144), ("lydian", "major", "mixolydian"), (70, 108), 0.65, 5),
        {"surprise": 1},
        {"surprise": 1, "realization": 0.5, "confusion": 0.5, "curiosity": 0.4},
    ),
    Mood(
        "romantic", 0.66, -0.15,
        ("love", "loving", "in love", "tender", "tenderness", "affectionate", "intimate", "caring", "warm"),
        ("romantic", "love", "tender", "intimate", "sensual"),
        MusicalBrief((64, 86), ("major", "lydian"), (46, 68), 0.20, 0),
        {},
        {"love": 1, "caring": 1, "desire": 0.6, "admiration": 0.5},
    ),
    Mood(
        "calm", 0.55, -0.65,
        ("calmness", "relaxed", "relaxing", "peaceful", "serene", "chill", "content and quiet", "relieved",
         "mellow"),
        ("calm", "chill", "peaceful", "ambient", "gentle"),
        MusicalBrief((55, 76), ("major", "lydian"), (38, 58), 0.10, -2),
        {"neutral": 0.20},
        {"relief": 1, "gratitude": 0.4},
    ),
    Mood(
        "neutral", 0.0, 0.0,
        ("ok", "okay", "indifferent", "fine", "balanced"),
        ("easy", "background", "steady"),
        MusicalBrief((92, 112), ("major", "dorian", "mixolydian"), (60, 82), 0.40, 0),
        {"neutral": 0.70},
        {"neutral": 1, "approval": 0.6, "confusion": 0.5, "realization": 0.3},
    ),
    Mood(
        "nostalgic", 0.22, -0.32,
        ("nostalgia", "wistful", "reminiscent", "sentimental", "homesick"),
        ("nostalgic", "wistful", "memories", "retro"),
        MusicalBrief((70, 94), ("major", "dorian", "mixolydian"), (50, 74), 0.25, 0),
        {},
        {"realization": 0.2},
    ),
    Mood(
        "melancholic", -0.38, -0.46,
        ("melancholy", "blue", "gloomy", "pensive", "bittersweet", "moody", "lonely", "loneliness", "longing"),
        ("melancholic", "bittersweet", "rainy", "introspective"),
        MusicalBrief((60, 80), ("minor", "dorian"), (44, 66), 0.15, -3),
        {"sadness": 0.20},
        {"disappointment": 0.4, "remorse": 0.4},
    ),
    Mood(
        "sad", -0.72, -0.38,
        ("sadness", "unhappy", "depressed", "heartbroken", "grief", "grieving", "down", "sorrow", "hurt",
         "miserable", "disappointed"),
        ("sad", "heartbreak", "sorrow", "ballad"),
        MusicalBrief((50, 70), ("minor", "phrygian"), (38, 60), 0.10, -4),
        {"sadness": 0.80},
        {"sadness": 1, "grief": 1, "disappointment": 0.6, "remorse": 0.6, "embarrassment": 0.5},
    ),
    Mood(
        "tired", -0.15, -0.78,
        ("tiredness", "sleepy", "exhausted", "drained", "weary", "bored", "worn out", "fatigued"),
        ("tired", "sleep", "drowsy", "lullaby", "slow"),
        MusicalBrief((50, 66), ("dorian", "major", "minor"), (34, 52), 0.05, -4),
        {},
        {},
    ),
    Mood(
        "fear", -0.62, 0.62,
        ("fearful", "scared", "afraid", "anxious", "anxiety", "nervous", "worried", "terrified", "panic",
         "stressed", "tense", "overwhelmed"),
        ("tense", "dark", "eerie", "suspense", "anxious"),
        MusicalBrief((108, 140), ("phrygian", "minor"), (44, 100), 0.60, -2),
        {"fear": 1},
        {"fear": 1, "nervousness": 1, "embarrassment": 0.5},
    ),
    Mood(
        "angry", -0.60, 0.80,
        ("anger", "furious", "mad", "rage", "annoyed", "irritated", "frustrated", "outraged"),
        ("angry", "aggressive", "rage", "defiant", "heavy"),
        MusicalBrief((132, 168), ("minor", "phrygian"), (98, 122), 0.75, -4),
        {"anger": 1, "contempt": 0.4},
        {"anger": 1, "annoyance": 1, "disapproval": 0.6},
    ),
    Mood(
        "disgust", -0.66, 0.28,
        ("disgusted", "revolted", "repulsed", "grossed out", "sickened", "contempt", "contemptuous"),
        ("bitter", "cynical", "gritty", "sardonic"),
        MusicalBrief((92, 122), ("phrygian", "minor", "dorian"), (72, 98), 0.60, -6),
        {"disgust": 1, "contempt": 0.6},
        {"disgust": 1, "disapproval": 0.4},
    ),
    Mood(
        "focused", 0.30, 0.06,
        ("focus", "concentrated", "concentration", "determined", "motivated", "studying", "productive",
         "thoughtful", "curious"),
        ("focus", "study", "concentration", "minimal", "instrumental"),
        MusicalBrief((80, 104), ("dorian", "major", "mixolydian"), (52, 72), 0.40, 0),
        {"neutral": 0.10},
        {"curiosity": 0.6},
    ),
)  # fmt: skip

MOODS: Mapping[str, Mood] = MappingProxyType({mood.name: mood for mood in _TABLE})

_BY_WORD = {word: mood for mood in _TABLE for word in (*mood.synonyms, mood.name)}


def find_mood(word: str, *, field_name: str = "mood") -> Mood:
    """Return the mood that `word` names: its own name or a synonym, in any case, spaces trimmed.

    Raises:
        Invalid: code `unknown_mood`, with the nearest known words as a suggestion.
    """
    key = " ".join(word.casefold().split())
    if mood := _BY_WORD.get(key):
        return mood
    shown = word.strip()[:40]
    close = list(dict.fromkeys(_BY_WORD[k].name for k in difflib.get_close_matches(key[:40], _BY_WORD, 3)))
    hint = f"Did you mean {' or '.join(close)}?" if close else f"Known moods: {', '.join(MOODS)}."
    message = f"'{shown}' is not a mood we know. {hint}"
    raise Invalid(message, code="unknown_mood", errors=(FieldError((field_name,), message),))


def distance(valence: float, arousal: float, mood: Mood) -> float:
    """Euclidean distance on the plane, 0 … 2·√2."""
    return math.hypot(valence - mood.valence, arousal - mood.arousal)


def nearest_mood(valence: float, arousal: float) -> Mood:
    """Return the mood whose coordinates are nearest to a point of the plane (each axis −1…1)."""
    return min(_TABLE, key=lambda mood: distance(valence, arousal, mood))


def moods_at(valence: float, arousal: float, *, width: float = 0.30) -> dict[str, float]:
    """Spread a point of the plane over the moods around it: a Gaussian of `width`, summing to 1."""
    weights = {m.name: math.exp(-0.5 * (distance(valence, arousal, m) / width) ** 2) for m in _TABLE}
    total = sum(weights.values())
    if total == 0.0:  # farther than floats reach: the nearest alone
        return {name: float(name == nearest_mood(valence, arousal).name) for name in MOODS}
    return {name: weight / total for name, weight in weights.items()}
