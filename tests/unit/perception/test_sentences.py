"""One form for all writings of a sentence, and long ones in passages."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museaika.perception.sentences import canonical, in_passages


@pytest.mark.parametrize(
    "text",
    ["So tired", "SO TIRED.", "so tired...", "So tired …", "so tired . ", "𝓢𝓸 𝓽𝓲𝓻𝓮𝓭", "Ｓｏ tired．"],
)
def test_case_full_stops_and_fancy_letters_make_no_difference(text: str) -> None:
    assert canonical(text) == "so tired"


def test_what_carries_meaning_stays() -> None:
    assert canonical("Really?!") == "really?!"
    assert canonical("No. 1, e.g. this!") == "no. 1, e.g. this!"
    assert canonical("😡 😡") == "😡 😡"


def test_no_letter_of_any_script_depends_on_its_case() -> None:
    letters = [char for char in map(chr, range(sys.maxunicode + 1)) if char.swapcase() != char]
    assert len(letters) > 2500
    assert [char for char in letters if canonical(char.swapcase()) != canonical(char)] == []


@given(st.text(max_size=40))
def test_a_form_is_its_own_form(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@given(st.text(st.sampled_from("ab \n😀"), max_size=200), st.integers(1, 20))
def test_passages_follow_each_other_and_leave_nothing_out(text: str, most: int) -> None:
    passages = in_passages(text, lambda part: sum(map(str.isalpha, part)), most)
    assert [passage.start for passage in passages] == [0, *(passage.end for passage in passages[:-1])]
    assert passages[-1].end == len(text)
    assert sum(passage.size for passage in passages) == sum(map(str.isalpha, text))
    assert all(passage.size <= max(most, 16) for passage in passages)
