"""Somebody tells how they feel, and looks back on it."""

from __future__ import annotations

import io

import pytest


def test_a_sentence_is_read_and_lands_in_the_diary(person):
    answer = person.post("/detect/sentiment", json={"text": "I am happy", "explain": True})
    assert answer.status_code == 200, answer.text
    read = answer.get_json()["data"]
    assert read["primary_mood"] == "happy"
    assert "contempt" not in read["emotions"]
    assert read["highlights"] == [{"start": 5, "end": 10, "mood": "happy", "weight": 1.0}]
    (entry,) = person.get("/detect/history").get_json()["data"]["items"]
    assert entry["mood_id"] == read["mood_id"]
    assert entry["text"] is None


def test_a_text_is_told_sentence_by_sentence_and_by_whom(person):
    text = "I am tired. Now I am calm but sad."
    read = person.post("/detect/sentiment", json={"text": text}).get_json()["data"]
    assert [text[s["start"] : s["end"]] for s in read["sentences"]] == ["I am tired.", "Now I am calm but sad."]
    assert set(read["sentences"][0]) == {"start", "end", "primary_mood", "confidence", "sentiment"}
    assert read["sentiment"]["mixed"] is True
    assert (read["language"], read["language_supported"]) == ("en", True)
    assert read["model"] == {"name": "named moods", "version": "1"}
    assert "labels" not in read or read["labels"] is None


def test_the_models_own_labels_are_told_when_asked_for(person):
    read = person.post("/detect/sentiment", json={"text": "happy", "labels": True}).get_json()["data"]
    assert read["labels"] == {"joy": 0.9, "relief": 0.2}
    batch = person.post("/detect/sentiment", json={"texts": ["happy", "sad"], "labels": True}).get_json()[
        "data"
    ]
    assert [item["labels"]["joy"] for item in batch["items"]] == [0.9, 0.9]


def photo(content: bytes = b"face", **fields):
    return {"data": {"image": (io.BytesIO(content), "me.jpg"), **fields}, "content_type": "multipart/form-data"}


def test_without_consent_the_photo_is_not_looked_at(person, services):
    refused = person.post("/detect/emotion", **photo())
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "consent_required")
    assert services.faces.looked == []
    refused = person.post("/detect/emotion", **photo(consent="false"))
    assert services.faces.looked == []


def test_consent_is_given_with_the_photo_or_once_for_all(person, services):
    assert person.post("/detect/emotion", **photo(consent="true")).status_code == 200
    person.patch("/users/me", json={"image_consent": True})
    assert person.post("/detect/emotion", **photo()).status_code == 200
    assert services.faces.looked == [b"face", b"face"]


def test_a_face_is_read_and_told_as_what_it_is(person):
    read = person.post("/detect/emotion", **photo(consent="true")).get_json()["data"]
    assert (read["primary_mood"], read["confidence"]) == ("happy", 0.9)
    assert read["faces"] == [
        {"box": [10, 20, 30, 40], "confidence": 0.99, "emotions": {"happy": 0.9, "neutral": 0.1},
         "primary_mood": "happy", "quality": {"score": 1.0, "defects": [], "words": None}},
    ]  # fmt: skip
    assert read["blend"] == {"face": 1.0}
    assert "not what the person feels" in read["notice"]
    assert read["recommendations"][0]["playlist_id"].startswith("mix_happy_")
    (entry,) = person.get("/detect/history").get_json()["data"]["items"]
    assert entry["source"] == "camera"


def test_a_large_photo_arrives_whole_and_never_touches_the_disk(person, services, monkeypatch):
    import tempfile

    def on_disk(*_, **__):
        raise AssertionError("an upload went to disk")

    for way in ("TemporaryFile", "SpooledTemporaryFile", "NamedTemporaryFile"):
        monkeypatch.setattr(tempfile, way, on_disk)
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", on_disk)
    large = bytes(range(256)) * 39_000
    assert person.post("/detect/emotion", **photo(large, consent="true")).status_code == 200
    assert services.faces.looked == [large]


