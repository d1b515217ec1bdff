"""Somebody orders a piece, follows it, fetches it, and removes it."""

from __future__ import annotations

import json
import threading
import time
import uuid

import pytest


@pytest.fixture
def order(person):
    def place(**wishes):
        answer = person.post("/generate", json={"mood": "happy", "seed": 42, **wishes})
        assert answer.status_code == 202, answer.text
        return answer

    return place


@pytest.fixture
def piece(person, services, order):
    """A completed job, as its owner sees it."""
    job_id = order().get_json()["data"]["job_id"]
    assert services.worker.run_one()
    return person.get(f"/generate/{job_id}").get_json()["data"]


def test_an_order_is_accepted_with_where_and_when_to_ask(order):
    answer = order()
    job = answer.get_json()["data"]
    assert answer.headers["Location"] == f"/api/v1/generate/{job['job_id']}"
    assert 1 <= int(answer.headers["Retry-After"]) <= 30
    assert (job["status"], job["progress"], job["queue_position"]) == ("queued", 0, 0)
    assert (job["parameters"]["mood"], job["parameters"]["seed"]) == ("happy", 42)
    assert job["plan"]["time_signature"]
    assert job["estimated_time"] > 0


def test_a_completed_piece_carries_links_that_need_no_token(app, piece):
    assert piece["status"] == "completed"
    assert piece["progress"] == 1
    assert piece["result"]["metadata"]["seed"] == 42
    assert piece["download_url"] == piece["result"]["audio_url"] == piece["result"]["downloads"]["mp3"]["url"]
    fetched = app.test_client().get(piece["download_url"])
    assert (fetched.status_code, fetched.data) == (200, b"0042" * 250)
    assert fetched.headers["Content-Type"] == "audio/mpeg"
    assert fetched.headers["Content-Disposition"].startswith("attachment; filename=happy-")
    assert piece["result"]["downloads"]["mp3"]["bytes"] == 1000


def test_a_link_opens_no_other_file(app, piece):
    elsewhere = piece["download_url"].replace("format=mp3", "format=midi")
    assert app.test_client().get(elsewhere).get_json()["error"]["code"] == "link_invalid"
    broken = piece["download_url"][:-3]
    assert app.test_client().get(broken).status_code == 403


