"""Where sentences, clauses and words begin and end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museaika.perception.parts import MOST_PARTS, Span, clauses_of, sentences_of, words_of

LINES = st.text(st.sampled_from("ab I.!?…\n😀,but 日。'\u200d"), max_size=80)


def cut(text: str, spans: list[Span]) -> list[str]:
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? four…", ["One.", "Two!", "Three?", "four…"]),
        ("What?! No way.", ["What?!", "No way."]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("Dr. Miller gave me 3.5 mg, e.g. at night. I slept.",
         ["Dr. Miller gave me 3.5 mg, e.g. at night.", "I slept."]),
        ("So am I. And you?", ["So am I.", "And you?"]),
        ("He left. 😭💔 I cry.", ["He left. 😭💔", "I cry."]),
        ("😡 ... Not again.", ["😡 ... Not again."]),
        ("first line\nsecond line", ["first line", "second line"]),
        ("今日は楽しい。明日も。", ["今日は楽しい。", "明日も。"]),
        ("  alone  ", ["alone"]),
        ("wait... what", ["wait...", "what"]),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_would_pause(text: str, sentences: list[str]) -> None:
    assert cut(text, sentences_of(text)) == sentences


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("I got the job, but I miss my dad", ["I got the job,", "I miss my dad"]),
        ("Although it hurt, I smiled all day", ["it hurt", ", I smiled all day"]),
        ("Nothing but rain", []),
        ("I love it", []),
        ("BUT why", []),
    ],
)
def test_a_contrast_has_two_sides(text: str, clauses: list[str]) -> None:
    assert cut(text, clauses_of(text)) == clauses


def test_places_are_counted_in_characters_whatever_their_size() -> None:
    text = "😀 yes. 👩‍👩‍👧 no, don’t."
    assert cut(text, sentences_of(text)) == ["😀 yes. 👩‍👩‍👧", "no, don’t."]
    assert cut(text, words_of(text))[-2:] == ["no", "don’t"]


@given(LINES)
def test_nothing_that_says_something_is_left_out(text: str) -> None:
    spans = sentences_of(text)
    assert 1 <= len(spans) <= MOST_PARTS
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert "".join("".join(cut(text, spans)).split()) == "".join(text.split())


def test_a_text_of_a_thousand_sentences_is_read_in_runs_of_them() -> None:
    text = "Yes. No. " * 500
    spans = sentences_of(text)
    assert len(spans) <= MOST_PARTS
    assert (spans[0][0], spans[-1][1]) == (0, len(text) - 1)
    assert len(words_of(text)) <= MOST_PARTS
