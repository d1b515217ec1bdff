"""An app over real stores in a folder of the test's own; only what reads and composes is played."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.unit.web import contract

from museaika.accounts.service import AccountService
from museaika.catalogue.memory import InMemoryCatalogue
from museaika.catalogue.track import Track
from museaika.clock import now
from museaika.generation.engines import Made
from museaika.generation.service import GenerationService
from museaika.generation.worker import Worker
from museaika.mood.history import Diary
from museaika.mood.reading import MoodReading, reading_from_moods, reading_of
from museaika.mood.vocabulary import MOODS
from museaika.perception.facereader import Face, FaceReading
from museaika.perception.parts import sentences_of
from museaika.perception.quality import Quality
from museaika.perception.text import SentenceReading, Sentiment, TextReading
from museaika.playlists.members import Members
from museaika.playlists.service import PlaylistService
from museaika.privacy.service import PrivacyService
from museaika.recommendations.feedback import Feedback
from museaika.recommendations.remembering import Remembering
from museaika.recommendations.service import RecommendationService
from museaika.settings import Settings, load_settings
from museaika.storage.memory.bus import Bus
from museaika.storage.memory.open_sockets import MemoryOpenSockets
from museaika.storage.objects.folder import Folder
from museaika.storage.sqlite.database import documents_at
from museaika.storage.sqlite.jobs import SqliteJobs
from museaika.storage.sqlite.moods import SqliteMoodEntries
from museaika.storage.sqlite.playlists import SqlitePlaylists
from museaika.storage.sqlite.replays import SqliteReplays
from museaika.storage.sqlite.sessions import SqliteSessions
from museaika.storage.sqlite.users import SqliteUsers
from museaika.storage.sqlite.verdicts import SqliteVerdicts
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
        sentiment = Sentiment("positive", 0.75, 0.8, 0.15, 0.05, mixed=" but " in text)
        sentences = [
            SentenceReading(*span, named[0], mood.confidence, sentiment) for span in sentences_of(text)
        ]
        return TextReading(mood, sentiment, {"joy": 0.9, "relief": 0.2}, sentences, "en", True)


class Faces:
    """A reader that sees one face in any bytes but `b"nobody"`; it notes what it looked at, and can wait."""

    def __init__(self) -> None:
        self.looked: list[bytes] = []
        self.details: list[str] = []
        self.mood = "happy"
        self.box = (10, 20, 30, 40)
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def read(self, data: bytes, *, detail: str = "full", boxes: Any = None) -> FaceReading:
        self.looked.append(data)
        self.details.append(detail)
        assert self.may_go_on.wait(10)
        if data == b"nobody":
            return FaceReading(())
        mood = _surely(self.mood, {"happy": 0.9, "neutral": 0.1})
        return FaceReading((Face(self.box, 0.99, mood, Quality(1.0)),))


def _surely(mood: str, emotions: dict[str, float]) -> MoodReading:
    certain = reading_of(MOODS[mood])
    return MoodReading(mood, 0.9, certain.moods, emotions, certain.valence, certain.arousal, False)


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


class Waker:
    def wake(self) -> None: ...

    def wait(self, timeout_s: float) -> bool:
        return False


class Whistler:
    """An engine that is done at once: its files hold the seed, 1,000 bytes of it."""

    def make(
        self, parameters: Any, variation: int, material: Any, folder: Path, on_progress: Any, should_stop: Any
    ) -> Made:
        on_progress("melody", 0.5)
        files = {}
        for name in ("mp3", "midi"):
            files[name] = folder / name
            files[name].write_bytes(f"{parameters['seed']:04d}".encode() * 250)
        metadata = {"key": "C major", "tempo": 120.0, "seed": parameters["seed"], "duration_s": 60.0}
        return Made(files, metadata, {})


@cache
def catalogue() -> InMemoryCatalogue:
    """Thirty tracks around each mood."""
    return InMemoryCatalogue(
        Track(
            f"ma_{name}_{n}", f"{name} {n}", (f"Artist {n}",), None, 2000, 200_000, mood.valence, mood.arousal,
            (name,), "pop", "en", "starter", 0.9,
        )
        for name, mood in MOODS.items()
        for n in range(30)
    )  # fmt: skip


def build(settings: Settings) -> Any:
    database = documents_at(settings.database_path)
    database.init()
    bus = Bus()
    replays, verdicts = SqliteReplays(database), SqliteVerdicts(database)
    jobs, objects, waker = SqliteJobs(database), Folder(settings.objects_dir), Waker()
    generation = GenerationService(jobs, objects, waker, bus, max_waiting=settings.max_queued_jobs_per_user)
    accounts = AccountService(
        SqliteUsers(database), SqliteSessions(database), bus, jwt_key=settings.secret("jwt_secret_key")
    )
    diary = Diary(SqliteMoodEntries(database), bus)
    recommendations = Remembering(RecommendationService(catalogue()))
    lists = SqlitePlaylists(database)
    playlists = PlaylistService(lists, catalogue(), bus)
    worker = Worker(jobs, objects, waker, bus, {"composer": Whistler()}, work_dir=settings.data_dir / "work")
    return SimpleNamespace(
        settings=settings,
        clock=now,
        bus=bus,
        accounts=accounts,
        open_sockets=MemoryOpenSockets(),
        diary=diary,
        generation=generation,
        catalogue=catalogue(),
        playlists=playlists,
        members=Members(playlists, lists, settings.secret("secret_key")),
        privacy=PrivacyService(
            accounts, diary, generation, replays, verdicts, playlists, forget_served=recommendations.forget
        ),
        worker=worker,
        text=Words([]),
        faces=Faces(),
        recommendations=recommendations,
        feedback=Feedback(verdicts, catalogue()),
        replays=replays,
        spotify=None,
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
        answer = self.app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **options)
        contract.check(self.app, method, f"/api/v1{path}", answer)
        return answer

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


@pytest.fixture(scope="module")
def one_person(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Somebody on an app that a whole file of tests shares, where they leave nothing behind."""
    folder = tmp_path_factory.mktemp("shared")
    settings = load_settings(flask_env="testing", data_dir=folder, ratelimit_enabled=False)
    return Person(create_app(settings, build(settings)))


@pytest.fixture
def stranger(app: Flask) -> Person:
    return Person(app)


@pytest.fixture
def services(app: Flask) -> Any:
    return app.extensions["museaika.services"]
