"""Somebody keeps a line open and hears what happens."""

from __future__ import annotations

import time

import pytest


def connect(app, auth):
    return app.extensions["socketio"].test_client(app, namespace="/realtime", auth=auth)


@pytest.fixture
def line(app):
    """Open a person's socket: `line(person)`."""
    opened = []

    def open_for(person):
        socket = connect(app, {"token": person.token})
        assert socket.is_connected("/realtime")
        opened.append(socket)
        return socket

    yield open_for
    for socket in opened:
        if socket.is_connected("/realtime"):
            socket.disconnect(namespace="/realtime")


def ask(socket, name, *data):
    return socket.emit(name, *data, namespace="/realtime", callback=True)


def heard(socket, name, within_s=3.0):
    """The data of the next event of that name, None when it does not come."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        for event in socket.get_received("/realtime"):
            if event["name"] == name:
                return event["args"][0]
        time.sleep(0.01)
    return None


def test_a_token_that_is_none_does_not_connect(app):
    for auth in (None, {}, {"token": ""}, {"token": "a.b.c"}, {"token": 7}, "token", ["token"]):
        assert not connect(app, auth).is_connected("/realtime"), auth


def test_own_moods_arrive_without_asking(line, person, stranger):
    own, other = line(person), line(stranger)
    person.post("/detect/manual", json={"mood": "calm"})
    told = heard(own, "mood_update")
    assert set(told) == {"user_id", "mood", "scores", "valence", "arousal", "timestamp"}
    assert (told["user_id"], told["mood"], told["scores"]["calm"]) == (person.user_id, "calm", 1.0)
    assert heard(other, "mood_update", within_s=0.2) is None


def test_moods_of_others_arrive_as_long_as_they_are_shared(line, person, stranger):
    follower = line(stranger)
    whose = {"user_id": person.user_id}
    assert ask(follower, "subscribe_mood", whose)["error"]["code"] == "not_shared"
    person.post("/users/me/mood-shares", json={"user_id": stranger.user_id})
    assert ask(follower, "subscribe_mood", whose) == {"ok": True, "user_id": person.user_id}
    person.post("/detect/manual", json={"mood": "happy"})
    assert heard(follower, "mood_update")["mood"] == "happy"
    person.delete(f"/users/me/mood-shares/{stranger.user_id}")
    person.post("/detect/manual", json={"mood": "sad"})
    assert heard(follower, "mood_update", within_s=0.3) is None


def test_who_unsubscribes_hears_no_more(line, person, stranger):
    follower = line(stranger)
    person.post("/users/me/mood-shares", json={"user_id": stranger.user_id})
    ask(follower, "subscribe_mood", {"user_id": person.user_id})
    assert ask(follower, "unsubscribe_mood", {"user_id": person.user_id})["ok"] is True
    person.post("/detect/manual", json={"mood": "sad"})
    assert heard(follower, "mood_update", within_s=0.3) is None


def test_one_hears_ones_own_mood_once_even_after_subscribing(line, person):
    own = line(person)
    assert ask(own, "subscribe_mood", {"user_id": person.user_id})["ok"] is True
    person.post("/detect/manual", json={"mood": "calm"})
    assert heard(own, "mood_update")
    assert heard(own, "mood_update", within_s=0.2) is None


def test_a_piece_tells_its_owner_how_it_goes(line, app, person, services):
    own = line(person)
    job_id = person.post("/generate", json={"mood": "calm", "seed": 5}).get_json()["data"]["job_id"]
    services.worker.run_one()
    done = heard(own, "generate_complete")
    assert (done["job_id"], done["metadata"]["seed"]) == (job_id, 5)
    assert app.test_client().get(done["download_url"]).data == b"0005" * 250


def test_a_cancelled_piece_is_told_as_not_coming(line, person):
    own = line(person)
    job_id = person.post("/generate", json={"mood": "calm"}).get_json()["data"]["job_id"]
    person.delete(f"/generate/{job_id}")
    assert heard(own, "generate_failed") == {"job_id": job_id, "error": "It was cancelled."}


def test_signing_out_closes_the_socket(line, person):
    own = line(person)
    person.post("/auth/logout")
    deadline = time.monotonic() + 3
    while own.is_connected("/realtime") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not own.is_connected("/realtime")


def test_signing_out_while_the_socket_connects_leaves_no_socket(app, person, services):
    taken = app.extensions["museaika.seats"].take

    def take_slowly(user_id):
        person.post("/auth/logout")
        taken(user_id)

    app.extensions["museaika.seats"].take = take_slowly
    assert not connect(app, {"token": person.token}).is_connected("/realtime")
    assert "museaika_sockets_open 0.0" in app.test_client().get("/metrics").text


def test_whatever_is_sent_is_acknowledged_in_words(line, person):
    own = line(person)
    nonsense = [
        ("subscribe_mood",), ("subscribe_mood", None), ("subscribe_mood", "me"), ("subscribe_mood", {}),
        ("subscribe_mood", {"user_id": 3}), ("subscribe_mood", {"user_id": "\x00"}),
        ("subscribe_mood", {"user_id": "x" * 200}), ("subscribe_mood", {"user_id": "x", "more": 1}),
        ("subscribe_mood", {"user_id": "x"}, {"user_id": "x"}), ("subscribe_mood", b"bytes"),
        ("dance", {}), ("playlist_edit", {}),
    ]  # fmt: skip
    for name, *data in nonsense:
        answer = ask(own, name, *data)
        assert answer["ok"] is False, (name, data)
        assert answer["error"]["code"]
        assert " " in answer["error"]["detail"]
    assert ask(own, "subscribe_mood", {"user_id": person.user_id})["ok"] is True


def frame(socket, image=b"face", **more):
    return ask(socket, "detect_frame", image, {"session_id": "evening", "consent": True, **more})


def test_a_frame_is_read_as_a_photo_is_but_fast(line, person, services):
    read = frame(line(person))
    assert (read["ok"], read["primary_mood"], read["faces"][0]["box"]) == (True, "happy", [10, 20, 30, 40])
    assert "not what the person feels" in read["notice"]
    assert services.faces.details == ["fast"]


def test_a_frame_without_consent_is_not_looked_at(line, person, services):
    own = line(person)
    for without in ({"consent": False}, {"consent": "true"}, {"consent": 1}):
        assert frame(own, **without)["ok"] is False
    assert frame(own, consent=False)["error"]["code"] == "consent_required"
    assert services.faces.looked == []
    person.patch("/users/me", json={"image_consent": True})
    assert frame(own, consent=False)["ok"] is True


def test_frames_are_steadied_and_told_once_until_the_mood_changes(line, person, services):
    own = line(person)
    answers = [frame(own) for _ in range(5)]
    assert len({answer["mood_id"] for answer in answers}) == 1
    assert heard(own, "mood_update")["mood"] == "happy"
    assert heard(own, "mood_update", within_s=0.1) is None
    services.faces.mood = "angry"
    assert 0 < frame(own)["moods"]["angry"] < 1
    services.faces.box = (400, 300, 30, 40)
    assert frame(own)["moods"]["angry"] == 1
    assert heard(own, "mood_update")["mood"] == "angry"
    assert len(person.get("/detect/history").get_json()["data"]["items"]) == 2


def test_a_sitting_goes_on_from_http_to_the_socket(line, person, services):
    import io

    form = {"image": (io.BytesIO(b"face"), "me.jpg"), "consent": "true", "session_id": "evening"}
    first = person.post("/detect/emotion", data=form).get_json()["data"]
    services.faces.mood = "sad"
    then = frame(line(person))
    assert then["moods"]["happy"] > 0.5
    assert then["mood_id"] == first["mood_id"]


def test_under_strict_nothing_of_a_frame_is_kept(line, person):
    person.patch("/users/me", json={"privacy_level": "strict"})
    assert frame(line(person))["mood_id"] is None
    assert person.get("/detect/history").get_json()["data"]["items"] == []


def test_a_frame_that_is_none_is_refused_in_words(line, person, services):
    own = line(person)
    asked = {"session_id": "evening", "consent": True}
    for data in ((), (b"face",), (asked,), (asked, b"face"), ("face", asked), (b"face", asked, 1),
                 (b"face", {"consent": True}), (b"face", {**asked, "detail": "full"}),
                 (b"face", {**asked, "session_id": "an evening"})):  # fmt: skip
        answer = ask(own, "detect_frame", *data)
        assert answer["ok"] is False, data
        assert " " in answer["error"]["detail"]
    assert services.faces.looked == []
    assert frame(own, b"nobody")["primary_mood"] is None


def test_one_socket_cannot_send_more_frames_than_a_camera(make_app):
    from tests.unit.web.conftest import Person

    person = Person(app := make_app(ratelimit_enabled=True, ratelimit_socket_events_per_second=500))
    own = connect(app, {"token": person.token})
    refused = [answer["error"]["code"] for answer in (frame(own) for _ in range(40)) if not answer["ok"]]
    assert len(refused) >= 15
    assert set(refused) == {"rate_limited"}


def test_too_many_events_are_refused_for_a_moment(make_app):
    from tests.unit.web.conftest import Person

    app = make_app(ratelimit_enabled=True, ratelimit_socket_events_per_second=5)
    person = Person(app)
    own = connect(app, {"token": person.token})
    answers = [ask(own, "subscribe_mood", {"user_id": person.user_id}) for _ in range(12)]
    refused = [answer["error"]["code"] for answer in answers if not answer["ok"]]
    assert len(refused) >= 5
    assert set(refused) == {"rate_limited"}
    time.sleep(0.4)
    assert ask(own, "subscribe_mood", {"user_id": person.user_id})["ok"] is True


def test_real_time_can_be_switched_off(make_app):
    app = make_app(enable_real_time=False)
    answer = app.test_client().get("/socket.io/?EIO=4&transport=polling")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "feature_disabled")
