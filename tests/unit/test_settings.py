"""Settings: an empty environment works, production refuses what is unsafe, and secrets are made once."""

import json
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from museaika.settings import SECRET_NAMES, Settings, SettingsError, load_settings, require_extras

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "secret_key": "kT3vQ9xZ1mB7nL5wR2yH8jD4gF6cA0pE",
    "jwt_secret_key": "Zq8uW1oX5iV9bN3tM7kJ2hG6fD0sA4rY",
    "encrypt_key": "Lp2nB6vC0xZ4mQ8wE1rT5yU9iO3aS7dF",
}
CONTRACT_NAMES = """
FLASK_ENV FLASK_APP SECRET_KEY DEBUG MONGO_URI REDIS_URL SPOTIFY_CLIENT_ID SPOTIFY_CLIENT_SECRET
SPOTIFY_REDIRECT_URI S3_ENDPOINT S3_ACCESS_KEY S3_SECRET_KEY S3_BUCKET_NAME S3_REGION HF_TOKEN
JWT_SECRET_KEY ENCRYPT_KEY WORKERS REDIS_POOL_SIZE MONGO_POOL_SIZE ENABLE_MUSIC_GENERATION
ENABLE_REAL_TIME DEBUG_EMOTION_DETECTION
""".split()


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*CONTRACT_NAMES, *(field.upper() for field in Settings.model_fields)]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_an_empty_environment_gives_the_embedded_defaults_and_makes_secrets(tmp_path: Path) -> None:
    settings = load_settings()
    assert (settings.flask_env, settings.port, settings.mongo_uri) == ("development", 5000, None)
    assert settings.guests_enabled
    kept = tmp_path / "data" / "secrets.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700, "diaries lie here"
    assert len({settings.secret(name) for name in SECRET_NAMES}) == 3
    assert load_settings().secret("secret_key") == settings.secret("secret_key")


@pytest.mark.parametrize("name", ["distilbert", "hf:", "HF:x"])
def test_a_text_model_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="TEXT_MODEL: This is no text model we know"):
        load_settings(text_model=name)


def test_a_text_model_without_its_packages_stops_the_start_with_the_command_to_install_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load_settings(text_model="hf:someone/something")
    monkeypatch.setattr("museaika.settings.find_spec", lambda name: None if name == "torch" else object())
    with pytest.raises(SettingsError, match=re.escape("needs torch. Install them with: ./museaika python")):
        require_extras(settings)
    require_extras(load_settings())
    monkeypatch.setattr("museaika.settings.find_spec", lambda name: object())
    require_extras(settings)


def test_many_processes_that_start_at_once_share_one_set_of_secrets() -> None:
    seen: list[str] = []
    start = threading.Barrier(8)

    def begin() -> None:
        start.wait()
        seen.append(load_settings().secret("jwt_secret_key"))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1
    assert [path.name for path in Path("data").iterdir()] == ["secrets.json"]


def test_a_damaged_secrets_file_stops_the_start_with_a_sentence() -> None:
    load_settings()
    Path("data/secrets.json").write_text("{")
    with pytest.raises(SettingsError, match=r"damaged.*backup"):
        load_settings()


def test_the_example_file_can_be_copied_and_started(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text())
    settings = load_settings()
    assert settings.mongo_uri is None
    assert settings.redis_url is None
    assert settings.guests_enabled


def test_the_example_file_names_and_explains_every_setting() -> None:
    text = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))
    assert named >= set(CONTRACT_NAMES)
    assert named - {"FLASK_APP"} == {field.upper() for field in Settings.model_fields}
    for line, before in zip(text.splitlines()[1:], text.splitlines(), strict=False):
        if re.match(r"#?[A-Z][A-Z0-9_]+=", line):
            assert before.strip(), f"{line} stands without a word of explanation"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret_key": None}, "SECRET_KEY is missing"),
        ({"jwt_secret_key": "short"}, "JWT_SECRET_KEY is shorter"),
        ({"encrypt_key": "please-change-me-please-change-me-123"}, "ENCRYPT_KEY looks like a default"),
        ({"secret_key": "a" * 40}, "SECRET_KEY looks like a default"),
        ({"secret_key": GOOD["encrypt_key"]}, "must differ"),
        ({"debug": True}, "DEBUG must be off"),
    ],
)
def test_production_refuses_unsafe_secrets_and_never_shows_them(change: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as refusal:
        load_settings(flask_env="production", **{**GOOD, **change})
    for secret in (*GOOD.values(), *map(str, change.values())):
        assert len(secret) < 8 or secret not in str(refusal.value)


def test_production_with_its_own_secrets_starts_without_guests_and_writes_nothing() -> None:
    settings = load_settings(flask_env="production", **GOOD)
    assert settings.production
    assert not settings.guests_enabled
    assert not Path("data").exists()


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    settings = load_settings(**GOOD, mongo_uri="mongodb://user:hunter2hunter2@host/db")
    for secret in (*GOOD.values(), "hunter2hunter2"):
        assert secret not in repr(settings) + str(settings)


def test_wrong_values_are_named_with_what_would_be_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    monkeypatch.setenv("FLASK_ENV", "prod")
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert "PORT" in str(refusal.value)
    assert "'development', 'production' or 'testing'" in str(refusal.value)


def test_made_secrets_are_readable_json(tmp_path: Path) -> None:
    code = "from museaika.settings import load_settings; load_settings()"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
    assert set(json.loads((tmp_path / "data" / "secrets.json").read_text())) == set(SECRET_NAMES)
