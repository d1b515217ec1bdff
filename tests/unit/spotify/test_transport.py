"""Requests that meet every kind of weather."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.spotify.conftest import Hangup, Slow

from museaika.errors import MuseAIkaError, Unavailable
from museaika.spotify import transport as module
from museaika.spotify.transport import TRIES, Call, Transport
from museaika.spotify.troubles import Blocked, TokenRefused

ME = Call("GET", "/me", "me")
CREATE = Call("POST", "/me/playlists", "me_playlists", body={"name": "x"})
T0 = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_an_answer_comes_with_its_etag_and_the_token_went_out(transport, spotify, meter) -> None:
    spotify.say = lambda *_: (200, {"ETag": 'W/"7"'}, {"id": "anna"})
    reply = transport.send(ME, "t0ken", etag='W/"6"')
    assert (reply.status, reply.told, reply.etag) == (200, {"id": "anna"}, 'W/"7"')
    method, path, headers, _ = spotify.asked[0]
    assert (method, path) == ("GET", "/v1/me")
    assert headers["Authorization"] == "Bearer t0ken"
    assert headers["If-None-Match"] == 'W/"6"'
    assert meter.noted == {("me", "200"): 1}


def test_what_did_not_change_is_304_without_content(transport, spotify) -> None:
    spotify.say = lambda *_: (304, {"ETag": "W/1"}, None)
    assert transport.send(ME, "t", etag="W/1").status == 304


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "48925"}, timedelta(seconds=48925)),
        ({"Retry-After": "Mon, 05 Jan 2026 12:30:00 GMT"}, timedelta(minutes=30)),
        ({"Retry-After": "tomorrow"}, timedelta(seconds=30)),
        ({"Retry-After": "-5"}, timedelta(seconds=1)),
        ({"Retry-After": "1e300"}, timedelta(seconds=30)),
        ({"Retry-After": "99999999"}, timedelta(days=2)),
        ({}, timedelta(seconds=30)),
    ],
)
def test_a_429_stops_everything_at_once_and_nobody_sleeps(spotify, gate, meter, pauses, headers, wait) -> None:
    transport = Transport(spotify.home, gate, meter, clock=lambda: T0, sleep=pauses.append)
    spotify.say = lambda *_: (
        429,
        headers,
        {"error": {"status": 429, "message": "no", "reason": "QUOTA_EXCEEDED"}},
    )
    for call in (ME, ME, CREATE):
        with pytest.raises(Blocked) as caught:
            transport.send(call, "t")
        assert (caught.value.retry_at, caught.value.reason) == (T0 + wait, "QUOTA_EXCEEDED")
        assert caught.value.retry_after_s == wait.total_seconds()
    assert len(spotify.asked) == 1, "the later ones never left"
    assert pauses == []


def test_after_the_block_requests_go_out_again(spotify, gate, meter) -> None:
    at = [T0]
    transport = Transport(spotify.home, gate, meter, clock=lambda: at[0])
    spotify.say = lambda *_: (429, {"Retry-After": "60"}, b"<html>busy</html>")
    with pytest.raises(Blocked):
        transport.send(ME, "t")
    spotify.say = lambda *_: (200, {}, {"id": "anna"})
    at[0] += timedelta(seconds=60)
    assert transport.send(ME, "t").told == {"id": "anna"}


def test_a_fault_of_the_server_is_tried_again_with_short_pauses(transport, spotify, pauses) -> None:
    answers = iter([(500, {}, None), (503, {}, b"oops"), (200, {}, {"id": "anna"})])
    spotify.say = lambda *_: next(answers)
    assert transport.send(ME, "t").told == {"id": "anna"}
    assert len(pauses) == 2
    assert sum(pauses) < 1


def test_what_does_harm_twice_is_sent_once(transport, spotify) -> None:
    spotify.say = lambda *_: (502, {}, None)
    for call in (CREATE, Call("PUT", "/playlists/x/items", "playlist_items", body={}, once=True)):
        before = len(spotify.asked)
        with pytest.raises(Unavailable) as caught:
            transport.send(call, "t")
        assert len(spotify.asked) == before + 1
        assert caught.value.code == "spotify_unavailable"
    with pytest.raises(Unavailable):
        transport.send(ME, "t")
    assert len(spotify.asked) == 2 + TRIES


def test_a_server_that_is_slow_hangs_up_or_is_not_there_is_unavailable(
    transport, spotify, gate, meter, monkeypatch
) -> None:
    monkeypatch.setattr(module, "READ_S", 0.05)

    def fail(kind: type[Exception]) -> None:
        def say(*_: str) -> None:
            raise kind

        spotify.say = say

    for kind in (Slow, Hangup):
        fail(kind)
        with pytest.raises(Unavailable, match="can't be reached"):
            transport.send(ME, "t")
    nowhere = Transport("http://127.0.0.1:1/v1", gate, meter, sleep=lambda _: None)
    with pytest.raises(Unavailable, match="can't be reached"):
        nowhere.send(ME, "t")


@pytest.mark.parametrize("body", [b"<html>", b'{"half":', b"\xff\xfe", b"[" * 100_000])
def test_an_answer_that_is_no_json_is_told_apart(transport, spotify, body) -> None:
    spotify.say = lambda *_: (200, {}, body)
    with pytest.raises(Unavailable) as caught:
        transport.send(ME, "t")
    assert caught.value.code == "spotify_garbled"


def test_an_answer_without_end_is_cut_off(transport, spotify, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    spotify.say = lambda *_: (200, {}, b"1" * 5000)
    with pytest.raises(Unavailable):
        transport.send(ME, "t")


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (403, {"reason": "PREMIUM_REQUIRED", "message": "Player command failed"}, "spotify_premium_required"),
        (404, {"reason": "NO_ACTIVE_DEVICE", "message": "Player command failed"}, "spotify_no_device"),
        (403, {"message": "User not registered in the Developer Dashboard"}, "spotify_not_allowed"),
        (403, {"message": "Insufficient client scope"}, "spotify_scope_missing"),
        (403, {"message": "no"}, "spotify_forbidden"),
        (404, {"message": "Non existing id"}, "spotify_not_found"),
        (400, {"message": "bad"}, "spotify_refused"),
        (418, None, "spotify_refused"),
    ],
)
def test_refusals_say_what_to_do(transport, spotify, status, error, code) -> None:
    spotify.say = lambda *_: (status, {}, {"error": error})
    with pytest.raises(MuseAIkaError) as caught:
        transport.send(ME, "t")
    assert caught.value.code == code
    assert caught.value.status < 500
    assert len(spotify.asked) == 1


def test_a_text_in_place_of_an_error_is_read_too(transport, spotify) -> None:
    spotify.say = lambda *_: (403, {}, b"User not registered in the Developer Dashboard")
    with pytest.raises(MuseAIkaError):
        transport.send(ME, "t")


def test_an_expired_token_is_for_the_caller_to_refresh(transport, spotify) -> None:
    spotify.say = lambda *_: (401, {}, {"error": {"status": 401, "message": "The access token expired"}})
    with pytest.raises(TokenRefused):
        transport.send(ME, "t")


def test_those_who_ask_for_the_same_at_once_get_one_answer_and_others_their_own(transport, spotify) -> None:
    arrived, go = threading.Semaphore(0), threading.Event()

    def say(_method: str, path: str) -> tuple[int, dict[str, str], dict[str, str]]:
        arrived.release()
        go.wait(5)
        return 200, {}, {"path": path}

    spotify.say = say
    with ThreadPoolExecutor(21) as pool:
        first = pool.submit(transport.send, ME, "anna")
        assert arrived.acquire(timeout=5)
        same = [pool.submit(transport.send, ME, "anna") for _ in range(19)]
        other = pool.submit(transport.send, ME, "ben")
        assert arrived.acquire(timeout=5)
        go.set()
        answers = [one.result() for one in (first, *same, other)]
    assert {reply.told["path"] for reply in answers} == {"/v1/me"}
    assert len(spotify.asked) == 2


@pytest.mark.parametrize(
    "url",
    ["http://evil.example/v1/me?offset=50", "{home}x/me", "{root}/v2/me", "//evil.example/v1/x", "/v1/me", ""],
)  # fmt: skip
def test_an_address_that_leads_elsewhere_is_not_followed(transport, url) -> None:
    given = url.format(home=transport.api, root=transport.api.removesuffix("/v1"))
    with pytest.raises(Unavailable):
        transport.path_of(given)


def test_the_next_page_is_followed_on_the_same_host(transport) -> None:
    given = f"{transport.api}/me/tracks?offset=50&limit=50"
    assert transport.path_of(given) == ("/me/tracks", (("offset", "50"), ("limit", "50")))


def test_a_thousand_random_faults_end_in_typed_errors(transport, spotify, gate, monkeypatch) -> None:
    monkeypatch.setattr(module, "READ_S", 0.02)
    dice = random.Random(8)

    def say(*_: str) -> object:
        fault = dice.randrange(8)
        if fault == 0 and dice.random() < 0.1:
            raise Slow
        if fault == 1:
            raise Hangup
        status = dice.choice([200, 201, 204, 301, 302, 400, 401, 403, 404, 409, 418, 429, 500, 502, 503, 599])
        body = dice.choice(
            [None, b"", b"<x>", b"\x00\xff", {}, [], "text", 7, {"error": 3}, {"error": {"reason": []}}]
        )
        headers = dice.choice(
            [{}, {"Retry-After": "x"}, {"Location": "http://127.0.0.1:1/"}, {"ETag": "\u00e4"}]
        )
        return status, headers, body

    spotify.say = say
    calls = [
        ME,
        CREATE,
        Call("PUT", "/me/library", "me_library"),
        Call("DELETE", "/playlists/x/items", "items", body={}),
    ]
    outcomes = set()
    for number in range(1000):
        gate.standing = None
        try:
            outcomes.add(transport.send(calls[number % 4], "t").status)
        except (MuseAIkaError, TokenRefused) as problem:
            outcomes.add(getattr(problem, "code", "token"))
    assert {"spotify_unavailable", "spotify_garbled", "spotify_quota", "token", 204} <= outcomes
