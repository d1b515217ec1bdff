"""Named lists over HTTP: for the mood, the time of day and what a person likes."""

import pytest


def mixes(person, query):
    answer = person.get(f"/recommendations/mixes?{query}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()["data"]["items"]


def path(mix):
    return mix["url"].removeprefix("/api/v1")


@pytest.mark.parametrize(("hour", "part"), [(7, "morning"), (13, "day"), (20, "evening"), (2, "night")])
def test_a_mix_is_named_for_the_hour_and_leads_to_tracks(person, hour, part):
    found = mixes(person, f"mood=calm&hour={hour}")
    assert found[0]["playlist_id"] == f"mix_calm_{part}"
    assert len(found) == 6
    for mix in found:
        assert person.get(path(mix)).get_json()["data"]["items"], mix


def test_without_a_mood_the_newest_of_the_diary_counts_and_without_one_that_is_said(person):
    refused = person.get("/recommendations/mixes")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "mood_missing")
    person.post("/detect/manual", json={"mood": "angry"})
    assert mixes(person, "")[0]["playlist_id"].startswith("mix_angry_")


def test_what_was_liked_makes_a_mix_here_and_with_a_detected_mood(person):
    for track in person.get("/recommendations?mood=calm&tag=pop&limit=3").get_json()["data"]["items"]:
        person.post("/recommendations/feedback", json={"track_id": track["track_id"], "verdict": "like"})
    liked = mixes(person, "mood=calm")[1]
    assert "tag=" in liked["url"]
    assert person.get(path(liked)).get_json()["data"]["items"]
    read = person.post("/detect/manual", json={"mood": "calm"}).get_json()["data"]
    assert liked["playlist_id"] in {mix["playlist_id"] for mix in read["recommendations"]}


@pytest.mark.parametrize(
    ("query", "status"),
    [("hour=24", 422), ("hour=-1", 422), ("hour=x", 422), ("limit=0", 422), ("mood=zzz", 422)],
)
def test_what_makes_no_sense_is_refused(person, query, status):
    assert person.get(f"/recommendations/mixes?{query}").status_code == status


def test_an_unknown_tag_is_refused_with_a_hint(person):
    error = person.get("/recommendations?mood=calm&tag=popp").get_json()["error"]
    assert (error["status"], error["code"]) == (422, "unknown_tag")
    assert "Did you mean pop?" in error["detail"]
