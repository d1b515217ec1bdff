"""News and wake-ups within one process and between two that share a file."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from museaika.events import JobEnded, JobProgressed, MoodRead, SessionEnded
from museaika.storage.memory.bus import Bus
from museaika.storage.queues.lease import CountingWaker
from museaika.storage.sqlite.database import signals_at
from museaika.storage.sqlite.outbox import Outbox

T0 = datetime(2026, 1, 5, tzinfo=UTC)
PROGRESS = [JobProgressed("ada", "gen_1", n / 10, "melody") for n in range(10)]


def until(true: Callable[[], bool], timeout_s: float = 5.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


@pytest.fixture
def elsewhere(signals):
    """The same signals as another process sees them: through objects of its own."""
    return signals_at(signals.path)


class TestBus:
    def test_events_arrive_in_order_at_every_listener(self):
        bus, first, second = Bus(), [], []
        bus.subscribe(first.append)
        bus.subscribe(second.append)
        for event in PROGRESS:
            bus.publish(event)
        assert until(lambda: len(second) == 10)
        assert first == second == PROGRESS

    def test_a_listener_that_raises_keeps_nothing_from_the_others(self):
        bus, heard = Bus(), []
        bus.subscribe(lambda event: 1 / 0)
        bus.subscribe(heard.append)
        for event in PROGRESS:
            bus.publish(event)
        assert until(lambda: heard == PROGRESS)

    def test_who_unsubscribed_hears_no_more(self):
        bus, heard, other = Bus(), [], []
        stop = bus.subscribe(heard.append)
        bus.subscribe(other.append)
        stop()
        bus.publish(PROGRESS[0])
        assert until(lambda: bool(other))
        assert heard == []

    def test_the_publisher_does_not_wait_for_slow_listeners(self):
        bus, hold = Bus(), threading.Event()
        bus.subscribe(lambda event: hold.wait(5))
        began = time.monotonic()
        for event in PROGRESS:
            bus.publish(event)
        assert time.monotonic() - began < 1
        hold.set()


class TestOutbox:
    def test_job_and_session_events_reach_another_process_in_order_and_once(self, signals, elsewhere):
        web, worker, heard = Outbox(signals), Outbox(elsewhere), []
        web.subscribe(heard.append)
        events = [*PROGRESS, JobEnded("ada", "gen_1", "completed", metadata={"key": "A minor"})]
        events += [JobEnded("ada", "gen_2", "failed", error="why"), SessionEnded("ada", None)]
        for event in events:
            worker.publish(event)
        assert until(lambda: len(heard) >= len(events))
        time.sleep(0.2)
        assert heard == events
        web.close()

    def test_events_of_its_own_arrive_at_once_and_once(self, signals):
        web, heard = Outbox(signals, poll_s=0.01), []
        web.subscribe(heard.append)
        web.publish(PROGRESS[0])
        assert until(lambda: bool(heard))
        time.sleep(0.1)
        assert heard == PROGRESS[:1]
        web.close()

    def test_news_from_before_it_listened_is_old(self, signals, elsewhere):
        worker, web, heard = Outbox(elsewhere), Outbox(signals), []
        worker.publish(PROGRESS[0])
        web.subscribe(heard.append)
        worker.publish(PROGRESS[1])
        assert until(lambda: bool(heard))
        assert heard == PROGRESS[1:2]
        web.close()

    def test_a_mood_is_told_here_and_never_written_down(self, signals):
        web, heard = Outbox(signals), []
        web.subscribe(heard.append)
        mood = MoodRead("ada", "sad", {"sad": 1.0}, -0.6, -0.3, T0)
        web.publish(mood)
        assert until(lambda: heard == [mood])
        assert signals.rows("SELECT * FROM outbox") == []
        web.close()

    def test_old_news_is_swept_away(self, signals, elsewhere):
        Outbox(elsewhere, clock=lambda: T0).publish(PROGRESS[0])
        web = Outbox(signals, poll_s=0.01, clock=lambda: T0 + timedelta(hours=2))
        web.subscribe(lambda event: None)
        assert until(lambda: signals.rows("SELECT * FROM outbox") == [])
        web.close()

    def test_a_message_it_can_not_read_stops_nothing(self, signals, elsewhere):
        web, heard = Outbox(signals), []
        web.subscribe(heard.append)
        signals.write("INSERT INTO outbox (origin, at, kind, doc) VALUES ('x', 'x', 'Unheard', '{}')")
        signals.write("INSERT INTO outbox (origin, at, kind, doc) VALUES ('x', 'x', 'JobEnded', '{broken')")
        Outbox(elsewhere).publish(PROGRESS[0])
        assert until(lambda: heard == PROGRESS[:1])
        web.close()


class TestWaker:
    def test_a_wake_from_another_process_ends_the_wait(self, signals, elsewhere):
        waker = CountingWaker(signals)
        threading.Timer(0.2, CountingWaker(elsewhere).wake).start()
        began = time.monotonic()
        assert waker.wait(5) is True
        assert 0.1 < time.monotonic() - began < 1

    def test_without_a_wake_the_wait_ends_by_itself(self, signals):
        began = time.monotonic()
        assert CountingWaker(signals).wait(0.15) is False
        assert 0.1 < time.monotonic() - began < 1

    def test_a_wake_while_it_was_busy_is_not_missed_and_counts_once(self, signals, elsewhere):
        waker = CountingWaker(signals)
        CountingWaker(elsewhere).wake()
        CountingWaker(elsewhere).wake()
        assert waker.wait(0) is True
        assert waker.wait(0) is False
