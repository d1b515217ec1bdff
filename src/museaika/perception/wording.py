"""Emoji, emoticons and chat shorthand become plain words, because the encoder learned from prose.

Most emoji are called by their Unicode name; `wording.tsv` holds what the name does not tell (the skull
that laughs, the fire that cheers) and what no vocabulary spells (`smh`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path


def _tables() -> dict[str, dict[str, str]]:
    """`wording.tsv` by kind: emoji, emoticon and chat, each sign with the words it stands for."""
    lines = Path(__file__).with_name("wording.tsv").read_text("utf-8").splitlines()
    tables: dict[str, dict[str, str]] = {"emoji": {}, "emoticon": {}, "chat": {}}
    for line in lines[1:]:
        kind, sign, words = line.split("\t")
        tables[kind][sign.casefold()] = words
    return tables


_EMOJI, _EMOTICONS, _CHAT = _tables().values()

_FILLER = re.compile(r"\b(?:with|face|sign|symbol|emoji|modifier|fitzpatrick|type|heavy|black|white)\b|-")
_EMOTICON = re.compile(
    r"(?<!\w)(?:" + "|".join(re.escape(e) for e in sorted(_EMOTICONS, key=len, reverse=True)) + r")(?!\w)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_DOUBLED = re.compile(r"(\w)\1$")
_DRAWN_OUT = re.compile(r"(\w)\1{2,}")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\ud800-\udfff\u2640\u2642]")
"""What joins and colours emoji, and the signs for man and woman behind them."""

_JOINED = {
    _INVISIBLE.sub("", sign): words for sign, words in _EMOJI.items() if len(_INVISIBLE.sub("", sign)) > 1
}
_JOINT = re.compile("|".join(sorted(_JOINED, key=len, reverse=True)))
"""Emoji built of several, such as a face and a puff of wind."""


@lru_cache(maxsize=2048)
def emoji_words(char: str) -> str | None:
    """What one emoji says in words, or None where the character is no emoji or has no name."""
    if char in _EMOJI:
        return _EMOJI[char]
    if "\U0001f1e6" <= char <= "\U0001f1ff":  # two of these letters make a country's flag
        return "flag"
    if unicodedata.category(char) != "So" or ord(char) < 0x2190:
        return None
    name = " ".join(_FILLER.sub(" ", unicodedata.name(char, "").lower()).split())
    return name or None


def in_words(text: str) -> str:
    """The text as the encoder should hear it: emoji and shorthand spelled out, drawn-out letters shortened.

    An emoji repeated in a row is said once, and any text without words or emoji stays without them.
    """
    text = _JOINT.sub(lambda found: f" {_JOINED[found[0]]}, ", _INVISIBLE.sub("", text))
    text = _EMOTICON.sub(lambda found: f" {_EMOTICONS[found[0].casefold()]}, ", text)
    spoken: list[str] = []
    last = None
    for char in text:
        words = emoji_words(char)
        if words is None:
            spoken.append(char)
            last = None if not char.isspace() else last
        elif words != last:
            spoken.append(f" {words}, ")
            last = words
    plain = _DRAWN_OUT.sub(r"\1\1", "".join(spoken))
    return " ".join(_WORD.sub(lambda found: _in_full(found[0]), plain).split())


def _in_full(word: str) -> str:
    """Chat shorthand in full, also where its last letter was held: `lmaoo`."""
    short = word.lower()
    return _CHAT.get(short) or _CHAT.get(_DOUBLED.sub(r"\1", short)) or word
