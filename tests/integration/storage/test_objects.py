"""What a store of files promises."""

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from museaika.errors import Unavailable
from museaika.storage.objects import folder as folder_module
from museaika.storage.objects.folder import Folder


@pytest.fixture
def objects(tmp_path) -> Folder:
    return Folder(tmp_path / "objects")


@pytest.fixture
def source(tmp_path):
    def write(data: bytes) -> Path:
        path = tmp_path / "source"
        path.write_bytes(data)
        return path

    return write


def read(objects: Folder, key: str) -> bytes:
    with objects.open(key) as file:
        return file.read()


def test_a_file_comes_back_as_it_went_in_and_can_be_read_from_the_middle(objects, source):
    objects.put("gen_1/1/piece.mp3", source(b"0123456789"))
    assert read(objects, "gen_1/1/piece.mp3") == b"0123456789"
    assert objects.size("gen_1/1/piece.mp3") == 10
    with objects.open("gen_1/1/piece.mp3") as file:
        file.seek(4)
        assert file.read(2) == b"45"


def test_what_was_never_stored_is_a_key_error_and_has_no_size(objects, source):
    objects.put("gen_1/1/piece.mp3", source(b"x"))
    for key in ("gen_2/1/piece.mp3", "gen_1", "gen_1/1", "gen_1/1/piece.mp3/more"):
        with pytest.raises(KeyError), objects.open(key):
            pass
        assert objects.size(key) is None


def test_a_repeat_overwrites(objects, source):
    objects.put("gen_1/piece.mp3", source(b"first"))
    objects.put("gen_1/piece.mp3", source(b"second"))
    assert read(objects, "gen_1/piece.mp3") == b"second"


def test_who_reads_while_it_is_overwritten_reads_one_of_the_two_whole(objects, source, tmp_path):
    versions = [bytes([n]) * 300_000 for n in range(2)]
    for n, version in enumerate(versions):
        (tmp_path / f"v{n}").write_bytes(version)
    objects.put("gen_1/piece.mp3", tmp_path / "v0")
    done = threading.Event()

    def rewrite() -> None:
        for n in range(40):
            objects.put("gen_1/piece.mp3", tmp_path / f"v{n % 2}")
        done.set()

    writer = threading.Thread(target=rewrite)
    writer.start()
    while not done.is_set():
        assert read(objects, "gen_1/piece.mp3") in versions
    writer.join()


@pytest.mark.parametrize(
    "key",
    [
        "../secret",
        "a/../../b",
        "/etc/passwd",
        "",
        ".",
        "..",
        "a//b",
        "a/",
        ".drafts/x",
        "a\\b",
        "a\x00",
        "ä",
        "a/.b",
    ],
)
def test_no_key_leads_out_of_the_folder(objects, source, key):
    with pytest.raises(ValueError, match="key"):
        objects.put(key, source(b"x"))
    with pytest.raises(ValueError, match="key"):
        objects.size(key)


def test_a_prefix_takes_all_its_files_and_no_neighbours(objects, source):
    for key in ("gen_1/1/piece.mp3", "gen_1/1/piece.mid", "gen_1/2/piece.mp3", "gen_10/1/piece.mp3"):
        objects.put(key, source(b"x"))
    assert objects.delete_prefix("gen_1/") == 3
    assert objects.delete_prefix("gen_1/") == 0
    assert objects.size("gen_10/1/piece.mp3") == 1
    assert not (objects._root / "gen_1").exists()
    assert objects.delete_prefix("gen_1") == 1
    objects.put("gen_1/1/piece.mp3", source(b"again"))


def test_a_full_disk_is_told_in_words_and_leaves_nothing(objects, source, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folder_module.shutil, "copyfileobj", full)
    with pytest.raises(Unavailable, match="disk is full"):
        objects.put("gen_1/piece.mp3", source(b"x"))
    assert [path for path in objects._root.rglob("*") if path.is_file()] == []


def test_drafts_of_killed_writers_are_cleared_once_they_are_old(objects):
    old, young = objects._drafts / "old", objects._drafts / "young"
    for draft in (old, young):
        draft.write_bytes(b"half")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    Folder(objects._root)
    assert not old.exists()
    assert young.exists()
