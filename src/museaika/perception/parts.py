"""Where a text's sentences, clauses and words stand: spans of (start, end), counted in characters."""

from __future__ import annotations

import math
import re
from itertools import pairwise

from museaika.perception.wording import emoji_words

Span = tuple[int, int]

MOST_PARTS = 64
"""A text is taken apart into at most so many sentences, or words; runs of them where there are more."""

_END = re.compile(r"(?:[.!?…]+[\"'”’)\]]*\s+|[。！？]+\s*|\s*\n\s*)(?:[^\w\s]+\s+)*")
_ABBREVIATED = re.compile(
    r"(?:^|\s|\()(?:[a-hj-z]|[ap]\.m|dr|e\.g|etc|i\.e|jr|mr|mrs|ms|prof|sr|st|vs)\.$", re.I
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_CONTRAST = re.compile(r"\b(?:but|yet|though|although|however)\b", re.I)
_LEAST_CLAUSE = 2


def sentences_of(text: str) -> list[Span]:
    """The sentences, without the space around them. What stands between them (an emoji, a row of dots)
    belongs to the sentence before it, or to the first."""
    ends = [0, *(end.end() for end in _END.finditer(text) if not _abbreviated(text, end)), len(text)]
    spans: list[Span] = []
    for start, end in pairwise(ends):
        own = _WORD.search(text, start, end)
        if spans and not (own and _WORD.search(text, *spans[-1])):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [_trimmed(text, span) for span in _in_runs(spans)]


def clauses_of(text: str) -> list[Span]:
    """The two sides of a contrast ("… but …", "Though …, …"), or nothing where there is none."""
    for found in _CONTRAST.finditer(text):
        begins = not _WORD.search(text, 0, found.start())
        middle = text.find(",", found.end()) if begins else found.start()
        sides = (found.end() if begins else 0, middle), (middle if begins else found.end(), len(text))
        if middle >= 0 and all(len(_WORD.findall(text, *side)) >= _LEAST_CLAUSE for side in sides):
            return [_trimmed(text, side) for side in sides]
    return []


def words_of(text: str) -> list[Span]:
    """The words and emoji; runs of them where there are more than MOST_PARTS."""
    words = [found.span() for found in _WORD.finditer(text)]
    emoji = [(place, place + 1) for place, char in enumerate(text) if emoji_words(char) and not char.isalnum()]
    return _in_runs(sorted({*words, *emoji}))


def _abbreviated(text: str, end: re.Match[str]) -> bool:
    return text[end.start()] == "." and bool(
        _ABBREVIATED.search(text, max(0, end.start() - 8), end.start() + 1)
    )


def _in_runs(spans: list[Span]) -> list[Span]:
    run = max(1, math.ceil(len(spans) / MOST_PARTS))
    return [(spans[n][0], spans[min(n + run, len(spans)) - 1][1]) for n in range(0, len(spans), run)]


def _trimmed(text: str, span: Span) -> Span:
    part = text[slice(*span)]
    start = span[0] + len(part) - len(part.lstrip())
    return start, max(start, span[0] + len(part.rstrip()))
