"""The README's examples, run as they stand (only the address is another)."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Server

pytestmark = pytest.mark.e2e

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()


def example(language: str, server: Server) -> str:
    blocks = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1, f"one {language} example"
    assert "http://127.0.0.1:5000" in blocks[0]
    return str(blocks[0].replace("http://127.0.0.1:5000", server.url))


def run(command: list[str], folder: Path) -> str:
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_curl_example_ends_with_an_mp3(server: Server, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    said = run(["bash", "-euo", "pipefail", "-c", example("bash", server)], tmp_path)
    assert '"primary_mood":"happy"' in said.replace('": "', '":"')
    assert "event: complete" in said
    assert (tmp_path / "happy.mp3").stat().st_size > 100_000


def test_the_python_example_prints_mood_tracks_and_a_link(server: Server, tmp_path: Path) -> None:
    lines = run([sys.executable, "-c", example("python", server)], tmp_path).splitlines()
    assert len(lines) == 7
    assert all(" by " in line and " - " in line for line in lines[1:6])
    assert "/generate/gen_" in lines[-1]


def test_the_javascript_example_prints_mood_and_tracks(server: Server, tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    (tmp_path / "example.mjs").write_text(example("javascript", server))
    lines = run(["node", "example.mjs"], tmp_path).splitlines()
    assert len(lines) == 4
