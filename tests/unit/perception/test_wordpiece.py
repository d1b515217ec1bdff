"""Ids were taken from the reference tokenizer of all-MiniLM-L6-v2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museaika.perception.text import WEIGHTS
from museaika.perception.wordpiece import WordPiece, words_of

PIECES = WordPiece(WEIGHTS / "text.vocab.txt")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("I'm over the moon!", [1045, 1005, 1049, 2058, 1996, 4231, 999]),
        ("Crème brûlée naïvely", [13675, 21382, 7987, 9307, 2063, 15743, 2135]),
        ("unaffordable establishmentarianism"[:12], [14477, 4246, 8551, 3085]),
        ("antidisestablishmentarianism", [3424, 10521, 4355, 7875, 13602, 3672, 12199, 2964]),
        ("don't-stop … believin'", [2123, 1005, 1056, 1011, 2644, 1529, 19337, 2666, 6371, 1005]),
        ("日本語 text", [1864, 1876, 1950, 3793]),
        ("שלום עולם", [1266, 29799, 29792, 29800, 1259, 29792, 29799, 29800]),
        ("مرحبا", [1295, 17149, 29820, 29816, 25573]),
        ("a\u200bb\x00c\td", [5925, 1040]),
        ("\U0001f600 ok", [100, 7929]),
        ("x" * 101, [100]),
        ("$9.99 + tax = £12", [1002, 1023, 1012, 5585, 1009, 4171, 1027, 14534, 2475]),
        ("ÅNGSTRÖM İstanbul", [17076, 15687, 9960]),
        ("", []),
        ("ǆ ﬁne ½", [100, 1984, 2638, 1092]),
    ],
)
def test_pieces_are_those_of_the_reference_tokenizer(text: str, ids: list[int]) -> None:
    assert PIECES.pieces(text) == ids


def test_a_frame_is_put_around_the_pieces() -> None:
    assert PIECES.framed(PIECES.pieces("hello world")) == [101, 7592, 2088, 102]


@given(st.text(max_size=200))
def test_words_hold_no_space_and_any_text_has_pieces(text: str) -> None:
    assert all(word and not any(char.isspace() for char in word) for word in words_of(text))
    assert all(0 <= piece < 30522 for piece in PIECES.pieces(text))
