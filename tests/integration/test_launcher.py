"""The launcher `./museaika`: makes its environment once, goes on after an interruption, and passes words on.

These stories use a house of their own with empty requirements, so that they need no network; `.ci/run`
makes the real environment with the same file.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).resolve().parents[2] / "museaika"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "requirements").mkdir()
    for kind in ("base", "dev"):
        (tmp_path / "requirements" / f"{kind}.txt").write_text(f"# {kind}\n")
    package = tmp_path / "src" / "museaika"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text("import os, sys; print(os.getcwd(), sys.argv[1:], sys.prefix)")
    shutil.copy(LAUNCHER, tmp_path / "museaika")
    return tmp_path


def launch(
    house: Path, *arguments: str, path: str | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "MUSEAIKA_VENV"}
    if path is not None:
        environment["PATH"] = path
    return subprocess.run(
        [sys.executable, str(house / "museaika"), *arguments],
        capture_output=True, text=True, env=environment, cwd=cwd or house, timeout=100,
    )  # fmt: skip


def test_the_first_start_makes_the_environment_and_later_ones_use_it(house: Path) -> None:
    first = launch(house, "feel", "fine")
    assert first.returncode == 0, first.stderr
    assert "Making the environment" in first.stderr
    assert f"{house} ['feel', 'fine'] {house / '.venv'}" in first.stdout
    second = launch(house, "feel", "fine")
    assert second.stdout == first.stdout
    assert second.stderr == ""


def test_without_uv_plain_venv_and_pip_do_the_same(house: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    answer = launch(house, "doctor", path=str(tools))
    assert answer.returncode == 0, answer.stderr
    assert (house / ".venv" / "bin" / "pip").exists()
    assert "['doctor']" in answer.stdout


def test_no_words_mean_serve(house: Path) -> None:
    assert "['serve']" in launch(house).stdout


def test_it_runs_where_the_caller_is(house: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert launch(house, "doctor", cwd=elsewhere).stdout.startswith(str(elsewhere))


def test_an_interrupted_start_goes_on_when_run_again(house: Path) -> None:
    making = subprocess.Popen(
        [sys.executable, str(house / "museaika"), "doctor"],
        env={**{k: v for k, v in os.environ.items() if k != "MUSEAIKA_VENV"}, "PATH": ""},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    while not (house / ".venv").exists():
        time.sleep(0.01)
    os.killpg(making.pid, signal.SIGKILL)
    making.communicate()
    assert not (house / ".venv" / ".museaika-base").exists()
    again = launch(house, "doctor", path="")
    assert again.returncode == 0, again.stderr
    assert "['doctor']" in again.stdout


def test_changed_requirements_are_installed_at_the_next_start(house: Path) -> None:
    launch(house, "doctor")
    (house / "requirements" / "base.txt").write_text("# other\n")
    assert "Installing requirements/base.txt" in launch(house, "doctor").stderr


def test_a_requirement_that_cannot_be_had_ends_with_a_sentence(house: Path) -> None:
    (house / "requirements" / "base.txt").write_text(
        "museaika-has-no-such-package==1.0 --hash=sha256:" + "0" * 64
    )
    answer = launch(house, "doctor")
    assert answer.returncode != 0
    assert "run the same command again" in answer.stderr
    assert "Traceback" not in answer.stderr