def test_a_photo_without_a_face_is_no_error_and_no_mood(person):
    read = person.post("/detect/emotion", **photo(b"nobody", consent="true")).get_json()["data"]
    assert (read["faces"], read["primary_mood"], read["mood_id"], read["recommendations"], read["blend"]) == (
        [],
        None,
        None,
        [],
        {},
    )
    assert person.get("/detect/history").get_json()["data"]["items"] == []


def test_words_beside_a_photo_are_blended_in(person):
    alone = person.post("/detect/emotion", **photo(consent="true")).get_json()["data"]
    both = person.post("/detect/emotion", **photo(consent="true", text="so sad")).get_json()["data"]
    assert both["moods"]["sad"] > alone["moods"]["sad"]
    assert both["valence"] < alone["valence"]
    assert sum(both["moods"].values()) == pytest.approx(1)
    assert both["blend"] == pytest.approx({"face": 0.9 / 1.9, "text": 1.0 / 1.9})
    words_alone = person.post("/detect/emotion", **photo(b"nobody", consent="true", text="so sad"))
    assert words_alone.get_json()["data"]["blend"] == {"text": 1.0}


def test_of_a_sitting_only_a_mood_that_changed_is_written_down(person, services):
    def frame(mood, session_id="evening"):
        services.faces.mood = mood
        answer = person.post("/detect/emotion", **photo(consent="true", session_id=session_id))
        return answer.get_json()["data"]

    first, again = frame("happy"), frame("happy")
    assert (again["mood_id"], again["recommendations"]) == (first["mood_id"], first["recommendations"])
    services.faces.box = (300, 20, 30, 40)
    other_face = frame("sad")
    assert other_face["moods"]["sad"] == 1
    assert other_face["mood_id"] != first["mood_id"]
    diary = person.get("/detect/history").get_json()["data"]["items"]
    assert [entry["primary_mood"] for entry in diary] == ["sad", "happy"]


def test_frames_of_one_sitting_are_smoothed_and_those_of_another_are_not(person, services):
    def frame(mood, session_id):
        services.faces.mood = mood
        answer = person.post("/detect/emotion", **photo(consent="true", session_id=session_id))
        return answer.get_json()["data"]["moods"]

    assert frame("happy", "evening")["happy"] == 1
    assert 0 < frame("sad", "evening")["sad"] < 1
    assert frame("sad", "morning")["sad"] == 1


def test_a_batch_is_answered_in_order(person, services):
    answer = person.post("/detect/sentiment", json={"texts": ["angry", "tired", "happy"]})
    items = answer.get_json()["data"]["items"]
    assert [item["primary_mood"] for item in items] == ["angry", "tired", "happy"]
    assert len({item["mood_id"] for item in items}) == 3
    too_many = person.post("/detect/sentiment", json={"texts": ["calm"] * 65})
    assert too_many.status_code == 422
    too_long = person.post("/detect/sentiment", json={"text": "x" * 5001})
    assert too_long.get_json()["error"]["errors"] == [
        {"loc": ["body", "text"], "msg": "This may have at most 5000 characters."}
    ]


def test_what_is_kept_follows_the_privacy_level(person, services):
    said = {"text": "happy words"}
    person.patch("/users/me", json={"privacy_level": "full"})
    person.post("/detect/sentiment", json=said)
    assert person.get("/detect/history").get_json()["data"]["items"][0]["text"] == "happy words"
    person.delete("/detect/history")
    person.patch("/users/me", json={"privacy_level": "strict"})
    key = {"Idempotency-Key": "strictly-none"}
    read = person.post("/detect/sentiment", json=said, headers=key).get_json()["data"]
    assert (read["primary_mood"], read["mood_id"]) == ("happy", None)
    assert person.get("/detect/history").get_json()["data"]["items"] == []
    again = person.post("/detect/sentiment", json=said, headers=key)
    assert "Idempotent-Replayed" not in again.headers


def test_the_same_key_records_a_mood_once(person):
    key = {"Idempotency-Key": "once"}
    first, again = (person.post("/detect/manual", json={"mood": "calm"}, headers=key) for _ in range(2))
    assert first.get_json()["data"]["mood_id"] == again.get_json()["data"]["mood_id"]
    assert len(person.get("/detect/history").get_json()["data"]["items"]) == 1


