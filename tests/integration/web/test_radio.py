"""A server with a radio that is not there: everything works, and the health page says what is missing."""

from __future__ import annotations

import time
from pathlib import Path

from tests.unit.web.conftest import Person

from museaika.bootstrap import build_services
from museaika.settings import load_settings
from museaika.web.app import create_app


def test_a_radio_that_cannot_be_reached_degrades_nothing_but_itself(tmp_path: Path) -> None:
    settings = load_settings(
        flask_env="testing",
        data_dir=tmp_path,
        ratelimit_enabled=False,
        enable_listenbrainz=True,
        listenbrainz_url="http://127.0.0.1:1",
    )
    person = Person(create_app(settings, build_services(settings)))
    assert person.get("/health").get_json()["data"]["dependencies"]["listenbrainz"]["status"] == "up"

    assert len(person.get("/recommendations?mood=calm").get_json()["data"]["items"]) == 20

    deadline = time.monotonic() + 10
    while (told := person.get("/health").get_json()["data"])["status"] == "ok" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert told["status"] == "degraded"
    assert told["dependencies"]["listenbrainz"]["status"] == "degraded"
    assert "can't be reached" in told["dependencies"]["listenbrainz"]["detail"]
    assert person.get("/health/ready").status_code == 200
