"""Settings → Services: the one place where back ends are chosen and passed in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from museaika.accounts.ports import OpenSockets, Replays, Sessions, Users
from museaika.accounts.service import AccountService
from museaika.catalogue.growing import GrowingCatalogue
from museaika.catalogue.library import load_library
from museaika.catalogue.ports import Catalogue, Tracks
from museaika.clock import Clock, now
from museaika.errors import MuseAIkaError
from museaika.events import Publisher
from museaika.generation.engines import COMPOSER, Card, Engine, magenta_card, musicgen_card
from museaika.generation.service import GenerationService
from museaika.generation.worker import Worker
from museaika.listenbrainz.radio import ListenBrainzRadio
from museaika.mood.history import Diary
from museaika.perception.facereader import FaceReader
from museaika.perception.text import TextReader
from museaika.playlists.members import Members
from museaika.playlists.service import PlaylistService
from museaika.privacy.service import PrivacyService
from museaika.recommendations.feedback import Feedback
from museaika.recommendations.live import LiveRecommendations
from museaika.recommendations.refreshing import AutomaticPlaylists
from museaika.recommendations.remembering import Remembering
from museaika.recommendations.service import RecommendationService
from museaika.settings import (
    Settings,
    SettingsError,
    require_bucket,
    require_embedded,
    require_extras,
)
from museaika.spotify.keeping import Keeper
from museaika.spotify.matching import Matcher
from museaika.spotify.metering import CallMeter
from museaika.spotify.oauth import BadRedirect, OAuth
from museaika.spotify.sealing import Sealer
from museaika.spotify.service import SpotifyService
from museaika.spotify.transport import Transport
from museaika.storage.memory.spotify import MemoryTrackCache
from museaika.storage.objects.folder import Folder
from museaika.storage.queues.lease import CountingWaker
from museaika.storage.sqlite.database import Database, catalogue_at, documents_at, signals_at
from museaika.storage.sqlite.jobs import SqliteJobs
from museaika.storage.sqlite.moods import SqliteMoodEntries
from museaika.storage.sqlite.open_sockets import SqliteOpenSockets
from museaika.storage.sqlite.outbox import Outbox
from museaika.storage.sqlite.playlists import SqlitePlaylists
from museaika.storage.sqlite.replays import SqliteReplays
from museaika.storage.sqlite.sessions import SqliteSessions
from museaika.storage.sqlite.spotify import (
    SqliteConnections,
    SqliteExports,
    SqliteGate,
    SqliteLogins,
    SqliteMatches,
)
from museaika.storage.sqlite.tracks import SqliteTracks
from museaika.storage.sqlite.users import SqliteUsers
from museaika.storage.sqlite.verdicts import SqliteVerdicts

if TYPE_CHECKING:
    from museaika.storage.objects.s3 import Bucket


@dataclass(frozen=True, slots=True)
class Dependency:
    """One thing that the server leans on: `kind` names the back end, `detail` says what is wrong with it.
    `degraded` is what the server can do without."""

    status: Literal["up", "degraded", "down"]
    kind: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a web process works with. `health` looks at each dependency, quickly."""

    settings: Settings
    clock: Clock
    bus: Publisher
    accounts: AccountService
    sessions: Sessions
    open_sockets: OpenSockets
    diary: Diary
    text: TextReader
    faces: FaceReader
    catalogue: Catalogue
    recommendations: Remembering
    feedback: Feedback
    playlists: PlaylistService
    members: Members
    generation: GenerationService
    privacy: PrivacyService
    replays: Replays
    health: Callable[[], Mapping[str, Dependency]]
    spotify: SpotifyService | None = None


