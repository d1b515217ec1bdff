"""WordPiece: a sentence becomes words, a word the longest pieces that the vocabulary knows.

The uncased BERT way (Devlin et al. 2019): control characters go, accents are stripped, punctuation and
ideographs stand alone; then each word is eaten from the left by its longest known piece, where pieces
inside a word are written `##piece`. A word that cannot be eaten whole is `[UNK]`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

LONGEST_WORD = 100
"""Characters; a longer run without a space is nobody's word."""

_IDEOGRAPHS = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


@lru_cache(maxsize=4096)
def _spaced(char: str) -> str:
    """What stands in the text for one character: itself, nothing, a space, or itself between spaces."""
    code, category = ord(char), unicodedata.category(char)
    if char in "\t\n\r" or category == "Zs":
        return " "
    if code in (0, 0xFFFD) or category.startswith("C"):
        return ""
    ascii_symbol = 33 <= code < 127 and not char.isalnum()
    if ascii_symbol or category.startswith("P") or any(low <= code <= high for low, high in _IDEOGRAPHS):
        return f" {char} "
    return char


def words_of(text: str) -> list[str]:
    """Lower-case words and single punctuation marks, in order; accents and control characters are gone."""
    cleaned = "".join(map(_spaced, text))
    plain = unicodedata.normalize("NFD", cleaned.lower())
    kept = (char for char in plain if unicodedata.category(char) != "Mn")
    return "".join(map(_spaced, "".join(kept))).split()


class WordPiece:
    """Turns text into ids of a BERT vocabulary: one piece per line, its id the line's number."""

    def __init__(self, vocabulary: Path) -> None:
        lines = vocabulary.read_text("utf-8").splitlines()
        self._ids = {piece: number for number, piece in enumerate(lines)}
        self.unknown, self.first, self.last = (self._ids[mark] for mark in ("[UNK]", "[CLS]", "[SEP]"))

    def pieces(self, text: str) -> list[int]:
        """Ids of the whole text, without the marks for its beginning and end."""
        return [piece for word in words_of(text) for piece in self._eat(word)]

    def framed(self, pieces: Sequence[int]) -> list[int]:
        """The ids with `[CLS]` before and `[SEP]` after them, as the encoder reads them."""
        return [self.first, *pieces, self.last]

    def _eat(self, word: str) -> list[int]:
        if len(word) > LONGEST_WORD:
            return [self.unknown]
        found: list[int] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            for end in range(len(word), start, -1):
                piece = self._ids.get(mark + word[start:end])
                if piece is not None:
                    break
            else:
                return [self.unknown]
            found.append(piece)
            start = end
        return found
