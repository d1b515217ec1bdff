"""The web's small parts, each by itself: links, seats, sittings, presence."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from museaika.errors import Conflict, Forbidden, RateLimited, Unavailable
from museaika.mood.reading import reading_of
from museaika.mood.vocabulary import MOODS
from museaika.perception.facereader import Face
from museaika.perception.quality import Quality
from museaika.web.frames import Turns
from museaika.web.links import GOOD_FOR, Links
from museaika.web.presence import Presence, Visitor
from museaika.web.seats import MOST_EACH, Seats
from museaika.web.sittings import FORGET_AFTER_S, Kept, Sittings

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def token_of(url: str) -> str:
    return url.partition("token=")[2]


def test_a_link_is_good_for_its_file_for_an_hour_and_only_with_our_key():
    links = Links("k" * 32)
    link = links.make("gen_1", "mp3", 2, AT)
    assert link.url.startswith("/api/v1/generate/gen_1/download?format=mp3&variation=2&token=")
    assert link.expires_at == AT + GOOD_FOR
    links.check(token_of(link.url), "gen_1", "mp3", 2, AT + GOOD_FOR - timedelta(seconds=1))
    with pytest.raises(Forbidden, check=lambda error: error.code == "link_expired"):
        links.check(token_of(link.url), "gen_1", "mp3", 2, AT + GOOD_FOR)
    for job, kind, variation in (("gen_2", "mp3", 2), ("gen_1", "wav", 2), ("gen_1", "mp3", 1)):
        with pytest.raises(Forbidden, check=lambda error: error.code == "link_invalid"):
            links.check(token_of(link.url), job, kind, variation, AT)
    with pytest.raises(Forbidden, check=lambda error: error.code == "link_invalid"):
        Links("x" * 32).check(token_of(link.url), "gen_1", "mp3", 2, AT)


def test_links_lead_to_the_public_address_where_there_is_one():
    link = Links("k" * 32, "https://music.example/").make("gen_1", "midi", 1, AT)
    assert link.url.startswith("https://music.example/api/v1/generate/gen_1/download?format=midi&token=")


def test_one_person_takes_so_many_seats_and_all_together_no_more_than_there_are():
    seats = Seats(MOST_EACH + 1)
    for _ in range(MOST_EACH):
        seats.take("ada")
    with pytest.raises(RateLimited):
        seats.take("ada")
    seats.take("bob")
    with pytest.raises(Unavailable):
        seats.take("eve")
    seats.leave("ada")
    seats.take("eve")


def test_many_at_once_never_get_more_seats_than_there_are():
    seats, got = Seats(10), []

    def sit(person: str) -> None:
        try:
            seats.take(person)
        except Unavailable:
            return
        got.append(person)

    people = [threading.Thread(target=sit, args=(f"p{n}",)) for n in range(40)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert len(got) == 10


def test_a_frame_that_was_overtaken_is_late():
    sittings, calm = Sittings(), [face("calm")]
    sittings.steady("ada", "evening", calm, 10.0)
    with pytest.raises(Conflict, check=lambda error: error.code == "late"):
        sittings.steady("ada", "evening", calm, 9.0)
    sittings.steady("bob", "evening", calm, 9.0)


def test_sittings_that_rest_are_forgotten():
    sittings = Sittings()
    sittings.steady("ada", "evening", [face("calm")], 10.0)
    sittings.keep("ada", "evening", Kept("calm", "mood_1", []))
    assert sittings.steady("ada", "evening", [face("angry")], 10.0 + FORGET_AFTER_S).moods["angry"] == 1.0
    assert sittings.kept("ada", "evening") is None


def face(mood):
    return Face((0, 0, 100, 100), 0.9, reading_of(MOODS[mood]), Quality(1.0))


def test_the_newest_frame_of_a_line_is_read_next_and_those_before_it_are_late():
    turns, done = Turns(most=4), []
    go_on = threading.Event()

    def frame(name):
        try:
            with turns.turn("line"):
                done.append(name)
                assert go_on.wait(5)
        except Conflict as late:
            done.append(f"{name} {late.code}")

    def start(name):
        one = threading.Thread(target=frame, args=(name,))
        one.start()
        return one

    frames = [start("first")]
    wait_until(lambda: done == ["first"])
    ticket = turns._newest["line"]
    frames += [start("second")]
    wait_until(lambda: turns._newest["line"] is not ticket)
    frames += [start("third")]
    wait_until(lambda: "second late" in done)
    go_on.set()
    for one in frames:
        one.join(5)
    assert done == ["first", "second late", "third"]


def test_lines_take_turns_when_the_server_is_busy():
    turns, inside, most = Turns(most=2), [], []

    def frame(line):
        with turns.turn(line):
            inside.append(line)
            most.append(len(inside))
            time.sleep(0.02)
            inside.remove(line)

    frames = [threading.Thread(target=frame, args=(f"line {i}",)) for i in range(8)]
    for one in frames:
        one.start()
    for one in frames:
        one.join(5)
    assert len(most) == 8
    assert max(most) == 2


def test_who_hangs_up_waits_no_longer():
    turns, ended = Turns(most=1), threading.Event()

    def frame():
        with pytest.raises(Conflict), turns.turn("mine"):
            pass
        ended.set()

    with turns.turn("other"):
        threading.Thread(target=frame).start()
        wait_until(lambda: "mine" in turns._newest)
        turns.forget("mine")
        assert ended.wait(5)


def wait_until(so, within_s=5.0):
    until = time.monotonic() + within_s
    while not so():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_who_went_is_nobody_and_follows_nobody():
    presence = Presence()
    presence.come("s1", Visitor("ada", "ses_1"))
    presence.come("s2", Visitor("ada", "ses_2"))
    presence.follow("s1", "bob")
    assert presence.of("ada") == ["s1", "s2"]
    assert presence.of("ada", "ses_2") == ["s2"]
    assert presence.go("s1") == Visitor("ada", "ses_1")
    assert presence.go("s1") is None
    presence.follow("s1", "bob")
    assert presence.followers("bob") == {}
