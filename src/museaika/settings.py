"""Every setting in one frozen object, read from the environment and `.env`, and checked before anything starts.

Empty values count as unset. Secrets that are not set are made once and kept in the data folder (mode
0600), except in production, which refuses to start without its own.
"""

from __future__ import annotations

import json
import os
import secrets as random_secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRET_NAMES = ("secret_key", "jwt_secret_key", "encrypt_key")
MIN_SECRET_LENGTH = 32
_EASY_SECRETS = ("change", "secret", "default", "example", "password", "your-", "dev")


class SettingsError(Exception):
    """The settings can't be used; the message says which, why, and what to set instead."""


class Settings(BaseSettings):
    """What an operator may set; the name in the environment is the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    flask_env: Literal["development", "production", "testing"] = "development"
    debug: bool = False
    host: str = "127.0.0.1"
    port: int = Field(5000, ge=0, le=65535)
    data_dir: Path = Path("data")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    secret_key: SecretStr | None = None
    jwt_secret_key: SecretStr | None = None
    encrypt_key: SecretStr | None = None
    encrypt_key_old: SecretStr | None = None
    jwt_secret_key_old: SecretStr | None = None
    access_token_minutes: int = Field(15, ge=1, le=1440)
    refresh_token_days: int = Field(30, ge=1, le=365)
    enable_guests: bool | None = None

    mongo_uri: SecretStr | None = None
    mongo_pool_size: int = Field(50, ge=1, le=1000)
    redis_url: SecretStr | None = None
    redis_pool_size: int = Field(50, ge=1, le=1000)
    s3_endpoint: str | None = None
    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None
    s3_bucket_name: str = "museaika"
    s3_region: str = "us-east-1"

    spotify_client_id: str | None = None
    spotify_client_secret: SecretStr | None = None
    spotify_redirect_uri: str | None = None
    spotify_api_url: str = "https://api.spotify.com/v1"
    spotify_accounts_url: str = "https://accounts.spotify.com"
    spotify_requests_per_30_seconds: int = Field(80, ge=1)
    spotify_requests_per_day: int = Field(20_000, ge=1)

    enable_listenbrainz: bool = False
    listenbrainz_url: str = "https://api.listenbrainz.org"
    listenbrainz_token: SecretStr | None = None

    hf_token: SecretStr | None = None
    text_model: str = ""
    expression_model: Path | None = None
    musicgen_model: str = "facebook/musicgen-small"
    magenta_checkpoint: Path | None = None
    workers: int = Field(1, ge=0, le=64)
    web_threads: int = Field(64, ge=4, le=2000)
    model_threads: int = Field(1, ge=1, le=16)
    soundfont: Path | None = None

    enable_music_generation: bool = True
    enable_real_time: bool = True
    debug_emotion_detection: bool = False

    cors_origins: str = ""
    ratelimit_enabled: bool = True
    ratelimit_requests_per_minute: int = Field(600, ge=1)
    ratelimit_socket_events_per_second: int = Field(50, ge=1)
    max_queued_jobs_per_user: int = Field(20, ge=1)
    keep_free_disk_mb: int = Field(500, ge=0)
    job_lease_seconds: float = Field(10.0, ge=1, le=3600)
    job_max_attempts: int = Field(3, ge=1, le=20)
    job_patience: float = Field(1.0, ge=0.01, le=1000)
    guests_per_hour_per_address: int = Field(100, ge=1)
    trusted_proxies: int = Field(0, ge=0, le=10)
    public_url: str | None = None

    @property
    def production(self) -> bool:
        return self.flask_env == "production"

    @property
    def guests_enabled(self) -> bool:
        """Guest accounts: as set, else on everywhere but in production."""
        return not self.production if self.enable_guests is None else self.enable_guests

    @property
    def allowed_origins(self) -> list[str]:
        """Origins of other sites that may call the API from a browser; the server's own always may."""
        return [origin.strip().rstrip("/") for origin in self.cors_origins.split(",") if origin.strip()]

    @property
    def database_path(self) -> Path:
        return self.data_dir / "museaika.sqlite3"

    @property
    def objects_dir(self) -> Path:
        return self.data_dir / "objects"

    def secret(self, name: str) -> str:
        """The value of one of `SECRET_NAMES`; they are all set once `load_settings` has run."""
        value: SecretStr | None = getattr(self, name)
        if value is None:
            raise SettingsError(f"{name.upper()} is not set.")
        return value.get_secret_value()

    @field_validator("text_model")
    @classmethod
    def _know_the_text_model(cls, name: str) -> str:
        if name and (not name.startswith("hf:") or name == "hf:"):
            raise ValueError(
                "This is no text model we know. Leave it empty for the built-in one, or set hf: and the name "
                "of a text classifier on the Hugging Face hub, or its folder."
            )
        return name

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> Settings:
        if not self.production:
            return self
        if self.debug:
            raise ValueError("DEBUG must be off when FLASK_ENV=production.")
        for name in SECRET_NAMES:
            value: SecretStr | None = getattr(self, name)
            if problem := _weakness(value.get_secret_value() if value else ""):
                raise ValueError(
                    f"{name.upper()} {problem}; production needs its own random one. Make it with: "
                    'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
                )
        if len({self.secret(name) for name in SECRET_NAMES}) < len(SECRET_NAMES):
            raise ValueError("SECRET_KEY, JWT_SECRET_KEY and ENCRYPT_KEY must differ from each other.")
        return self