def build_services(settings: Settings, clock: Clock = now) -> Services:
    """Open the stores, load the models and connect it all.

    Raises:
        SettingsError: a back end is asked for that this version has no adapter for.
        Unavailable: a store can't be used; the sentence says why.
    """
    documents, signals = _open_databases(settings)
    objects = open_objects(settings)
    bus = Outbox(signals)
    sessions = SqliteSessions(documents)
    accounts = _accounts(settings, SqliteUsers(documents), sessions, bus, clock)
    diary = Diary(SqliteMoodEntries(documents), bus, clock)
    generation = _generation(settings, documents, signals, objects, bus, clock)
    replays, verdicts = SqliteReplays(documents), SqliteVerdicts(documents)
    catalogue = GrowingCatalogue(load_library(tracks := build_tracks(settings)))
    live = build_live(settings, catalogue, tracks, clock)
    recommendations = Remembering(live or RecommendationService(catalogue))
    feedback = Feedback(verdicts, catalogue, clock)
    lists = SqlitePlaylists(documents)
    playlists = PlaylistService(lists, catalogue, bus, clock)
    bus.subscribe(AutomaticPlaylists(accounts, playlists, recommendations, feedback, clock).heard)
    spotify = build_spotify(settings, documents, accounts, catalogue, clock)
    return Services(
        settings=settings,
        clock=clock,
        bus=bus,
        accounts=accounts,
        sessions=sessions,
        open_sockets=SqliteOpenSockets(signals),
        diary=diary,
        text=build_text_reader(settings),
        faces=build_face_reader(settings),
        catalogue=catalogue,
        recommendations=recommendations,
        feedback=feedback,
        playlists=playlists,
        members=Members(playlists, lists, settings.secret("secret_key"), clock),
        generation=generation,
        privacy=PrivacyService(
            accounts,
            diary,
            generation,
            replays,
            verdicts,
            playlists,
            forget_served=recommendations.forget,
            elsewhere={"spotify": spotify} if spotify else {},
            clock=clock,
        ),
        replays=replays,
        spotify=spotify,
        health=lambda: _states(settings, documents, objects, live),
    )


def _accounts(
    settings: Settings, users: Users, sessions: Sessions, bus: Publisher, clock: Clock
) -> AccountService:
    return AccountService(
        users,
        sessions,
        bus,
        jwt_key=settings.secret("jwt_secret_key"),
        old_jwt_keys=[old.get_secret_value()] if (old := settings.jwt_secret_key_old) else (),
        access_minutes=settings.access_token_minutes,
        refresh_days=settings.refresh_token_days,
        clock=clock,
    )


def _generation(
    settings: Settings,
    documents: Database,
    signals: Database,
    objects: Folder | Bucket,
    bus: Publisher,
    clock: Clock,
) -> GenerationService:
    return GenerationService(
        SqliteJobs(documents),
        objects,
        CountingWaker(signals),
        bus,
        max_waiting=settings.max_queued_jobs_per_user,
        keep_free_bytes=settings.keep_free_disk_mb * 1_000_000,
        workers=settings.workers,
        engines=engine_cards(settings),
        clock=clock,
    )


def build_worker(settings: Settings, on_stuck: Callable[[], None] = lambda: None) -> Worker:
    """Everything that a worker process works with; `on_stuck` has to end that process."""
    documents, signals = _open_databases(settings)
    return Worker(
        SqliteJobs(documents),
        open_objects(settings),
        CountingWaker(signals),
        Outbox(signals),
        build_engines(settings),
        work_dir=settings.data_dir / "work",
        cards=engine_cards(settings),
        patience=settings.job_patience,
        on_stuck=on_stuck,
        lease_s=settings.job_lease_seconds,
        max_attempts=settings.job_max_attempts,
    )


def build_text_reader(settings: Settings) -> TextReader:
    """Raises SettingsError, Unavailable or Invalid when TEXT_MODEL can't be used."""
    require_extras(settings)
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    return _text_reader(settings.text_model, token, settings.model_threads)


def build_face_reader(settings: Settings) -> FaceReader:
    """Raises SettingsError: EXPRESSION_MODEL names a network that can't be used."""
    try:
        return _face_reader(settings.model_threads, settings.expression_model)
    except MuseAIkaError as error:
        raise SettingsError(f"EXPRESSION_MODEL: {error.detail}") from None


