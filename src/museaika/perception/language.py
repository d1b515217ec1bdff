"""Which language a text is in: by its script, its words, its letters and how its words are built.

`languages.tsv` was written for this project: each language's commonest words, and the letters that few
others have. What many languages share counts little; a word in none of the lists counts for those whose
words are built alike, three letters at a time. It tells languages apart well from three words on.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SCRIPTS = {
    "GREEK": "el", "HEBREW": "he", "DEVANAGARI": "hi", "THAI": "th", "HANGUL": "ko", "HIRAGANA": "ja",
    "KATAKANA": "ja", "CJK": "zh", "GEORGIAN": "ka", "ARMENIAN": "hy", "BENGALI": "bn", "TAMIL": "ta",
}  # fmt: skip
"""Scripts that one language is meant by, here at least."""

FIRST = {"LATIN": "en", "CYRILLIC": "ru", "ARABIC": "ar"}
"""Who is meant where a script's languages can't be told apart."""

UNKNOWN = "und"
"""ISO 639's code for a language that can't be named."""

LETTER, BUILD = 0.35, 0.5
"""What a letter, or the build of a word in no list, tells beside a known word's 1."""

LEAST = 0.3
"""A language has to be ahead of its script's first by this much: typing errors are nobody's words."""

MOST_CHARACTERS, MOST_WORDS = 4000, 200
"""A text is looked at from the front: more does not change the answer."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class _Languages:
    """The table, turned to what one looks up: who has a letter or a word, and how often three letters
    stand together in each language's words (log probabilities, in the order of `codes`)."""

    codes: tuple[str, ...]
    scripts: tuple[str, ...]
    letters: Mapping[str, list[str]]
    words: Mapping[str, list[str]]
    builds: Mapping[str, Floats]
    never: Floats


def language_of(text: str) -> str | None:
    """ISO 639 code of the text's language; `und` for one that has no row here, None without any letter."""
    plain = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS])
    scripts = Counter(_script(char) for char in plain if char.isalpha())
    if not scripts:
        return None
    if scripts["HIRAGANA"] + scripts["KATAKANA"] >= 0.1 * scripts.total():
        return "ja"  # Japanese is written with Chinese characters too, never the other way round
    script = scripts.most_common(1)[0][0]
    return _by_words(plain, script) if script in FIRST else SCRIPTS.get(script, UNKNOWN)


def _by_words(text: str, script: str) -> str:
    table, first = _languages(), FIRST[script]
    points = {c: 0.0 for c, own in zip(table.codes, table.scripts, strict=True) if own == script}
    for word in islice(_words(text), MOST_WORDS):
        told = _evidence(word)
        for code in points:
            points[code] += told.get(code, 0.0)
    best = max(points, key=lambda code: points[code])
    return best if points[best] > points[first] + LEAST else first


def _words(text: str) -> Iterator[str]:
    """Words in lower case; one with an apostrophe also in its parts."""
    for found in _WORD.finditer(text.casefold().replace("’", "'")):
        yield found[0]
        if "'" in found[0]:
            yield from found[0].split("'")


@lru_cache(maxsize=4096)
def _evidence(word: str) -> Mapping[str, float]:
    """What one word tells for each language."""
    table = _languages()
    points: Counter[str] = Counter()
    for char in set(word):
        owners = table.letters.get(char, [])
        points.update({code: LETTER / len(owners) for code in owners})
    owners = table.words.get(word, [])
    points.update({code: 1 / len(owners) for code in owners} if owners else _build(word))
    return points


def _build(word: str) -> dict[str, float]:
    """`BUILD`, shared among the languages by how well the word's letters follow each other in theirs."""
    table = _languages()
    likely = np.sum([table.builds.get(three, table.never) for three in _threes(word)], axis=0)
    shares = np.exp(0.7 * (likely - likely.max()))
    return dict(zip(table.codes, (BUILD * shares / shares.sum()).tolist(), strict=True))


def _threes(word: str) -> list[str]:
    framed = f"^{word}$"
    return [framed[n : n + 3] for n in range(len(framed) - 2)]


@cache
def _languages() -> _Languages:
    lines = Path(__file__).with_name("languages.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines[1:]]
    codes = tuple(code for code, _, _, _ in rows)
    vocabularies = [words.split() for _, _, _, words in rows]
    counts = [Counter(chain.from_iterable(map(_threes, words))) for words in vocabularies]
    kinds = set().union(*counts)
    never = np.log([0.3 / (found.total() + 0.3 * len(kinds)) for found in counts])
    return _Languages(
        codes,
        tuple(_script(max(words, key=len)[0]) for words in vocabularies),
        _owners(codes, [letters for _, _, letters, _ in rows]),
        _owners(codes, vocabularies),
        {k: never + np.log([1 + found[k] / 0.3 for found in counts]) for k in kinds},
        never,
    )


def _owners(codes: tuple[str, ...], has: Sequence[Iterable[str]]) -> dict[str, list[str]]:
    """Each letter or word, and the languages that have it."""
    owners: dict[str, list[str]] = {}
    for code, things in zip(codes, has, strict=True):
        for thing in set(things):
            owners.setdefault(thing, []).append(code)
    return owners


@lru_cache(maxsize=2048)
def _script(char: str) -> str:
    return unicodedata.name(char, "UNNAMED").split()[0]