def _weakness(secret: str) -> str | None:
    if not secret:
        return "is missing"
    if len(secret) < MIN_SECRET_LENGTH:
        return f"is shorter than {MIN_SECRET_LENGTH} characters"
    if len(set(secret)) < 10 or any(word in secret.casefold() for word in _EASY_SECRETS):
        return "looks like a default"
    return None


def load_settings(**overrides: object) -> Settings:
    """Read the settings, `overrides` first, then the environment, then `.env`; make missing secrets.

    Raises:
        SettingsError: one line a person can act on for each thing that is wrong.
    """
    try:
        settings = Settings(**{k: v for k, v in overrides.items() if v is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(
            "\n".join(_in_words(problem["loc"], problem["msg"]) for problem in error.errors())
        ) from None
    return settings if settings.production else _with_made_secrets(settings)


def require_embedded(settings: Settings) -> None:
    """Raises SettingsError for a back end that this version has no adapter for: nothing falls back."""
    for name in ("mongo_uri", "redis_url"):
        if getattr(settings, name):
            raise SettingsError(
                f"{name.upper()} is set, but this version has no adapter for it yet. "
                f"Remove {name.upper()} to use the embedded stores in {settings.data_dir}."
            )


def require_bucket(settings: Settings) -> tuple[str, str, str]:
    """The address and the two keys of the object store. Raises SettingsError when one is missing."""
    keys = (settings.s3_access_key, settings.s3_secret_key)
    if not settings.s3_endpoint or not all(keys):
        raise SettingsError("S3_ENDPOINT needs S3_ACCESS_KEY and S3_SECRET_KEY; set all three, or none.")
    if find_spec("boto3") is None:
        raise SettingsError(
            "S3_ENDPOINT needs boto3. Install it with: "
            "./museaika python -m pip install -r requirements/prod.txt"
        )
    access, secret = (key.get_secret_value() for key in keys if key)
    return settings.s3_endpoint, access, secret


def require_extras(settings: Settings) -> None:
    """Raises SettingsError where packages are missing that a setting needs: nothing falls back."""
    missing = [name for name in ("torch", "transformers") if find_spec(name) is None]
    if settings.text_model and missing:
        pip = "./museaika python -m pip" if find_spec("pip") else "uv pip"
        raise SettingsError(
            f"TEXT_MODEL={settings.text_model} needs {' and '.join(missing)}. Install them with: "
            f'{pip} install -e ".[hf]"\nOr leave TEXT_MODEL empty to use the built-in reader.'
        )


def _in_words(loc: tuple[int | str, ...], message: str) -> str:
    name = ".".join(str(part) for part in loc).upper()
    message = message.removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


def _with_made_secrets(settings: Settings) -> Settings:
    missing = [name for name in SECRET_NAMES if getattr(settings, name) is None]
    if not missing:
        return settings
    kept = _kept_secrets(settings.data_dir / "secrets.json")
    return settings.model_copy(update={name: SecretStr(kept[name]) for name in missing})


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The data folder {folder} can't be made: {error.strerror}. Choose another with DATA_DIR."
        ) from None
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"The data folder {folder} is not writable. Choose another with DATA_DIR.")


def _kept_secrets(path: Path) -> dict[str, str]:
    """Read the secrets file, or write it whole under a private name and link it into place: of several
    processes that start at once, all use the one that came first."""
    if not path.exists():
        _make_folder(path.parent)
        made = {name: random_secrets.token_urlsafe(48) for name in SECRET_NAMES}
        draft = path.with_name(f".secrets-{os.getpid()}-{random_secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        kept = json.loads(path.read_text())
        return {name: str(kept[name]) for name in SECRET_NAMES}
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"{path} is damaged. Restore it from a backup, or delete it to make new secrets "
            "(everybody will have to sign in again)."
        ) from error
