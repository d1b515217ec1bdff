"""What is written as JSON is read back the same."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from museaika.clock import to_milliseconds
from museaika.generation.job import Job
from museaika.mood.ports import MoodEntry
from museaika.storage.documents import from_document, to_document

moments = st.datetimes(datetime(1990, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)).map(to_milliseconds)
numbers = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | numbers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(at=moments, later=moments, parameters=st.dictionaries(words, plain, max_size=4), progress=numbers)
def test_a_job_is_read_back_to_the_last_bit(at, later, parameters, progress):
    job = Job("gen_1", "ada", parameters, at, later, progress=progress, lease_until=later, result=parameters)
    assert from_document(Job, to_document(job)) == job


@settings(deadline=None)
@given(at=moments, text=words, share=numbers)
def test_a_mood_is_read_back_to_the_last_bit(at, text, share):
    entry = MoodEntry("m", "ada", "calm", share, share, share, "text", at, moods={"calm": share}, text=text)
    assert from_document(MoodEntry, to_document(entry)) == entry


@settings(deadline=None)
@given(st.lists(moments, min_size=2, max_size=5))
def test_the_order_of_written_times_is_the_order_of_times(times):
    assert sorted(times) == sorted(times, key=to_document)


def test_a_document_of_an_earlier_version_takes_defaults_and_one_of_a_later_is_read_without_its_news():
    @dataclass(frozen=True)
    class Before:
        name: str

    @dataclass(frozen=True)
    class After:
        name: str
        note: str | None = None

    assert from_document(After, to_document(Before("x"))) == After("x")
    assert from_document(Before, to_document(After("x", "new"))) == Before("x")


def test_read_only_mappings_can_be_written_and_what_is_no_json_can_not():
    assert to_document({"a": MappingProxyType({"b": (1, 2)})}) == '{"a":{"b":[1,2]}}'
    with pytest.raises(TypeError, match="set"):
        to_document({"a": {1}})
    with pytest.raises(ValueError, match="JSON compliant"):
        to_document({"a": float("nan")})


def test_times_of_other_zones_are_written_in_utc():
    noon = datetime(2026, 1, 5, 12, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=2)))
    assert to_document(noon) == '"2026-01-05T10:00:00.123Z"'
