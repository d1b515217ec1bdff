"""What stores of verdicts promise."""

from datetime import timedelta

import pytest

from museaika.errors import Invalid
from museaika.recommendations.taste import Verdict

from .conftest import T0


def said(track_id, verdict="like", seconds=0, mood=None):
    return Verdict(track_id, verdict, mood, T0 + timedelta(seconds=seconds))


@pytest.fixture
def verdicts(new_store):
    return new_store("verdicts")


def test_a_verdict_comes_back_as_it_went_in(verdicts):
    verdicts.put("ada", said("ma_1", "skip", mood="sad"))
    verdicts.put("ada", said("ma_2", "like", 1))
    assert list(verdicts.of("ada")) == [said("ma_1", "skip", mood="sad"), said("ma_2", "like", 1)]


def test_the_last_verdict_on_a_track_stands_and_is_the_newest(verdicts):
    verdicts.put("ada", said("ma_1", "like", 0))
    verdicts.put("ada", said("ma_2", "like", 1))
    verdicts.put("ada", said("ma_1", "dislike", 2))
    assert list(verdicts.of("ada")) == [said("ma_2", "like", 1), said("ma_1", "dislike", 2)]


def test_a_verdict_without_its_time_is_not_kept(verdicts):
    with pytest.raises(ValueError, match="time"):
        verdicts.put("ada", Verdict("ma_1", "like"))
    assert list(verdicts.of("ada")) == []


def test_a_verdict_can_be_taken_back_once(verdicts):
    verdicts.put("ada", said("ma_1"))
    assert verdicts.remove("ada", "ma_1") is True
    assert verdicts.remove("ada", "ma_1") is False
    assert list(verdicts.of("ada")) == []


def test_nobody_reads_or_forgets_what_another_said(verdicts):
    verdicts.put("ada", said("ma_1"))
    verdicts.put("bo", said("ma_1", "dislike"))
    assert verdicts.remove("eve", "ma_1") is False
    assert verdicts.delete_all("bo") == 1
    assert list(verdicts.of("bo")) == []
    assert list(verdicts.of("ada")) == [said("ma_1")]
    assert verdicts.delete_all("bo") == 0


def test_pages_run_from_the_newest_and_miss_nothing(verdicts):
    for n in range(7):
        verdicts.put("ada", said(f"ma_{n}", "like", n // 2))
    seen, cursor = [], None
    while True:
        page = verdicts.page("ada", cursor=cursor, limit=3)
        seen += page.items
        if (cursor := page.next_cursor) is None:
            break
    assert seen == list(verdicts.of("ada"))[::-1]


def test_a_damaged_cursor_is_refused_in_words(verdicts):
    with pytest.raises(Invalid, match="damaged"):
        verdicts.page("ada", cursor="W10")


def test_sixteen_verdicts_on_one_track_at_once_leave_one(verdicts, at_once):
    at_once(16, lambda n: verdicts.put("ada", said("ma_1", "like" if n % 2 else "skip", n)))
    assert len(verdicts.of("ada")) == 1
