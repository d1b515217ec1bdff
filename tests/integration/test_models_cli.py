"""`museaika models` against a server that is quick, slow to give, forgetful or false."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.tiny_networks import channel_means

from museaika.cli import main
from museaika.errors import Invalid, Unavailable
from museaika.perception.description import Source
from museaika.pulling import pull
from museaika.settings import SettingsError, load_settings

DESCRIPTION = """
name = "tiny"
about = "The mean colour of a face."
licence = "Free of everything."
[file]
url = "{url}"
{hash}
[input]
size = 16
channels = "rgb"
mean = [0.0, 0.0, 0.0]
std = [1.0, 1.0, 1.0]
[alignment]
kind = "box"
[output]
kind = "logits"
classes = ["happy", "sad", "angry"]
"""


class Shelf:
    """A server with one file; it may break off after some bytes, and may not know how to go on."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.breaks_off_after: int | None = None
        self.knows_ranges = True
        self.asked: list[str | None] = []
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shelf.answer(self)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/tiny.onnx"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append(wanted)
        if request.path != "/tiny.onnx":
            request.send_error(404)
            return
        start = int(wanted[6:-1]) if wanted and self.knows_ranges else 0
        if start >= len(self.content):
            request.send_error(416)
            return
        rest = self.content[start:]
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(rest)))
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        request.end_headers()
        request.wfile.write(rest[: self.breaks_off_after])


@pytest.fixture
def network(tmp_path: Path) -> bytes:
    return channel_means(tmp_path / "built.onnx", size=16).read_bytes()


@pytest.fixture
def shelf(network: bytes) -> Iterator[Shelf]:
    shelf = Shelf(network)
    yield shelf
    shelf.server.shutdown()
    shelf.server.server_close()


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    for name in ("DATA_DIR", "EXPRESSION_MODEL"):
        monkeypatch.delenv(name, raising=False)


def sha256(content: bytes) -> dict[str, str]:
    return {"sha256": hashlib.sha256(content).hexdigest()}


def blob(content: bytes) -> dict[str, str]:
    return {"git_blob_sha1": hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()}


def described(shelf: Shelf, hashed: dict[str, str]) -> str:
    ((name, value),) = hashed.items()
    Path("own.toml").write_text(DESCRIPTION.format(url=shelf.url, hash=f'{name} = "{value}"'))
    return "own.toml"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize("hashed", [sha256, blob])
def test_a_network_is_fetched_checked_and_runs(shelf: Shelf, network: bytes, hashed: object) -> None:
    said = run("models", "pull", described(shelf, hashed(network)))  # type: ignore[operator]
    assert said.exit_code == 0, said.output
    assert "Free of everything." in said.output
    file = Path("data/models/tiny.onnx")
    assert f"EXPRESSION_MODEL={file.absolute()}" in said.output or f"EXPRESSION_MODEL={file}" in said.output
    assert file.read_bytes() == network
    assert sorted(each.name for each in file.parent.iterdir()) == ["tiny.onnx", "tiny.toml"]
    from museaika.bootstrap import build_face_reader

    assert build_face_reader(load_settings(expression_model=file)).model_name.endswith("tiny")


def test_what_is_here_is_not_fetched_again(shelf: Shelf, network: bytes) -> None:
    own = described(shelf, sha256(network))
    run("models", "pull", own)
    assert "here already" in run("models", "pull", own).output
    assert len(shelf.asked) == 1


def test_after_a_break_it_goes_on_from_there(shelf: Shelf, tmp_path: Path) -> None:
    shelf.content = bytes(range(256)) * 800
    source, file = Source(url=shelf.url, **sha256(shelf.content)), tmp_path / "large.onnx"
    shelf.breaks_off_after = 100_000
    with pytest.raises(Unavailable, match="Try again"):
        pull(source, file)
    assert not file.exists()
    here = (tmp_path / "large.onnx.part").stat().st_size
    assert 80_000 < here <= 100_000
    shelf.breaks_off_after = None
    told: list[tuple[int, int | None]] = []
    assert pull(source, file, lambda here, total: told.append((here, total)))
    assert shelf.asked == [None, f"bytes={here}-"]
    assert told[-1] == (len(shelf.content), len(shelf.content))
    assert file.read_bytes() == shelf.content


def test_where_a_server_cannot_go_on_it_begins_anew(shelf: Shelf, network: bytes, tmp_path: Path) -> None:
    shelf.knows_ranges = False
    (tmp_path / "tiny.onnx.part").write_bytes(b"something else")
    assert pull(Source(url=shelf.url, **sha256(network)), tmp_path / "tiny.onnx")
    assert (tmp_path / "tiny.onnx").read_bytes() == network


def test_a_part_that_was_whole_already_is_only_checked(shelf: Shelf, network: bytes, tmp_path: Path) -> None:
    (tmp_path / "tiny.onnx.part").write_bytes(network)
    assert pull(Source(url=shelf.url, **sha256(network)), tmp_path / "tiny.onnx")
    assert (tmp_path / "tiny.onnx").read_bytes() == network


def test_a_false_file_is_deleted_and_never_put_into_place(shelf: Shelf, network: bytes) -> None:
    shelf.content = network[:-1] + b"?"
    said = run("models", "pull", described(shelf, sha256(network)))
    assert said.exit_code == 2
    assert "its hash is another" in said.output.replace("\n", " ")
    assert list(Path("data/models").iterdir()) == []
    with pytest.raises(Invalid) as refused:
        pull(Source(url=shelf.url, **blob(network)), Path("tiny.onnx"))
    assert refused.value.code == "wrong_hash"


def test_a_file_that_went_bad_is_fetched_again(shelf: Shelf, network: bytes) -> None:
    own = described(shelf, sha256(network))
    run("models", "pull", own)
    Path("data/models/tiny.onnx").write_bytes(b"rotten")
    assert "Fetched" in run("models", "pull", own).output
    assert Path("data/models/tiny.onnx").read_bytes() == network


def test_a_server_without_the_file_or_none_at_all_is_said_in_words(shelf: Shelf, network: bytes) -> None:
    with pytest.raises(Unavailable, match="answered 404"):
        pull(Source(url=shelf.url + "/gone", **sha256(network)), Path("tiny.onnx"))
    with pytest.raises(Unavailable, match="can't be fetched"):
        pull(Source(url="http://127.0.0.1:9/x", **sha256(network)), Path("tiny.onnx"))


def test_the_list_names_licences_and_what_is_here() -> None:
    said = run("models", "list")
    assert said.exit_code == 0, said.output
    for words in ("opencv-mobilefacenet", "emotieff-b0-vgaf", "Apache-2.0"):
        assert words in said.output
    unknown = run("models", "pull", "resnet")
    assert unknown.exit_code == 2
    assert "There are:" in unknown.output


def test_a_network_that_cannot_be_used_stops_the_start(network: bytes) -> None:
    from museaika.bootstrap import build_face_reader

    Path("lonely.onnx").write_bytes(network)
    with pytest.raises(SettingsError, match=r"EXPRESSION_MODEL: lonely\.toml is missing"):
        build_face_reader(load_settings(expression_model=Path("lonely.onnx")))
    said = CliRunner().invoke(main, ["serve", "--port", "1"], env={"EXPRESSION_MODEL": "lonely.onnx"})
    assert said.exit_code == 2
    assert "lonely.toml is missing" in said.output.replace("\n", "")
