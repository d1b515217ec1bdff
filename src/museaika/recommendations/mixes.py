"""The built-in mixes: a name and a line for each mood and for the ways out of the hard ones."""

from __future__ import annotations

from dataclasses import dataclass

from museaika.mood.reading import MoodReading
from museaika.mood.vocabulary import MOODS

ROUTE = "/api/v1/recommendations"


@dataclass(frozen=True, slots=True)
class Mix:
    """A list that is made the moment it is asked for at `url`."""

    playlist_id: str
    name: str
    reason: str
    url: str


_OWN = {
    "happy": ("Windows down", "Bright, easy tunes for a good mood"),
    "energetic": ("Full tilt", "Fast and driving, for when you cannot sit still"),
    "surprise": ("What was that?", "Playful, odd and sudden music for a startled moment"),
    "romantic": ("Two at the table", "Tender songs, close to the ear"),
    "calm": ("Late light, slowly", "Quiet, gentle music that asks for nothing"),
    "neutral": ("Even keel", "Steady songs that neither push nor pull"),
    "nostalgic": ("The box in the attic", "Warm old tunes with a look over the shoulder"),
    "melancholic": ("Rain on the pane", "Bittersweet songs that keep you company"),
    "sad": ("Let it hurt a while", "Slow, sorrowful songs that know the feeling"),
    "tired": ("Lights low", "Slow, soft music to rest with"),
    "fear": ("Under the bridge at night", "Tense, dark music that says what nerves feel like"),
    "angry": ("Slam the door", "Heavy, loud songs to rage along with"),
    "disgust": ("A sour note", "Bitter, biting songs for when you have had enough"),
    "focused": ("One thing at a time", "Clear, steady music to think by"),
}

_ONWARD = {
    "lift": ("A step brighter", "Not sunshine yet, but a step up from {mood}"),
    "calm": ("Breathe out", "Quieter by degrees, to settle you when you feel {mood}"),
    "focus": ("Desk lamp", "To turn {mood} into a clear head"),
    "energise": ("Second wind", "To wake you gently out of {mood}"),
}


def mixes_for(reading: MoodReading, limit: int) -> list[Mix]:
    """Return up to `limit` mixes: the likeliest mood's own, a way onward from it, then the next moods'."""
    likely = sorted(reading.moods, key=lambda name: -reading.moods[name])
    first = likely[0]
    found = [_own(first)]
    found += [_onward(first, goal) for goal in _ways_on(first)]
    found += [_own(name) for name in likely[1:]]
    return found[:limit]


def _ways_on(mood: str) -> tuple[str, ...]:
    """Which goals help from here: up out of unhappiness, down out of agitation, and on from rest."""
    at = MOODS[mood]
    if at.valence < 0:
        return ("calm", "lift") if at.arousal > 0.2 else ("lift", "calm")
    return ("calm",) if at.arousal > 0.5 else ("energise",) if at.arousal < -0.5 else ("focus",)


def _own(mood: str) -> Mix:
    name, line = _OWN[mood]
    return Mix(f"mix_{mood}", name, line, f"{ROUTE}?mood={mood}&goal=match")


def _onward(mood: str, goal: str) -> Mix:
    name, line = _ONWARD[goal]
    return Mix(f"mix_{mood}_{goal}", name, line.format(mood=mood), f"{ROUTE}?mood={mood}&goal={goal}")