def test_a_download_serves_ranges_and_knows_what_the_caller_has(person, piece):
    path = f"/generate/{piece['job_id']}/download?format=mp3"
    part = person.get(path, headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.data) == (206, b"4200")
    assert part.headers["Content-Range"] == "bytes 2-5/1000"
    beyond = person.get(path, headers={"Range": "bytes=5000-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, "bytes */1000")
    known = person.get(path, headers={"If-None-Match": part.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")
    changed = person.get(path, headers={"Range": "bytes=2-5", "If-Range": '"another"'})
    assert changed.status_code == 200


@pytest.mark.parametrize("wish", ["bytes=abc", "items=0-5", "bytes=0-1,5-6", "bytes=10-5", "bytes=", "0-5"])
def test_a_range_that_is_none_is_ignored(person, piece, wish):
    whole = person.get(f"/generate/{piece['job_id']}/download", headers={"Range": wish})
    assert (whole.status_code, len(whole.data)) == (200, 1000)


def test_the_last_bytes_and_the_rest_can_be_asked_for(person, piece):
    path = f"/generate/{piece['job_id']}/download"
    for wish, told in (("bytes=-100", "900-999"), ("bytes=990-", "990-999"), ("bytes=998-5000", "998-999")):
        part = person.get(path, headers={"Range": wish})
        assert (part.status_code, part.headers["Content-Range"]) == (206, f"bytes {told}/1000")


def test_a_stale_if_match_is_told_and_not_sent_the_file(person, piece):
    path = f"/generate/{piece['job_id']}/download"
    stale = person.get(path, headers={"If-Match": '"another"'})
    assert (stale.status_code, stale.get_json()["error"]["code"]) == (412, "version_conflict")
    etag = person.get(path).headers["ETag"]
    assert person.get(path, headers={"If-Match": etag}).status_code == 200


def test_nothing_can_be_fetched_before_it_is_done(person, order):
    job_id = order().get_json()["data"]["job_id"]
    answer = person.get(f"/generate/{job_id}/download")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "not_ready")


def test_the_same_key_makes_one_job_and_another_body_is_refused(person, services):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, again = (person.post("/generate", json={"mood": "calm"}, headers=key) for _ in range(2))
    assert again.status_code == 202
    assert again.data == first.data
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    other = person.post("/generate", json={"mood": "sad"}, headers=key)
    assert (other.status_code, other.get_json()["error"]["code"]) == (422, "idempotency_mismatch")
    assert len(person.get("/generate").get_json()["data"]["items"]) == 1


def test_the_api_page_names_the_routes_that_take_a_key(client):
    takes = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, operations in client.get("/openapi.json").get_json()["paths"].items()
        for method, operation in operations.items()
        if {"header", "Idempotency-Key"}
        <= {*sum(((p["in"], p["name"]) for p in operation.get("parameters", [])), ())}
    }
    assert {"POST /generate", "POST /detect/sentiment", "POST /detect/manual"} <= takes
    assert not {name for name in takes if not name.startswith("POST ")}


def test_an_order_that_failed_can_be_repeated_with_its_key(person):
    key = {"Idempotency-Key": "try-again-1"}
    assert person.post("/generate", json={"mood": "hapy"}, headers=key).status_code == 422
    assert person.post("/generate", json={"mood": "happy"}, headers=key).status_code == 202


def test_a_key_whose_request_still_runs_is_asked_to_wait(person, services):
    body = b'{"mood": "calm"}'
    headers = {"Idempotency-Key": "slow-one", "Content-Type": "application/json"}
    entered, go_on = threading.Event(), threading.Event()
    submit = services.generation.submit

    def slowly(*arguments):
        entered.set()
        go_on.wait(5)
        return submit(*arguments)

    services.generation.submit = slowly
    first = threading.Thread(target=lambda: person.post("/generate", data=body, headers=headers))
    first.start()
    entered.wait(5)
    second = person.post("/generate", data=body, headers=headers)
    go_on.set()
    first.join()
    assert (second.status_code, second.get_json()["error"]["code"]) == (409, "idempotency_running")
    assert second.headers["Retry-After"]


def test_cancelling_a_waiting_job_and_removing_an_ended_one(person, order, piece):
    waiting = order().get_json()["data"]["job_id"]
    assert person.delete(f"/generate/{waiting}").get_json()["data"]["status"] == "cancelled"
    assert person.get(f"/generate/{waiting}").get_json()["data"]["status"] == "cancelled"
    assert person.delete(f"/generate/{piece['job_id']}").get_json()["data"]["status"] == "removed"
    assert person.get(f"/generate/{piece['job_id']}").status_code == 404


def test_a_stranger_finds_nothing(stranger, piece):
    for path in ("", "/events", "/download"):
        assert stranger.get(f"/generate/{piece['job_id']}{path}").status_code == 404
    assert stranger.delete(f"/generate/{piece['job_id']}").status_code == 404
    assert stranger.get("/generate").get_json()["data"]["items"] == []


def events_of(answer):
    """(name, data) of each server-sent event; comments are left out."""
    found, name = [], None
    for line in answer.data.decode().splitlines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            found.append((name, json.loads(line.removeprefix("data: "))))
    return found


def test_the_events_of_an_ended_job_are_its_end(person, piece):
    answer = person.get(f"/generate/{piece['job_id']}/events")
    assert answer.mimetype == "text/event-stream"
    ((name, job),) = events_of(answer)
    assert name == "complete"
    assert job["result"]["metadata"]["seed"] == 42


def test_events_go_from_progress_to_the_end(person, services, order):
    job_id = order().get_json()["data"]["job_id"]
    worker = threading.Thread(target=lambda: (time.sleep(0.2), services.worker.run_one()))
    worker.start()
    told = events_of(person.get(f"/generate/{job_id}/events"))
    worker.join()
    assert told[0][0] == "progress"
    assert told[-1][0] == "complete"


def test_events_end_when_the_job_is_cancelled_or_the_session_revoked(person, order):
    job_id = order().get_json()["data"]["job_id"]
    later = threading.Timer(0.2, lambda: person.delete(f"/generate/{job_id}"))
    later.start()
    assert events_of(person.get(f"/generate/{job_id}/events"))[-1][0] == "cancelled"
    second = order().get_json()["data"]["job_id"]
    threading.Timer(0.2, lambda: person.post("/auth/logout")).start()
    assert [name for name, _ in events_of(person.get(f"/generate/{second}/events"))] == ["progress"]


def test_what_can_be_asked_for_is_listed_and_can_be_asked_for(one_person):
    options = one_person.get("/generate/options").get_json()["data"]
    assert [(engine["name"], engine["installed"]) for engine in options["engines"]] == [("composer", True)]
    for wish in ("style", "instrument", "key", "metre"):
        for value in (options[f"{wish}s"][0], options[f"{wish}s"][-1]):
            answer = one_person.post("/generate", json={"mood": "calm", wish: value})
            assert answer.status_code == 202, answer.text


@pytest.mark.parametrize(
    ("wish", "value"),
    [("tempo", 39), ("tempo", 221), ("length", 4.9), ("length", 601), ("key", "H flat"), ("metre", "5/4"),
     ("chords", "Am Q7"), ("style", "polka-core"), ("instrument", "kazoo"), ("engine", "kazoo"),
     ("variations", 5), ("energy", [0.2, 1.5]), ("energy", []), ("seed", -1), ("seed", 1.5),
     ("extend", "gen_unknown"), ("target_mood", "hapy"), ("loop", "yes"), ("mood", ""), ("tempi", 120)],
)  # fmt: skip
def test_what_cannot_be_composed_is_refused_in_words(one_person, wish, value):
    answer = one_person.post("/generate", json={"mood": "happy", wish: value})
    assert answer.status_code == 422, answer.text
    error = answer.get_json()["error"]
    assert error["detail"]
    assert any(wish in wrong["loc"] for wrong in error["errors"])


def test_generation_can_be_switched_off(make_app):
    from tests.unit.web.conftest import Person

    person = Person(make_app(enable_music_generation=False))
    for method, path in (
        ("POST", "/generate"),
        ("GET", "/generate"),
        ("GET", "/generate/options"),
        ("GET", "/generate/x"),
    ):
        answer = person.request(method, path, json={"mood": "happy"} if method == "POST" else None)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "feature_disabled")
