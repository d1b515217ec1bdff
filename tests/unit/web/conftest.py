"""An app over real stores in a folder of the test's own; only what reads and composes is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from museaika.accounts.service import AccountService
from museaika.clock import now
from museaika.mood.reading import MoodReading, reading_from_moods, reading_of
from museaika.mood.vocabulary import MOODS
from museaika.perception.facereader import Face, FaceReading
from museaika.settings import Settings, load_settings
from museaika.storage.memory.bus import Bus
from museaika.storage.sqlite.database import documents_at
from museaika.storage.sqlite.moods import SqliteMoodEntries
from museaika.storage.sqlite.replays import SqliteReplays
from museaika.storage.sqlite.sessions import SqliteSessions
from museaika.storage.sqlite.users import SqliteUsers
from museaika.web.app import create_app

EMOTIONS = ("happy", "sad", "angry", "fear", "surprise", "disgust", "neutral")


@dataclass
class Words:
    """A reader that finds the moods named in a text, and calm where none is."""

    read_texts: list[str]
    model_name = "named moods"
    version = "1"

    def read(self, texts: list[str]) -> list[Any]:
        self.read_texts.extend(texts)
        return [self._one(text) for text in texts]

    def explain(self, text: str) -> list[Any]:
        found = [(text.find(name), name) for name in MOODS if name in text]
        return [SimpleNamespace(start=at, end=at + len(n), mood=n, weight=1.0) for at, n in found]

    def _one(self, text: str) -> Any:
        named = [name for name in MOODS if name in text.casefold()] or ["calm"]
        emotions = {name: float(name == "happy") for name in EMOTIONS}
        mood = reading_from_moods(dict.fromkeys(named, 1.0), emotions)
        sentiment = SimpleNamespace(label="positive", score=0.8, positive=0.8, neutral=0.15, negative=0.05)
        return SimpleNamespace(mood=mood, sentiment=sentiment, labels={})


class Faces:
    """A reader that sees one happy face in any bytes but `b"nobody"`; it counts what it looked at."""

    def __init__(self) -> None:
        self.looked: list[bytes] = []

    def read(self, data: bytes, *, detail: str = "full", boxes: Any = None) -> FaceReading:
        self.looked.append(data)
        if data == b"nobody":
            return FaceReading((), None)
        emotions = {"happy": 0.9, "neutral": 0.1}
        face = Face((10, 20, 30, 40), 0.99, emotions, "happy", ())
        return FaceReading((face,), _happy(emotions))


def _happy(emotions: dict[str, float]) -> MoodReading:
    certain = reading_of(MOODS["happy"])
    return MoodReading("happy", 0.9, certain.moods, emotions, certain.valence, certain.arousal, False)


class Diary:
    def __init__(self, entries, publisher):
        self.e, self.p = entries, publisher

    def record(self, user, privacy, reading, *, source, text=None, session_id=None):
        import uuid

        from museaika.events import MoodRead
        from museaika.mood.ports import MoodEntry

        at = now()
        entry = None
        if privacy != "strict":
            entry = MoodEntry(
                "mood_" + uuid.uuid4().hex,
                user,
                reading.primary_mood,
                reading.confidence,
                reading.valence,
                reading.arousal,
                source,
                at,
                reading.moods,
                reading.emotions,
                text if privacy == "full" else None,
                session_id,
            )
            self.e.add(entry)
        self.p.publish(
            MoodRead(user, reading.primary_mood, reading.moods, reading.valence, reading.arousal, at)
        )
        return entry

    def latest(self, user):
        return self.e.latest(user)

    def get(self, user, mood_id):
        return self.e.get(user, mood_id)

    def page(self, user, **k):
        return self.e.page(user, **k)

    def trends(self, user, **k):
        return self.e.buckets(user, **k)

    def correct(self, user, mood_id, reading):
        from dataclasses import replace

        from museaika.errors import NotFound

        e = self.e.get(user, mood_id)
        if e is None:
            raise NotFound("no such mood")
        return self.e.replace(
            replace(e, primary_mood=reading.primary_mood, corrected_from=e.primary_mood),
            expected_version=e.version,
        )

    def forget(self, user, mood_id):
        from museaika.errors import NotFound

        if not self.e.delete(user, mood_id):
            raise NotFound("no such mood")

    def forget_all(self, user):
        return self.e.delete_all(user)


MakeApp = Callable[..., Flask]


@pytest.fixture
def make_app(tmp_path: Path) -> MakeApp:
    """Build an app with settings of one's own, such as `ratelimit_enabled=True`."""

    def make(**wanted: Any) -> Flask:
        settings = load_settings(
            **{"flask_env": "testing", "data_dir": tmp_path / "data", "ratelimit_enabled": False, **wanted}
        )
        return create_app(settings, build(settings))

    return make


def build(settings: Settings) -> Any:
    from museaika.catalogue.starter import load_starter
    from museaika.recommendations.service import RecommendationService

    database = documents_at(settings.database_path)
    database.init()
    bus = Bus()
    replays = SqliteReplays(database)
    accounts = AccountService(
        SqliteUsers(database), SqliteSessions(database), bus, jwt_key=settings.secret("jwt_secret_key")
    )
    return SimpleNamespace(
        settings=settings,
        clock=now,
        bus=bus,
        accounts=accounts,
        diary=Diary(SqliteMoodEntries(database), bus),
        text=Words([]),
        faces=Faces(),
        recommendations=RecommendationService(load_starter()),
        replays=replays,
        health=lambda: {"database": SimpleNamespace(status="up", kind="sqlite", detail=None)},
    )


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


class Person:
    """Somebody signed in: `person.post("/detect/manual", json=…)`."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        answer = app.test_client().post("/api/v1/auth/guest", json={})
        assert answer.status_code == 200, answer.text
        signed_in = answer.get_json()["data"]
        self.token, self.refresh_token, self.user = (
            signed_in["access_token"],
            signed_in["refresh_token"],
            signed_in["user"],
        )
        self.user_id: str = self.user["user_id"]

    def request(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> Any:
        return self.request("POST", path, **options)

    def patch(self, path: str, **options: Any) -> Any:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self.request("DELETE", path, **options)


@pytest.fixture
def person(app: Flask) -> Person:
    return Person(app)


@pytest.fixture
def stranger(app: Flask) -> Person:
    return Person(app)


@pytest.fixture
def services(app: Flask) -> Any:
    return app.extensions["museaika.services"]