def build_recommendations(settings: Settings) -> RecommendationService:
    return RecommendationService(load_library(build_tracks(settings)))


def build_live(
    settings: Settings, catalogue: GrowingCatalogue, own: Tracks, clock: Clock
) -> LiveRecommendations | None:
    """The catalogue with ListenBrainz behind it, where that is asked for."""
    if not settings.enable_listenbrainz:
        return None
    token = settings.listenbrainz_token.get_secret_value() if settings.listenbrainz_token else None
    live = LiveRecommendations(catalogue, own, ListenBrainzRadio(settings.listenbrainz_url, token), clock)
    live.start()
    return live


def build_spotify(
    settings: Settings, documents: Database, accounts: AccountService, catalogue: Catalogue, clock: Clock
) -> SpotifyService | None:
    """The door to Spotify, where the operator registered an app.

    Raises:
        SettingsError: the app is named in part, or its redirect address can't work.
    """
    app = (settings.spotify_client_id, settings.spotify_client_secret, settings.spotify_redirect_uri)
    client_id, client_secret, redirect_uri = app
    if not any(app):
        return None
    if not (client_id and client_secret and redirect_uri):
        raise SettingsError(
            "Spotify needs SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET and SPOTIFY_REDIRECT_URI; one is missing. "
            "Set all three, or none."
        )
    old = settings.encrypt_key_old
    sealer = Sealer(settings.secret("encrypt_key"), *([old.get_secret_value()] if old else []))
    secret = client_secret.get_secret_value()
    logins, connections = SqliteLogins(documents), SqliteConnections(documents)
    try:
        oauth = OAuth(settings.spotify_accounts_url, client_id, secret, redirect_uri, logins, sealer, clock)
    except BadRedirect as problem:
        raise SettingsError(f"SPOTIFY_REDIRECT_URI: {problem}") from None
    gate = SqliteGate(
        documents,
        per_30_s=settings.spotify_requests_per_30_seconds,
        per_day=settings.spotify_requests_per_day,
    )
    meter = CallMeter()
    return SpotifyService(
        oauth,
        Keeper(oauth, connections, sealer, clock),
        connections,
        Transport(settings.spotify_api_url, gate, meter, clock),
        MemoryTrackCache(),
        accounts,
        catalogue,
        Matcher(SqliteMatches(documents), clock),
        SqliteExports(documents),
        meter,
    )


def build_tracks(settings: Settings) -> Tracks:
    """The tracks that were brought in with `museaika catalogue import` and `scan`."""
    require_embedded(settings)
    database = catalogue_at(settings.data_dir / "catalogue.sqlite3")
    database.init()
    return SqliteTracks(database)


def engine_cards(settings: Settings) -> Mapping[str, Card]:
    """Which engines there are, and which of them these settings install."""
    musicgen = all(find_spec(name) for name in ("torch", "transformers"))
    cards = (COMPOSER, magenta_card(settings.magenta_checkpoint is not None), musicgen_card(musicgen))
    return {card.name: card for card in cards}


def build_engines(settings: Settings) -> Mapping[str, Engine]:
    """The engines that are installed.

    Raises:
        Invalid: the sound bank or the checkpoint can't be used.
    """
    # Imported here, because playing takes SciPy, and a web process never plays a note.
    from museaika.generation.composing import ComposerEngine
    from museaika.rendering.soundfont import BUNDLED, Bank

    bank = Bank.load(settings.soundfont or BUNDLED)
    engines: dict[str, Engine] = {COMPOSER.name: ComposerEngine(bank)}
    if settings.magenta_checkpoint:
        from museaika.generation.magenta.checkpoint import load_checkpoint
        from museaika.generation.magenta.tune import Singer

        engines["magenta"] = ComposerEngine(bank, Singer(load_checkpoint(settings.magenta_checkpoint)).propose)
    if engine_cards(settings)["musicgen"].installed:
        from museaika.generation.musicgen import MusicGenEngine

        token = settings.hf_token.get_secret_value() if settings.hf_token else None
        engines["musicgen"] = MusicGenEngine(settings.musicgen_model, token)
    return engines


