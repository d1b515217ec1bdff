"""Somebody tells how they feel, and looks back on it."""

from __future__ import annotations


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
