"""A server that keeps its pieces in a bucket: composed, fetched, erased, and told when the bucket is away."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mido
import pytest
from moto.server import ThreadedMotoServer
from tests.unit.web.conftest import Person

from museaika.bootstrap import build_services, build_worker, init_database
from museaika.errors import Unavailable
from museaika.settings import Settings, SettingsError, load_settings
from museaika.web.app import create_app


class Elsewhere:
    """A server that speaks like S3, to be taken away and brought back with all that it held."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self._server.start()
        host, self._port = self._server.get_host_and_port()
        self.home = f"http://{host}:{self._port}"

    def go_away(self) -> None:
        self._server.stop()

    def come_back(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", self._port, verbose=False)
        self._server.start()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere()
    yield server
    server.go_away()


def settings_of(folder: Path, **more: Any) -> Settings:
    return load_settings(
        flask_env="testing",
        data_dir=folder,
        ratelimit_enabled=False,
        s3_access_key="key",
        s3_secret_key="secret",
        s3_bucket_name=f"muse-{folder.name.replace('_', '-').lower()}",
        **more,
    )


def test_a_piece_is_kept_in_the_bucket_fetched_from_it_and_erased(tmp_path, elsewhere, monkeypatch) -> None:
    monkeypatch.setattr("museaika.storage.objects.s3.TRIES", 1)
    settings = settings_of(tmp_path, s3_endpoint=elsewhere.home)
    with pytest.raises(Unavailable, match="init-db"):
        build_services(settings)
    init_database(settings)
    person = Person(create_app(settings, build_services(settings)))
    job = person.post("/generate", json={"mood": "calm", "length": 5, "seed": 3}).get_json()["data"]["job_id"]
    assert build_worker(settings).run_one()

    midi = person.get(f"/generate/{job}/download?format=midi")
    assert midi.status_code == 200
    assert mido.MidiFile(file=io.BytesIO(midi.data)).length > 3
    part = person.get(f"/generate/{job}/download?format=mp3", headers={"Range": "bytes=100-199"})
    assert (part.status_code, len(part.data)) == (206, 100)
    assert not list(tmp_path.rglob("*.mp3")), "nothing is left in the folder"

    elsewhere.go_away()
    away = person.get(f"/generate/{job}/download?format=mp3")
    assert (away.status_code, away.get_json()["error"]["code"]) == (503, "dependency_unavailable")
    assert person.get("/health/ready").status_code == 503
    assert person.get("/recommendations?mood=calm").status_code == 200
    elsewhere.come_back()
    assert person.get("/health/ready").status_code == 200
    assert person.get(f"/generate/{job}/download?format=midi").data == midi.data

    person.delete("/users/me")
    assert build_services(settings).generation._objects.size(f"{job}/1/piece.mp3") is None


@pytest.mark.parametrize("missing", ["s3_access_key", "s3_secret_key"])
def test_half_a_bucket_stops_the_start_with_a_sentence(tmp_path, missing) -> None:
    settings = settings_of(tmp_path, s3_endpoint="http://127.0.0.1:1")
    with pytest.raises(SettingsError, match="all three, or none"):
        build_services(settings.model_copy(update={missing: None}))


def test_a_bucket_that_cannot_be_reached_stops_the_start(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("museaika.storage.objects.s3.TRIES", 1)
    with pytest.raises(Unavailable, match="can't be reached"):
        build_services(settings_of(tmp_path, s3_endpoint="http://127.0.0.1:1"))