def test_forgetting_a_mood_forgets_the_remembered_answer_too(person):
    key = {"Idempotency-Key": "soon-forgotten"}
    mood_id = person.post("/detect/manual", json={"mood": "calm"}, headers=key).get_json()["data"]["mood_id"]
    person.delete(f"/detect/history/{mood_id}")
    again = person.post("/detect/manual", json={"mood": "calm"}, headers=key).get_json()["data"]
    assert again["mood_id"] != mood_id


def test_a_mood_is_named_or_placed(person):
    named = person.post("/detect/manual", json={"mood": " Scared "}).get_json()["data"]
    assert (named["primary_mood"], named["confidence"]) == ("fear", 1.0)
    placed = person.post("/detect/manual", json={"valence": 0.8, "arousal": 0.42}).get_json()["data"]
    assert placed["primary_mood"] == "happy"
    for half in ({"valence": 0.5}, {"mood": "calm", "arousal": 0.1}, {}):
        refused = person.post("/detect/manual", json=half)
        assert refused.status_code == 422
        assert "Send either `mood`, or both" in refused.get_json()["error"]["detail"]
    unknown = person.post("/detect/manual", json={"mood": "hapy"}).get_json()["error"]
    assert (unknown["code"], "Did you mean happy" in unknown["detail"]) == ("unknown_mood", True)
    assert unknown["errors"][0]["loc"] == ["body", "mood"]
    assert person.get("/recommendations?mood=hapy").get_json()["error"]["errors"][0]["loc"] == ["query", "mood"]


def test_the_diary_is_paged_filtered_corrected_and_forgotten(person):
    ids = [
        person.post("/detect/manual", json={"mood": m}).get_json()["data"]["mood_id"] for m in ("sad", "calm")
    ]
    person.post("/detect/sentiment", json={"text": "happy"})
    first = person.get("/detect/history?limit=2").get_json()["data"]
    rest = person.get(f"/detect/history?limit=2&cursor={first['next_cursor']}").get_json()["data"]
    assert [e["primary_mood"] for e in first["items"] + rest["items"]] == ["happy", "calm", "sad"]
    assert rest["next_cursor"] is None
    by_hand = person.get("/detect/history?source=manual").get_json()["data"]["items"]
    assert [entry["mood_id"] for entry in by_hand] == ids[::-1]
    assert person.get("/detect/history?to=2020-01-01T00:00:00Z").get_json()["data"]["items"] == []
    corrected = person.patch(f"/detect/history/{ids[0]}", json={"mood": "tired"}).get_json()["data"]
    assert (corrected["primary_mood"], corrected["corrected_from"]) == ("tired", "sad")
    (day,) = person.get("/detect/history?bucket=day").get_json()["data"]["items"]
    assert (day["count"], sum(day["moods"].values())) == (3, pytest.approx(1))
    assert person.delete(f"/detect/history/{ids[0]}").status_code == 200
    assert person.delete(f"/detect/history/{ids[0]}").status_code == 404
    assert person.delete("/detect/history").get_json()["data"] == {"deleted": 2}


def test_an_unescaped_plus_in_a_time_is_understood_and_a_bare_number_is_no_time(person):
    person.post("/detect/manual", json={"mood": "calm"})
    for since, count in (("2020-01-01T00:00:00+02:00", 1), ("2999-01-01T00:00:00+0200", 0)):
        assert len(person.get(f"/detect/history?from={since}").get_json()["data"]["items"]) == count
    for number in ("2026", "1767225600", "-5.5"):
        refused = person.get(f"/detect/history?from={number}")
        assert refused.status_code == 422, number
        assert "2026-01-01T12:00:00Z" in refused.get_json()["error"]["detail"]


