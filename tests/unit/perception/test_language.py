"""Which language somebody writes in."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from museaika.perception.language import language_of

DATA = Path(__file__).parents[2] / "data"


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def right(rows: list[dict[str, str]]) -> float:
    return sum(language_of(row["text"]) == row["language"] for row in rows) / len(rows)


def test_ten_languages_are_told_apart() -> None:
    rows = rows_of("languages.tsv")
    assert len(rows) == 300
    assert set(Counter(row["language"] for row in rows).values()) == {30}
    assert right(rows) >= 0.97
    # These hundred were written when the lists of words were done, so nothing was fitted to them.
    assert right([row for row in rows if row["written"] == "after"]) >= 0.95


@pytest.mark.parametrize("name", ["everyday.tsv", "everyday2.tsv"])
def test_slang_typing_errors_and_emoji_are_no_foreign_language(name: str) -> None:
    strange = [row["text"] for row in rows_of(name) if language_of(row["text"]) not in ("en", None)]
    assert strange == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("今日はとても楽しかった", "ja"), ("東京は雨です", "ja"), ("今天我很开心", "zh"),
        ("오늘 정말 행복해요", "ko"),
        ("أنا سعيد جدا اليوم", "ar"), ("من امروز خیلی خوشحالم", "fa"), ("שלום, אני שמח היום", "he"),
        ("आज मैं बहुत खुश हूँ", "hi"), ("Σήμερα είμαι πολύ χαρούμενος", "el"), ("วันนี้ฉันมีความสุขมาก", "th"),
        ("Сьогодні я дуже щаслива", "uk"), ("Днес съм много щастлива", "bg"), ("Bugün çok mutluyum", "tr"),
        ("Olen tänään todella iloinen", "fi"), ("Dnes jsem opravdu šťastná", "cs"),
        ("Ma nagyon boldog vagyok", "hu"),
        ("Azi sunt foarte fericită", "ro"), ("Hari ini aku senang sekali", "id"),
        ("Jeg er veldig glad i dag, takk", "no"),
        ("Jeg er meget glad i dag, og det er dejligt", "da"), ("Сегодня я счастлива", "ru"),
    ],
)  # fmt: skip
def test_more_languages_and_scripts_are_named(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "😀😡", "12:30 …", "\u200d\ufe0f", "\ud83d"])
def test_without_a_letter_there_is_no_language(text: str) -> None:
    assert language_of(text) is None


def test_a_script_that_has_no_row_is_not_named() -> None:
    assert language_of("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ") == "und"


def test_one_borrowed_word_does_not_change_the_language() -> None:
    assert language_of("We had croissants with the über-fancy señor from Łódź") == "en"
    assert language_of("Das Meeting war okay, aber der Workshop war nice") == "de"


def test_fancy_letters_are_read_as_plain_ones() -> None:
    assert language_of("𝓘 𝓪𝓶 𝓼𝓸 𝓱𝓪𝓹𝓹𝔂 𝓽𝓸𝓭𝓪𝔂") == "en"


def test_an_endless_text_is_looked_at_from_the_front() -> None:
    assert language_of("Ich bin so müde und will nur noch schlafen. " * 5000) == "de"
