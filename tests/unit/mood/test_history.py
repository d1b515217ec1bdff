"""The diary keeps what a person's privacy level lets it keep, and is theirs alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from museaika.errors import NotFound, VersionConflict
from museaika.events import MoodRead
from museaika.mood.history import Diary
from museaika.mood.reading import reading_from_moods, reading_of
from museaika.mood.vocabulary import MOODS
from museaika.storage.memory.moods import MemoryMoodEntries

T0 = datetime(2026, 1, 5, 12, tzinfo=UTC)
READING = reading_from_moods({"calm": 3, "happy": 1}, {"happy": 1.0})


class Heard(list):
    def publish(self, event):
        self.append(event)


class Ticking:
    """Each look at the clock is a minute later."""

    def __init__(self):
        self.at = T0

    def __call__(self):
        self.at += timedelta(minutes=1)
        return self.at


@pytest.fixture
def entries():
    return MemoryMoodEntries()


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def diary(entries, heard):
    return Diary(entries, heard, Ticking())


def record(diary, privacy="standard", user="ada", reading=READING):
    return diary.record(user, privacy, reading, source="text", text="my secret", session_id="s1")


def test_at_level_full_the_text_is_kept(diary):
    entry = record(diary, "full")
    assert entry.text == "my secret"
    assert diary.get("ada", entry.mood_id) == entry


def test_at_level_standard_the_mood_is_kept_without_the_text(diary):
    entry = record(diary, "standard")
    assert entry.text is None
    assert (entry.primary_mood, entry.moods["calm"], entry.emotions) == ("calm", 0.75, {"happy": 1.0})
    assert (entry.valence, entry.arousal) == (READING.valence, READING.arousal)
    assert (entry.source, entry.session_id, entry.timestamp) == ("text", "s1", T0 + timedelta(minutes=1))


@pytest.mark.parametrize("privacy", ["strict", "", "a level nobody knows"])
def test_at_level_strict_or_an_unknown_one_nothing_is_kept_but_open_pages_are_told(diary, heard, privacy):
    assert record(diary, privacy) is None
    assert diary.latest("ada") is None
    assert diary.page("ada").items == []
    assert [event.mood for event in heard] == ["calm"]


def test_what_is_published_is_the_mood_and_never_the_text(diary, heard):
    entry = record(diary, "full")
    (event,) = heard
    assert event == MoodRead("ada", "calm", entry.moods, entry.valence, entry.arousal, entry.timestamp)
    assert "secret" not in repr(event)


def test_nothing_is_published_that_could_not_be_stored(diary, entries, heard, monkeypatch):
    monkeypatch.setattr(entries, "add", lambda entry: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        record(diary)
    assert heard == []


def test_a_correction_remembers_what_was_read_first_however_often_it_is_made(diary):
    entry = record(diary)
    diary.correct("ada", entry.mood_id, reading_of(MOODS["sad"]))
    twice = diary.correct("ada", entry.mood_id, reading_of(MOODS["tired"]))
    assert (twice.primary_mood, twice.corrected_from, twice.confidence) == ("tired", "calm", 1.0)
    assert (twice.valence, twice.timestamp, twice.version) == (MOODS["tired"].valence, entry.timestamp, 3)
    assert diary.get("ada", entry.mood_id) == twice


def test_a_correction_that_loses_a_race_is_made_on_the_newer_entry(diary, entries, monkeypatch):
    entry = record(diary)
    write = entries.replace

    def after_another(changed, *, expected_version):
        monkeypatch.setattr(entries, "replace", write)
        write(replace(entry, session_id="changed meanwhile"), expected_version=1)
        return write(changed, expected_version=expected_version)

    monkeypatch.setattr(entries, "replace", after_another)
    corrected = diary.correct("ada", entry.mood_id, reading_of(MOODS["sad"]))
    assert (corrected.session_id, corrected.primary_mood, corrected.version) == ("changed meanwhile", "sad", 3)


def test_a_correction_that_never_gets_its_turn_says_so(diary, entries, monkeypatch):
    entry = record(diary)
    monkeypatch.setattr(entries, "replace", lambda entry, *, expected_version: None)
    with pytest.raises(VersionConflict):
        diary.correct("ada", entry.mood_id, READING)


def test_what_is_somebody_elses_is_not_found(diary):
    entry = record(diary)
    for ask in (diary.get, diary.forget, lambda user, mood_id: diary.correct(user, mood_id, READING)):
        with pytest.raises(NotFound):
            ask("bo", entry.mood_id)
    assert diary.get("ada", entry.mood_id) == entry


def test_looking_back_begins_with_the_newest_and_trends_with_the_oldest(diary):
    first, second = record(diary), record(diary, reading=reading_of(MOODS["sad"]))
    assert [entry.mood_id for entry in diary.page("ada").items] == [second.mood_id, first.mood_id]
    assert diary.latest("ada") == second
    (hour,) = diary.trends("ada", unit="hour")
    assert (hour.start, hour.count, hour.moods) == (T0, 2, {"calm": 0.5, "sad": 0.5})


def test_a_person_may_forget_one_entry_or_all(diary):
    entries = [record(diary) for _ in range(3)]
    diary.forget("ada", entries[0].mood_id)
    with pytest.raises(NotFound):
        diary.forget("ada", entries[0].mood_id)
    assert diary.forget_all("ada") == 2
    assert diary.page("ada").items == []
