"""Saying like, dislike and skip, taking it back, and what it does to the next list."""

import io
import json
import zipfile

import pytest

LIST = "/recommendations?mood=sad&limit=20&discover=0"  # nothing is tried out, so nothing is left to chance


def ids(answer):
    return [track["track_id"] for track in answer.get_json()["data"]["items"]]


def say(person, track_id, verdict, **more):
    return person.post("/recommendations/feedback", json={"track_id": track_id, "verdict": verdict, **more})


def test_what_is_disliked_leaves_the_next_list_and_comes_back_when_taken_back(person):
    before = ids(person.get(LIST))
    said = say(person, before[0], "dislike", mood="sad").get_json()["data"]
    assert (said["track_id"], said["verdict"], said["mood"]) == (before[0], "dislike", "sad")
    assert before[0] not in ids(person.get(LIST))
    assert person.delete(f"/recommendations/feedback/{before[0]}").get_json()["data"] == {"deleted": 1}
    assert ids(person.get(LIST)) == before
    assert person.delete(f"/recommendations/feedback/{before[0]}").get_json()["data"] == {"deleted": 0}


def test_a_null_verdict_takes_back_too(person):
    before = ids(person.get(LIST))
    say(person, before[3], "dislike")
    told = say(person, before[3], None).get_json()["data"]
    assert told == {"track_id": before[3], "verdict": None, "mood": None, "at": None}
    assert ids(person.get(LIST)) == before


def test_what_is_liked_rises(person):
    last = ids(person.get(LIST))[-1]
    say(person, last, "like", mood="sad")
    assert ids(person.get(LIST)).index(last) < 10


def test_a_synonym_names_the_mood(person):
    track = ids(person.get(LIST))[0]
    assert say(person, track, "like", mood="scared").get_json()["data"]["mood"] == "fear"


def test_feedback_is_ones_own(person, stranger):
    before = ids(stranger.get(LIST))
    say(person, before[0], "dislike")
    assert ids(stranger.get(LIST)) == before
    assert stranger.get("/recommendations/feedback").get_json()["data"]["items"] == []


def test_pages_of_one_list_fit_together_whatever_is_said_meanwhile(person):
    whole = ids(person.get("/recommendations?mood=sad&limit=20"))
    first = person.get("/recommendations?mood=sad&limit=10")
    cursor = first.get_json()["data"]["next_cursor"]
    say(person, whole[0], "dislike")
    say(person, whole[12], "dislike")
    say(person, whole[15], "like")
    second = ids(person.get(f"/recommendations?limit=10&cursor={cursor}"))
    assert not set(second) & set(ids(first))
    assert whole[12] not in second


def test_verdicts_are_listed_newest_first_in_pages(person):
    tracks = ids(person.get(LIST))[:3]
    for track in tracks:
        say(person, track, "skip")
    seen, cursor = [], ""
    while cursor is not None:
        page = person.get("/recommendations/feedback?limit=2" + cursor).get_json()["data"]
        seen += [item["track_id"] for item in page["items"]]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert sorted(seen) == sorted(tracks)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"track_id": "ma_ffffffffffff", "verdict": "like"}, 404),
        ({"track_id": "ma_sad_1", "verdict": "meh"}, 422),
        ({"track_id": "ma_sad_1"}, 422),
        ({"track_id": "", "verdict": "like"}, 422),
        ({"track_id": "ma_sad_1", "verdict": "like", "mood": "hangry-ish"}, 422),
        ({"track_id": "ma_sad_1", "verdict": "like", "stars": 5}, 422),
        ({"track_id": ["ma_sad_1"], "verdict": "like"}, 422),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(person, body, status):
    assert person.post("/recommendations/feedback", json=body).status_code == status
    assert person.get("/recommendations/feedback").get_json()["data"]["items"] == []


def test_nobody_gives_feedback_unknown(app):
    answer = app.test_client().post("/api/v1/recommendations/feedback", json={})
    assert answer.status_code == 401


def test_feedback_is_taken_along_and_erased_with_the_account(person, services):
    say(person, "ma_sad_1", "like", mood="sad")
    archive = zipfile.ZipFile(io.BytesIO(person.get("/users/me/export").data))
    (kept,) = json.loads(archive.read("feedback.json"))
    assert (kept["track_id"], kept["verdict"], kept["mood"]) == ("ma_sad_1", "like", "sad")
    person.delete("/users/me")
    assert services.feedback.of(person.user_id) == []


def test_what_was_given_gives_way_in_the_next_hour_and_is_forgotten_with_the_account(person, services):
    from datetime import timedelta

    first = ids(person.get(LIST))
    now = services.clock
    services.clock = lambda: now() + timedelta(hours=1)
    second = ids(person.get(LIST))
    assert len(set(first) & set(second)) < 15
    person.delete("/users/me")
    at = now() + timedelta(hours=3)
    assert services.recommendations._served.before(person.user_id, at) == ()
