"""The web's small parts, each by itself: links, seats, sittings, presence."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from museaika.errors import Conflict, Forbidden, RateLimited, Unavailable
from museaika.mood.reading import reading_of
from museaika.mood.vocabulary import MOODS
from museaika.web.links import GOOD_FOR, Links
from museaika.web.presence import Presence, Visitor
from museaika.web.seats import MOST_EACH, Seats
from museaika.web.sittings import FORGET_AFTER_S, Sittings

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
    sittings, calm = Sittings(), reading_of(MOODS["calm"])
    sittings.steady("ada", "evening", calm, 10.0)
    with pytest.raises(Conflict, check=lambda error: error.code == "late"):
        sittings.steady("ada", "evening", calm, 9.0)
    sittings.steady("bob", "evening", calm, 9.0)


def test_sittings_that_rest_are_forgotten():
    sittings, calm, angry = Sittings(), reading_of(MOODS["calm"]), reading_of(MOODS["angry"])
    sittings.steady("ada", "evening", calm, 10.0)
    assert sittings.steady("ada", "evening", angry, 10.0 + FORGET_AFTER_S).moods["angry"] == 1.0


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
