"""The built-in mixes: names for each mood by part of the day, with what a listener likes, and for the ways out
of the hard ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from museaika.mood.reading import MoodReading
from museaika.mood.vocabulary import MOODS, distance
from museaika.recommendations.dayparts import PARTS, Part
from museaika.recommendations.reasons import FEELING, INSTRUMENTS

ROUTE = "/api/v1/recommendations"


@dataclass(frozen=True, slots=True)
class Mix:
    """A list that is made the moment it is asked for at `url`."""

    playlist_id: str
    name: str
    reason: str
    url: str


_OWN = {
    "happy": "Bright, easy tunes for a good mood",
    "energetic": "Fast and driving, for when you cannot sit still",
    "surprise": "Playful, odd and sudden music for a startled moment",
    "romantic": "Tender songs, close to the ear",
    "calm": "Quiet, gentle music that asks for nothing",
    "neutral": "Steady songs that neither push nor pull",
    "nostalgic": "Warm old tunes with a look over the shoulder",
    "melancholic": "Bittersweet songs that keep you company",
    "sad": "Slow, sorrowful songs that know the feeling",
    "tired": "Slow, soft music to rest with",
    "fear": "Tense, dark music that says what nerves feel like",
    "angry": "Heavy, loud songs to rage along with",
    "disgust": "Bitter, biting songs for when you have had enough",
    "focused": "Clear, steady music to think by",
}
"""What each mood's own mix is like."""

_NAMES = {
    # in the morning, by day, in the evening, at night
    "happy": ("Curtains open", "Windows down", "The long way home", "One more dance"),
    "energetic": ("Up before the sun", "Full tilt", "Out the door by eight", "Till the lights come on"),
    "surprise": ("Toast, butter side up", "What was that?", "Plot twist", "Who is up at this hour?"),
    "romantic": ("Two cups of coffee", "Hand in hand", "Two at the table", "Close, in the dark"),
    "calm": ("First light, slowly", "Shade under a tree", "Late light, slowly", "Moon on water"),
    "neutral": ("The usual, please", "Even keel", "Doors closing, home", "Nothing on the clock"),
    "nostalgic": ("Grandmother's kitchen", "The box in the attic", "Slides on the wall", "Names we once knew"),
    "melancholic": ("Grey, with coffee", "Rain on the pane", "Blue hour", "The last tram"),
    "sad": ("The other side of the bed", "Let it hurt a while", "Nobody at the door", "Awake with it"),
    "tired": ("Five more minutes", "Head on the desk", "Shoes off", "Lights low"),
    "fear": ("Something in the post", "Footsteps behind", "The stairs creak", "Under the bridge at night"),
    "angry": ("Up on the wrong side", "Slam the door", "Traffic", "Shout at the moon"),
    "disgust": ("Milk gone off", "A sour note", "Read the comments", "Bitter end"),
    "focused": ("The quiet hour", "One thing at a time", "Last task", "Lamp and notebook"),
}  # fmt: skip
"""What each mood's own mix is called."""

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


def mixes_for(
    reading: MoodReading, limit: int, part: Part | None = None, liked: Sequence[str] = ()
) -> list[Mix]:
    """Return up to `limit` mixes: the likeliest mood's own, as this part of the day calls for it; that mood
    with what the listener likes; the ways onward from it; then the next moods'.

    Of moods as likely as each other the one nearer on the plane comes first. `liked` are tags or genres of the
    catalogue, the most liked first.
    """
    likely = sorted(
        MOODS, key=lambda name: (-reading.moods[name], distance(reading.valence, reading.arousal, MOODS[name]))
    )
    first = likely[0]
    found = [_own(first, part)]
    found += [_tasted(first, tag) for tag in liked[:1]]
    found += [_onward(first, goal) for goal in _WAYS[first]]
    found += [_own(name, part) for name in likely[1:]]
    return found[:limit]


def _own(mood: str, part: Part | None) -> Mix:
    names = dict(zip(PARTS, _NAMES[mood], strict=True))
    if part is None:
        return Mix(f"mix_{mood}", names["day"], _OWN[mood], f"{ROUTE}?mood={mood}&goal=match")
    return Mix(f"mix_{mood}_{part.name}", names[part.name], _OWN[mood], f"{ROUTE}?mood={mood}&part={part.name}")


def _tasted(mood: str, tag: str) -> Mix:
    feeling, what = FEELING.get(mood, mood), tag.replace("-", " ")
    joined = f"with {what}" if tag in INSTRUMENTS else f"in {what}"
    return Mix(
        f"mix_{mood}_{tag}",
        f"{feeling.capitalize()}, {joined}",
        f"You liked songs {joined}; these are {feeling} ones",
        f"{ROUTE}?mood={mood}&tag={quote(tag)}",
    )


def _onward(mood: str, goal: str) -> Mix:
    name, line = _ONWARD[goal]
    return Mix(
        f"mix_{mood}_{goal}",
        name,
        line.format(feeling=_FEELING.get(mood, mood)),
        f"{ROUTE}?mood={mood}&goal={goal}",
    )
