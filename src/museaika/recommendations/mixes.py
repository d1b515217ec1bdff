"""The built-in mixes: a name and a line for each mood and for the ways out of the hard ones."""

from __future__ import annotations

from dataclasses import dataclass

from museaika.mood.reading import MoodReading
from museaika.mood.vocabulary import MOODS, distance

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
    "lift": ("A step brighter", "Not sunshine yet, but a step up for when you feel {feeling}"),
    "calm": ("Breathe out", "Quieter by degrees, for when you feel {feeling}"),
    "focus": ("Desk lamp", "A clear head for when you feel {feeling}"),
    "energise": ("Second wind", "Something to move to for when you feel {feeling}"),
}

_WAYS = {
    "happy": ("energise",), "energetic": ("focus",), "surprise": ("calm",), "romantic": ("calm",),
    "calm": ("focus",), "neutral": ("lift",), "nostalgic": ("lift",), "focused": ("energise",),
    "melancholic": ("lift", "calm"), "sad": ("lift", "calm"), "tired": ("energise", "calm"),
    "fear": ("calm", "lift"), "angry": ("calm", "lift"), "disgust": ("calm", "lift"),
}  # fmt: skip
"""Which goals help on from each mood: up out of unhappiness, down out of agitation first."""

_FEELING = {"fear": "afraid", "surprise": "surprised", "disgust": "disgusted"}
"""How a person feels who is in a mood whose name is a noun."""


def mixes_for(reading: MoodReading, limit: int) -> list[Mix]:
    """Return up to `limit` mixes: the likeliest mood's own, the ways onward from it, then the next moods'.

    Of moods as likely as each other the one nearer on the plane comes first.
    """
    likely = sorted(
        MOODS, key=lambda name: (-reading.moods[name], distance(reading.valence, reading.arousal, MOODS[name]))
    )
    first = likely[0]
    found = [_own(first)]
    found += [_onward(first, goal) for goal in _WAYS[first]]
    found += [_own(name) for name in likely[1:]]
    return found[:limit]


def _own(mood: str) -> Mix:
    name, line = _OWN[mood]
    return Mix(f"mix_{mood}", name, line, f"{ROUTE}?mood={mood}&goal=match")


def _onward(mood: str, goal: str) -> Mix:
    name, line = _ONWARD[goal]
    return Mix(
        f"mix_{mood}_{goal}",
        name,
        line.format(feeling=_FEELING.get(mood, mood)),
        f"{ROUTE}?mood={mood}&goal={goal}",
    )
