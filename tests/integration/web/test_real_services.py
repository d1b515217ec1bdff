"""The app as it is served: real readers, real catalogue, a real composer, over the test client."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from skimage import data as photos
from tests.unit.web.conftest import Person

from museaika.bootstrap import build_services, build_worker
from museaika.settings import load_settings
from museaika.web.app import create_app


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("real")
    return load_settings(flask_env="testing", data_dir=folder, ratelimit_enabled=False)


@pytest.fixture(scope="module")
def person(settings: Any) -> Person:
    return Person(create_app(settings, build_services(settings)))


def test_create_app_testing_works_from_anywhere_and_leaves_nothing_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = create_app("testing").test_client().get("/health/ready")
    assert answer.status_code == 200
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("sentence", "mood"),
    [
        ("I feel happy today", "happy"),
        ("I am so scared of tomorrow", "fear"),
        ("This makes me furious", "angry"),
    ],
)
def test_a_sentence_is_read(person: Person, sentence: str, mood: str) -> None:
    read = person.post("/detect/sentiment", json={"text": sentence, "explain": True}).get_json()["data"]
    assert read["primary_mood"] == mood
    assert sum(read["moods"].values()) == pytest.approx(1, abs=1e-3)
    assert sum(read["emotions"].values()) == pytest.approx(1, abs=1e-3)
    assert all(0 <= h["start"] < h["end"] <= len(sentence) for h in read["highlights"])


def test_a_photo_is_read(person: Person) -> None:
    buffer = io.BytesIO()
    Image.fromarray(photos.astronaut()).save(buffer, "PNG")
    buffer.seek(0)
    answer = person.post("/detect/emotion", data={"image": (buffer, "me.png"), "consent": "true"})
    assert answer.status_code == 200, answer.text
    read = answer.get_json()["data"]
    assert len(read["faces"]) == 1
    assert sum(read["emotions"].values()) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("content", "status"), [(b"", 422), (b"not an image", 422), (b"GIF89a....", 415), (b"\xff\xd8\xff", 422)]
)
def test_what_is_no_photo_is_refused_in_words(person: Person, content: bytes, status: int) -> None:
    data = {"image": (io.BytesIO(content), "me.jpg"), "consent": "true"}
    answer = person.post("/detect/emotion", data=data)
    assert answer.status_code == status, answer.text
    assert answer.get_json()["error"]["detail"].endswith(".")


def test_words_without_a_letter_say_nothing(person: Person) -> None:
    answer = person.post("/detect/sentiment", json={"text": "... !!! \u0000 \u200b"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "empty_text")


@pytest.mark.parametrize("level", ["standard", "full"])
@pytest.mark.parametrize(
    "text",
    ["😡" * 5000, "\u202eI am\u202c \u200dhappy\u200b", "I am\u0000 so\u0007 tired\u001b[31m",
     "אני שמח היום", "👩\u200d👩\u200d👧\u200d👦", "e\u0301" * 2000, "x" * 5000],
)  # fmt: skip
def test_strange_texts_are_read_and_kept_like_any_other(person: Person, text: str, level: str) -> None:
    person.patch("/users/me", json={"privacy_level": level})
    answer = person.post("/detect/sentiment", json={"text": text, "labels": True})
    assert answer.status_code == 200, answer.text
    read = answer.get_json()["data"]
    assert sum(read["moods"].values()) == pytest.approx(1, abs=1e-3)
    assert len(read["labels"]) == 28
    assert all(0 <= s["start"] < s["end"] <= len(text) for s in read["sentences"])
    assert person.get("/detect/history?limit=1").status_code == 200
    person.patch("/users/me", json={"privacy_level": "standard"})


def test_half_a_character_is_refused_in_words(person: Person) -> None:
    answer = person.post("/detect/sentiment", json={"text": "\ud83d I am sad"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "malformed_json")


def test_a_text_of_several_sentences_is_told_one_by_one(person: Person) -> None:
    text = "We won! 🎉 But I am so tired now."
    read = person.post("/detect/sentiment", json={"text": text}).get_json()["data"]
    assert [text[s["start"] : s["end"]] for s in read["sentences"]] == ["We won! 🎉", "But I am so tired now."]
    assert read["sentences"][1]["primary_mood"] == "tired"
    assert read["model"]["name"]


def test_another_language_is_told_so(person: Person) -> None:
    read = person.post("/detect/sentiment", json={"text": "Ich bin heute sehr müde."}).get_json()["data"]
    assert (read["language"], read["language_supported"]) == ("de", False)
    assert read["confidence"] < 0.5


def test_a_batch_of_64_is_answered_in_order(person: Person) -> None:
    texts = ["I am furious", "I feel so calm and quiet"] * 32
    items = person.post("/detect/sentiment", json={"texts": texts}).get_json()["data"]["items"]
    assert [item["primary_mood"] for item in items] == ["angry", "calm"] * 32


def test_tracks_are_found_for_every_mood(person: Person) -> None:
    for mood in person.get("/moods").get_json()["data"]["items"]:
        told = person.get(f"/recommendations?mood={mood['name']}&limit=10").get_json()["data"]
        assert len(told["items"]) == 10, mood["name"]
        assert told["items"][0]["reason"]


def test_a_piece_is_composed_and_fetched(person: Person, settings: Any) -> None:
    job_id = person.post("/generate", json={"mood": "calm", "length": 5, "seed": 3}).get_json()["data"][
        "job_id"
    ]
    assert build_worker(settings).run_one()
    job = person.get(f"/generate/{job_id}").get_json()["data"]
    assert job["status"] == "completed", job["error"]
    assert set(job["result"]["downloads"]) >= {"mp3", "wav", "midi"}
    midi = person.get(f"/generate/{job_id}/download?format=midi")
    assert midi.data.startswith(b"MThd")
    metadata = job["result"]["metadata"]
    assert metadata["seed"] == 3
    assert metadata["sections"]
