"""engine=magenta as it is served: named in the settings, listed, ordered, made."""

import json

import pytest
from tests.calling_off import call_off_in_the_middle
from tests.magenta_checkpoints import KINDS, write_checkpoint
from tests.unit.web.conftest import Person

from museaika.bootstrap import build_engines, build_services, build_worker
from museaika.errors import Invalid
from museaika.generation.asking import with_defaults
from museaika.generation.engines import Stopped
from museaika.settings import load_settings
from museaika.web.app import create_app

ASKED = {"mood": "calm", "length": 6, "seed": 5, "engine": "magenta"}


def settings_in(folder, **wishes):
    return load_settings(flask_env="testing", data_dir=folder / "data", ratelimit_enabled=False, **wishes)


@pytest.fixture
def settings(tmp_path):
    checkpoint = write_checkpoint(tmp_path / "improv", **KINDS["improv"])
    return settings_in(tmp_path, magenta_checkpoint=checkpoint)


def engines_told(person):
    engines = person.get("/generate/options").get_json()["data"]["engines"]
    return {engine["name"]: (engine["installed"], engine["install"]) for engine in engines}


def test_with_a_checkpoint_a_piece_is_ordered_and_made_with_all_its_files(settings):
    person = Person(create_app(settings, build_services(settings)))
    assert engines_told(person)["magenta"] == (True, None)
    job_id = person.post("/generate", json=ASKED).get_json()["data"]["job_id"]
    assert build_worker(settings).run_one()
    job = person.get(f"/generate/{job_id}").get_json()["data"]
    assert (job["status"], job["error"]) == ("completed", None)
    assert set(job["result"]["downloads"]) == {"mp3", "wav", "midi", "stems", "musicxml"}


def test_without_one_it_is_listed_as_not_installed_and_refused_with_the_command(tmp_path):
    settings = settings_in(tmp_path)
    person = Person(create_app(settings, build_services(settings)))
    installed, install = engines_told(person)["magenta"]
    assert not installed
    answer = person.post("/generate", json=ASKED)
    assert answer.status_code == 422
    assert install in json.loads(answer.text)["error"]["detail"]


def test_a_broken_checkpoint_stops_the_worker_with_a_sentence(settings):
    (settings.magenta_checkpoint / "config.json").unlink()
    with pytest.raises(Invalid, match=r"checkpoint improv cannot be used: config\.json is missing"):
        build_worker(settings)


def test_it_stops_in_the_middle_of_a_tune(settings, tmp_path):
    asked = []

    def should_stop():
        asked.append(True)
        return len(asked) > 3

    stages = []
    with pytest.raises(Stopped):
        build_engines(settings)["magenta"].make(
            with_defaults(ASKED | {"length": 300}), 1, None, tmp_path,
            lambda stage, share: stages.append(stage), should_stop,
        )  # fmt: skip
    assert stages[-1] == "melody"


def test_a_tune_that_is_called_off_is_left_within_a_second(settings):
    person = Person(create_app(settings, build_services(settings)))
    long = ASKED | {"length": 600, "variations": 4}
    done = call_off_in_the_middle(person, build_worker(settings), long, lambda job: job["stage"] == "melody")
    assert done.status == "cancelled"
    assert done.told_after_s < 1
    assert done.free_after_s < 1.5
