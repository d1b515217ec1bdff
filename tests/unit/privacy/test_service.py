"""Everything can be taken along, and nothing stays behind."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.unit.web.conftest import build

from museaika.errors import NotFound
from museaika.mood.reading import reading_of
from museaika.mood.vocabulary import MOODS
from museaika.settings import load_settings


@pytest.fixture
def rooms(tmp_path: Path) -> Any:
    return build(load_settings(flask_env="testing", data_dir=tmp_path))


def live_a_little(rooms: Any, moods: int = 3) -> str:
    """A guest with a diary, a finished piece in two variations, one that waits, and a remembered answer."""
    user_id: str = rooms.accounts.guest("Ada").user.user_id
    for _ in range(moods):
        rooms.diary.record(user_id, "full", reading_of(MOODS["calm"]), source="text", text="über alles")
    rooms.generation.submit(user_id, {"mood": "calm", "variations": 2, "seed": 1})
    while rooms.worker.run_one():
        pass
    rooms.generation.submit(user_id, {"mood": "sad"})
    rooms.replays.begin(user_id, "key", "fingerprint", rooms.clock())
    return user_id


def test_an_export_holds_the_profile_every_mood_every_job_and_all_music(rooms: Any) -> None:
    user_id = live_a_little(rooms, moods=130)
    with rooms.privacy.export(user_id) as file, zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        profile, moods, jobs = (json.loads(archive.read(f"{n}.json")) for n in ("profile", "moods", "jobs"))
        assert (profile["user_id"], profile["preferences"]["privacy_level"]) == (user_id, "standard")
        assert len({entry["mood_id"] for entry in moods}) == 130
        assert moods[0]["text"] == "über alles"
        assert [job["status"] for job in jobs] == ["queued", "completed"]
        assert not {"fence", "lease_until"} & jobs[0].keys()
        music = [name for name in archive.namelist() if name.startswith(f"music/{jobs[1]['job_id']}/")]
        assert len(music) == 4
        assert {len(archive.read(name)) for name in music} == {1000}


def test_nobody_has_nothing_to_export(rooms: Any) -> None:
    with pytest.raises(NotFound):
        rooms.privacy.export("usr_nobody")


def test_a_piece_whose_files_are_gone_does_not_spoil_the_export(rooms: Any) -> None:
    user_id = live_a_little(rooms)
    for path in rooms.settings.objects_dir.rglob("*.mp3"):
        path.unlink()
    with rooms.privacy.export(user_id) as file, zipfile.ZipFile(file) as archive:
        assert [name for name in archive.namelist() if name.endswith(".mp3")] == []
        assert [name for name in archive.namelist() if name.endswith(".mid")]


def test_erasing_leaves_nothing_of_one_and_everything_of_the_other(rooms: Any) -> None:
    gone, stays = live_a_little(rooms), live_a_little(rooms)
    rooms.privacy.erase(gone)
    with pytest.raises(NotFound):
        rooms.accounts.get(gone)
    assert rooms.diary.page(gone).items == []
    assert rooms.generation.page(gone).items == []
    assert rooms.replays.begin(gone, "key", "another", rooms.clock()).state == "fresh"
    assert len(rooms.diary.page(stays).items) == 3
    assert len(list(rooms.settings.objects_dir.rglob("*.mp3"))) == 2
    rooms.privacy.erase(gone)


def test_an_erasure_that_was_interrupted_can_be_asked_for_again(rooms: Any) -> None:
    user_id = live_a_little(rooms)
    forget_all = rooms.diary.forget_all

    def crash(_: str) -> int:
        raise OSError("the power went")

    rooms.diary.forget_all = crash
    with pytest.raises(OSError, match="power"):
        rooms.privacy.erase(user_id)
    assert rooms.accounts.get(user_id), "somebody is still there to ask again"
    rooms.diary.forget_all = forget_all
    rooms.privacy.erase(user_id)
    assert rooms.diary.page(user_id).items == []
