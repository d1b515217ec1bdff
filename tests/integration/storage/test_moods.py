"""What stores of diaries promise."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from museaika.errors import Invalid
from museaika.mood.ports import MoodBucket, MoodEntry
from museaika.storage.cursors import write_cursor

T0 = datetime(2026, 1, 5, 12, 0, 0, 250_000, tzinfo=UTC)  # a Monday


def entry(mood_id: str, at: datetime = T0, user_id: str = "ada", **changes) -> MoodEntry:
    return replace(
        MoodEntry(
            mood_id, user_id, "calm", 0.7, 0.5, -0.4, "text", at,
            moods={"calm": 0.7, "happy": 0.3}, emotions={"happy": 1 / 3}, text="süß 🙂", session_id="s",
        ),
        **changes,
    )  # fmt: skip


def read_all(moods, user_id: str, limit: int, **filters) -> list[str]:
    """Follow the cursors to the end."""
    seen, cursor = [], None
    while True:
        page = moods.page(user_id, cursor=cursor, limit=limit, **filters)
        assert len(page.items) <= limit
        seen += [item.mood_id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return seen


@pytest.fixture
def moods(new_store):
    return new_store("moods")


def test_an_entry_comes_back_as_it_went_in(moods):
    moods.add(entry("m1"))
    assert moods.get("ada", "m1") == entry("m1")


def test_nobody_reads_changes_or_deletes_another_persons_entry(moods):
    moods.add(entry("m1"))
    assert moods.get("bo", "m1") is None
    assert moods.latest("bo") is None
    assert moods.replace(entry("m1", user_id="bo"), expected_version=1) is None
    assert moods.delete("bo", "m1") is False
    assert moods.delete_all("bo") == 0
    assert read_all(moods, "bo", 20) == []
    assert moods.get("ada", "m1") == entry("m1")


def test_the_latest_is_the_newest_by_time_not_by_arrival(moods):
    assert moods.latest("ada") is None
    moods.add(entry("new", T0 + timedelta(hours=1)))
    moods.add(entry("old", T0))
    assert moods.latest("ada").mood_id == "new"


def test_of_sixteen_corrections_at_once_one_wins(moods, at_once):
    moods.add(entry("m1"))
    outcomes = at_once(16, lambda n: moods.replace(entry("m1", confidence=n / 16), expected_version=1))
    (winner,) = [outcome for outcome in outcomes if outcome]
    assert winner.version == 2
    assert moods.get("ada", "m1") == winner


def test_pages_run_from_the_newest_and_respect_time_and_source(moods):
    for n in range(5):
        moods.add(entry(f"m{n}", T0 + timedelta(hours=n), source="camera" if n % 2 else "text"))
    assert read_all(moods, "ada", 2) == ["m4", "m3", "m2", "m1", "m0"]
    assert read_all(moods, "ada", 1, source="camera") == ["m3", "m1"]
    within = {"start": T0 + timedelta(hours=1), "end": T0 + timedelta(hours=3)}
    assert read_all(moods, "ada", 20, **within) == ["m2", "m1"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    offsets=st.lists(st.integers(0, 3), max_size=12),
    newcomers=st.lists(st.integers(-2, 6), max_size=4),
    limit=st.integers(1, 13),
)
def test_every_entry_is_read_once_at_any_page_size_whatever_arrives_meanwhile(
    new_store, offsets, newcomers, limit
):
    moods = new_store("moods")
    for number, offset in enumerate(offsets):
        moods.add(entry(f"m{number}", T0 + timedelta(milliseconds=offset)))
    seen, cursor = [], None
    arriving = enumerate(newcomers)
    while True:
        page = moods.page("ada", cursor=cursor, limit=limit)
        seen += [item.mood_id for item in page.items]
        if (late := next(arriving, None)) is not None:
            moods.add(entry(f"late{late[0]}", T0 + timedelta(milliseconds=late[1])))
        if (cursor := page.next_cursor) is None:
            break
    assert len(seen) == len(set(seen))
    assert {mood_id for mood_id in seen if mood_id.startswith("m")} == {f"m{n}" for n in range(len(offsets))}


def test_paging_stays_whole_while_another_thread_writes(moods):
    for n in range(60):
        moods.add(entry(f"m{n:03d}", T0 + timedelta(seconds=n)))
    done = threading.Event()

    def write() -> None:
        for n in range(500):  # enough to be in the way, not so many that reading never ends
            if done.is_set():
                return
            moods.add(entry(f"late{n}", T0 + timedelta(seconds=n % 70)))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = read_all(moods, "ada", 7)
    finally:
        done.set()
        writer.join()
    assert len(seen) == len(set(seen))
    assert {mood_id for mood_id in seen if mood_id.startswith("m")} == {f"m{n:03d}" for n in range(60)}


@pytest.mark.parametrize(
    "cursor", ["", "?", "AAAA", "bnVsbA", "W10", "WyJ4IiwieSJd", "ünicode", "WzEsMl0", "e30"]
)
def test_a_damaged_cursor_is_refused_in_words(moods, cursor):
    with pytest.raises(Invalid, match="damaged") as refused:
        moods.page("ada", cursor=cursor)
    assert refused.value.code == "invalid_cursor"


@given(text=st.text(max_size=80))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_cursor_that_anybody_could_type_breaks_the_store(moods, text):
    with pytest.raises(Invalid, match="damaged"):
        moods.page("ada", cursor=text)


def test_a_cursor_survives_the_deletion_of_the_entry_it_names(moods):
    for n in range(4):
        moods.add(entry(f"m{n}", T0 + timedelta(seconds=n)))
    first = moods.page("ada", limit=2)
    moods.delete("ada", first.items[-1].mood_id)
    assert [item.mood_id for item in moods.page("ada", cursor=first.next_cursor).items] == ["m1", "m0"]
    assert first.next_cursor == write_cursor("2026-01-05T12:00:02.250Z", "m2")


def test_trends_by_day_count_average_and_share(moods):
    moods.add(entry("m1", T0))
    moods.add(entry("m2", T0 + timedelta(hours=11), primary_mood="sad", valence=-0.5, arousal=0.0))
    moods.add(entry("m3", T0 + timedelta(hours=12)))
    first, second = moods.buckets("ada", unit="day")
    assert first == MoodBucket(
        datetime(2026, 1, 5, tzinfo=UTC), 2, pytest.approx(0.0), pytest.approx(-0.2), {"calm": 0.5, "sad": 0.5}
    )
    assert (second.start, second.count, second.moods) == (datetime(2026, 1, 6, tzinfo=UTC), 1, {"calm": 1.0})


def test_trends_by_hour_leave_out_the_empty_ones(moods):
    for number, hours in enumerate((0, 0, 5)):
        moods.add(entry(f"m{number}", T0 + timedelta(hours=hours)))
    starts = [bucket.start for bucket in moods.buckets("ada", unit="hour")]
    assert starts == [datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2026, 1, 5, 17, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("day", "monday"),
    [((2026, 1, 5), (2026, 1, 5)), ((2026, 1, 11), (2026, 1, 5)), ((2026, 1, 1), (2025, 12, 29)),
     ((2024, 2, 29), (2024, 2, 26)), ((2021, 1, 3), (2020, 12, 28))],
)  # fmt: skip
def test_weeks_begin_on_their_monday_across_years(moods, day, monday):
    moods.add(entry("m", datetime(*day, 23, 59, 59, 999_000, tzinfo=UTC)))
    (bucket,) = moods.buckets("ada", unit="week")
    assert bucket.start == datetime(*monday, tzinfo=UTC)


def test_trends_keep_within_the_asked_time_and_the_own_diary(moods):
    moods.add(entry("m1", T0))
    moods.add(entry("m2", T0 + timedelta(days=1)))
    moods.add(entry("hers", T0, user_id="bo"))
    (bucket,) = moods.buckets("ada", unit="day", start=T0 + timedelta(hours=1), end=T0 + timedelta(days=2))
    assert bucket.start == datetime(2026, 1, 6, tzinfo=UTC)


def test_what_is_forgotten_is_gone(moods):
    for n in range(3):
        moods.add(entry(f"m{n}", T0 + timedelta(seconds=n)))
    assert moods.delete("ada", "m1") is True
    assert moods.delete("ada", "m1") is False
    assert moods.replace(entry("m1"), expected_version=1) is None
    assert moods.delete_all("ada") == 2
    assert read_all(moods, "ada", 20) == []
