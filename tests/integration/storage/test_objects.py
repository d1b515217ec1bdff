"""What a store of files promises."""

import errno
import os
import random
import threading
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from moto.server import ThreadedMotoServer

from museaika.errors import Conflict, Unavailable
from museaika.storage.objects import folder as folder_module
from museaika.storage.objects import s3 as s3_module
from museaika.storage.objects.folder import Folder
from museaika.storage.objects.s3 import Bucket


@pytest.fixture(scope="module")
def elsewhere():
    """A server that speaks like S3."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(elsewhere) -> Bucket:
    bucket = Bucket(elsewhere, f"muse-{uuid4().hex}", "us-east-1", "key", "secret")
    bucket.init()
    return bucket


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path / "objects")


@pytest.fixture(params=["folder", "bucket"])
def objects(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def source(tmp_path):
    def write(data: bytes) -> Path:
        path = tmp_path / "source"
        path.write_bytes(data)
        return path

    return write


def read(objects: Folder | Bucket, key: str) -> bytes:
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
        with suppress(Conflict):  # a bucket may say that it was replaced just now; mixed it never is
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
    assert objects.delete_prefix("gen_1") == 1
    objects.put("gen_1/1/piece.mp3", source(b"again"))


def test_a_thousand_files_and_more_go_at_once(bucket, source):
    small = source(b"x")
    for number in range(1010):
        bucket._s3.put_object(Bucket=bucket._name, Key=f"gen_1/{number}", Body=b"")
    bucket.put("gen_2/piece.mp3", small)
    assert bucket.delete_prefix("gen_1/") == 1010
    assert bucket.size("gen_2/piece.mp3") == 1


def test_a_large_file_goes_up_in_parts_and_comes_back_the_same(bucket, source, monkeypatch):
    monkeypatch.setattr(s3_module, "PART", 5 << 20)
    data = random.Random(9).randbytes((12 << 20) + 7)
    bucket.put("gen_1/1/stems.zip", source(data))
    assert read(bucket, "gen_1/1/stems.zip") == data
    with bucket.open("gen_1/1/stems.zip") as file:
        file.seek(-7, 2)
        assert file.read() == data[-7:]
    assert "-" in bucket._head("gen_1/1/stems.zip")["ETag"], "its tag is one of many parts"


def test_a_file_that_is_replaced_while_it_is_read_says_so(bucket, source):
    bucket.put("gen_1/piece.mp3", source(b"a" * (3 << 20)))
    with bucket.open("gen_1/piece.mp3") as file:
        assert file.read(10) == b"a" * 10
        bucket.put("gen_1/piece.mp3", source(b"b" * (3 << 20)))
        with pytest.raises(Conflict):
            file.read()


def test_a_store_that_is_not_there_is_unavailable_in_words(source, monkeypatch):
    monkeypatch.setattr(s3_module, "TRIES", 1)
    nowhere = Bucket("http://127.0.0.1:1", "muse", "us-east-1", "key", "secret")
    for use in (
        nowhere.init,
        nowhere.check,
        lambda: nowhere.put("a", source(b"x")),
        lambda: nowhere.size("a"),
        lambda: nowhere.delete_prefix("a"),
    ):
        with pytest.raises(Unavailable, match="can't be reached"):
            use()


def test_a_bucket_that_is_missing_is_told_how_to_be_made(elsewhere, source):
    missing = Bucket(elsewhere, "muse-missing", "us-east-1", "key", "secret")
    with pytest.raises(Unavailable, match="init-db"):
        missing.check()
    missing.init()
    missing.init()
    missing.check()


def test_a_full_disk_is_told_in_words_and_leaves_nothing(folder, source, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folder_module.shutil, "copyfileobj", full)
    with pytest.raises(Unavailable, match="disk is full"):
        folder.put("gen_1/piece.mp3", source(b"x"))
    assert [path for path in folder._root.rglob("*") if path.is_file()] == []


def test_drafts_of_killed_writers_are_cleared_once_they_are_old(folder):
    old, young = folder._drafts / "old", folder._drafts / "young"
    for draft in (old, young):
        draft.write_bytes(b"half")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    Folder(folder._root)
    assert not old.exists()
    assert young.exists()