def test_a_form_field_that_is_wrong_is_said_in_plain_english(person):
    for field, words in (
        ({"session_id": "an evening"}, "session_id: This holds characters that are not taken here"),
        ({"boxes": "junk"}, "boxes: This must be JSON: expected value"),
    ):
        form = {"image": (io.BytesIO(b"face"), "me.jpg"), "consent": "true", **field}
        refused = person.post("/detect/emotion", data=form)
        assert refused.status_code == 422
        assert refused.get_json()["error"]["detail"].startswith(words)


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/detect/sentiment", {"text": ""}, "text: This must have at least 1 character."),
        ("/detect/sentiment", {"texts": []}, "texts: This must have at least 1 item."),
        ("/generate", {"mood": "calm", "tempo": 39.9}, "tempo: This must be at least 40."),
        ("/generate", {"mood": "calm", "instrument": "kazoo"}, "'kazoo' is no instrument we have."),
    ],
)
def test_what_is_wrong_is_said_in_plain_english(person, path, body, words):
    assert person.post(path, json=body).get_json()["error"]["detail"].startswith(words)


def test_a_diary_is_its_owners_alone(person, stranger):
    mood_id = person.post("/detect/manual", json={"mood": "calm"}).get_json()["data"]["mood_id"]
    assert stranger.get("/detect/history").get_json()["data"]["items"] == []
    assert stranger.delete(f"/detect/history/{mood_id}").status_code == 404
    assert stranger.patch(f"/detect/history/{mood_id}", json={"mood": "sad"}).status_code == 404


def test_debugging_tells_scores_and_times_but_no_words_and_no_pixels(make_app, capsys):
    from tests.unit.web.conftest import Person

    person = Person(make_app(debug_emotion_detection=True))
    person.post("/detect/emotion", **photo(b"pixels in private", consent="true", text="a private word"))
    person.post("/detect/sentiment", json={"text": "another private word"})
    told = capsys.readouterr()
    logged = told.out + told.err
    assert "emotion_detected" in logged
    assert "'sure': 0.99, 'quality': 1.0, 'happy': 0.9" in logged
    assert "ms=" in logged
    assert "private" not in logged


def test_nothing_is_logged_of_a_face_unless_it_is_asked_for(person, capsys):
    person.post("/detect/emotion", **photo(consent="true"))
    told = capsys.readouterr()
    assert "emotion_detected" not in told.out + told.err


def test_the_newest_mood_is_recommended_for_and_no_mood_is_told_kindly(person):
    refused = person.get("/recommendations")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "mood_missing")
    assert "?mood=calm" in refused.get_json()["error"]["detail"]
    person.post("/detect/manual", json={"mood": "sad"})
    told = person.get("/recommendations?limit=5").get_json()["data"]
    assert told["mood"] == "sad"
    assert len(told["items"]) == 5
    assert all(track["valence"] < 0 for track in told["items"])


def test_recommendations_go_on_where_the_last_page_ended_whatever_is_felt_since(person):
    person.post("/detect/manual", json={"mood": "sad"})
    first = person.get("/recommendations?limit=5").get_json()["data"]
    person.post("/detect/manual", json={"mood": "happy"})
    second = person.get(f"/recommendations?limit=5&cursor={first['next_cursor']}").get_json()["data"]
    whole = person.get("/recommendations?limit=10&mood=sad").get_json()["data"]
    assert second["mood"] == "sad"
    pages = [track["track_id"] for track in first["items"] + second["items"]]
    assert len(set(pages)) == 10
    assert {track["valence"] < 0 for track in second["items"]} == {True}
    assert len(whole["items"]) == 10


def test_a_journey_can_be_ordered_as_one_piece_and_a_plain_list_can_not(person):
    offered = person.get("/recommendations?mood=unhappy&target=joyful").get_json()["data"]["generate"]
    assert offered["body"] == {"mood": "sad", "target_mood": "happy"}
    answer = person.post(offered["url"].removeprefix("/api/v1"), json=offered["body"])
    assert answer.status_code == 202
    assert answer.get_json()["data"]["parameters"]["target_mood"] == "happy"
    assert person.get("/recommendations?mood=sad").get_json()["data"]["generate"] is None


def test_a_target_makes_a_journey(person):
    told = person.get("/recommendations?mood=sad&target=happy&limit=10").get_json()["data"]["items"]
    assert told[0]["valence"] < 0 < told[-1]["valence"]