def init_database(settings: Settings) -> str:
    """Make the stores or bring them up to date; says in a sentence where they are."""
    _open_databases(settings)
    open_objects(settings, make=True)
    return f"The database is ready in {settings.database_path.absolute()}."


def reset_database(settings: Settings) -> str:
    """Delete everything that people did, and make empty stores; secrets stay, so that a running
    server's links and tokens turn invalid only because their owners are gone."""
    require_embedded(settings)
    for path in (settings.database_path, _signals_path(settings)):
        for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            file.unlink(missing_ok=True)
    for folder in (settings.objects_dir, settings.data_dir / "work"):
        shutil.rmtree(folder, ignore_errors=True)
    if settings.s3_endpoint:
        _bucket(settings).clear()
    return f"Everything is deleted. {init_database(settings)}"


@cache
def _text_reader(model: str, token: str | None, threads: int) -> TextReader:
    if not model:
        return TextReader(threads=threads)
    from museaika.perception.hub import HubModel  # here, because it takes PyTorch

    return TextReader(model=HubModel(model.removeprefix("hf:"), token, threads=threads))


@cache
def _face_reader(threads: int, model: Path | None) -> FaceReader:
    return FaceReader(threads=threads, model=model)


def _open_databases(settings: Settings) -> tuple[Database, Database]:
    require_embedded(settings)
    documents, signals = documents_at(settings.database_path), signals_at(_signals_path(settings))
    for database in (documents, signals):
        database.init()
    return documents, signals


def _signals_path(settings: Settings) -> Path:
    return settings.data_dir / "signals.sqlite3"


def _states(
    settings: Settings, documents: Database, objects: Folder | Bucket, live: LiveRecommendations | None
) -> Mapping[str, Dependency]:
    """Each dependency of a web process, looked at now."""
    states = {"database": _database_state(documents), "objects": _objects_state(settings, objects)}
    return {**states, "listenbrainz": _radio_state(live)} if live else states


def _database_state(database: Database) -> Dependency:
    try:
        database.row("SELECT count(*) FROM sqlite_schema")
    except MuseAIkaError as error:
        return Dependency("down", "sqlite", error.detail)
    return Dependency("up", "sqlite")


def _radio_state(live: LiveRecommendations) -> Dependency:
    state = live.state()
    return Dependency("up" if state.up else "degraded", "radio", state.detail)


def open_objects(settings: Settings, *, make: bool = False) -> Folder | Bucket:
    """Where pieces are kept: a bucket where one is named, else a folder. With `make` a missing bucket is made.

    Raises:
        SettingsError: the bucket is named in part, or its packages are missing.
        Unavailable: the object store can't be reached, or refuses.
    """
    if not settings.s3_endpoint:
        return Folder(settings.objects_dir)
    bucket = _bucket(settings)
    bucket.init() if make else bucket.check()
    return bucket


def _bucket(settings: Settings) -> Bucket:
    endpoint, access_key, secret_key = require_bucket(settings)
    from museaika.storage.objects.s3 import Bucket  # here, because it takes boto3

    return Bucket(endpoint, settings.s3_bucket_name, settings.s3_region, access_key, secret_key)


def _objects_state(settings: Settings, objects: Folder | Bucket) -> Dependency:
    if isinstance(objects, Folder):
        return _folder_state(settings.objects_dir)
    try:
        objects.check()
    except MuseAIkaError as error:
        return Dependency("down", "s3", error.detail)
    return Dependency("up", "s3")


def _folder_state(folder: Path) -> Dependency:
    if os.access(folder, os.W_OK | os.X_OK):
        return Dependency("up", "folder")
    return Dependency("down", "folder", f"{folder.name} can't be written to. Check who owns it.")
