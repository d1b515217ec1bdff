from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museaika.perception.wording import emoji_words, in_words


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("great 😂", "great laughing,"),
        ("😡😡😡 why", "furious, why"),
        ("we won :D", "we won big smile,"),
        ("i <3 this", "i love, this"),
        ("im soooo tired rn", "I'm soo tired right now"),
        ("the ratio 3:10 stays", "the ratio 3:10 stays"),
        ("❤\ufe0f and 👍🏽", "love, and good,"),
        ("🇩🇪", "flag,"),
        ("🦔", "hedgehog,"),
        ("😮\u200d💨", "sigh of relief,"),
        ("🧘\u200d♀\ufe0f", "meditating,"),
        ("lmaooo teh end", "laughing the end"),
        ("nothing to change here", "nothing to change here"),
    ],
)
def test_signs_become_words(text: str, spoken: str) -> None:
    assert in_words(text) == spoken


def test_a_letter_is_no_emoji() -> None:
    assert emoji_words("a") is None
    assert emoji_words("日") is None


@given(st.text(max_size=300))
def test_any_text_can_be_worded_and_holds_no_surrogate(text: str) -> None:
    in_words(text).encode("utf-8")
