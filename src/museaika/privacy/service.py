"""Taking everything along, and leaving nothing behind, across all rooms of the house."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from types import MappingProxyType
from typing import IO, Any, Protocol, TypeVar

from museaika.accounts.ports import Replays
from museaika.accounts.service import AccountService
from museaika.clock import Clock, now, rfc3339
from museaika.errors import NotFound
from museaika.generation.job import Job
from museaika.generation.service import GenerationService
from museaika.mood.history import Diary
from museaika.paging import Page
from museaika.playlists.playlist import Snapshot
from museaika.playlists.service import PlaylistService
from museaika.recommendations.ports import Verdicts

IN_MEMORY = 8 * 1024 * 1024
"""Bytes of an export that are kept in memory; a larger one goes to a file without a name."""
PAGE = 100
T = TypeVar("T")


class Elsewhere(Protocol):
    """Accounts that people connected with theirs."""

    def export(self, user_id: str) -> Mapping[str, Any]: ...

    def forget(self, user_id: str) -> bool: ...


class PrivacyService:
    """Exports and erases all that is kept of a person."""

    def __init__(
        self,
        accounts: AccountService,
        diary: Diary,
        generation: GenerationService,
        replays: Replays,
        verdicts: Verdicts,
        playlists: PlaylistService,
        *,
        forget_served: Callable[[str], None],
        elsewhere: Mapping[str, Elsewhere] = MappingProxyType({}),
        clock: Clock = now,
    ) -> None:
        self._accounts = accounts
        self._diary = diary
        self._generation = generation
        self._replays = replays
        self._verdicts = verdicts
        self._forget_served = forget_served
        self._elsewhere = elsewhere
        self._playlists = playlists
        self._clock = clock

    def export(self, user_id: str) -> IO[bytes]:
        """A zip at its beginning: `profile.json`, `moods.json`, `feedback.json`, `playlists.json` (of other
        people's lists what this person added), `jobs.json`, what is kept of accounts elsewhere
        (`spotify.json`), and each piece under `music/<job>/<variation>/`.
        The caller closes it. Raises NotFound."""
        user = self._accounts.get(user_id)
        moods = list(_all(lambda cursor: self._diary.page(user_id, cursor=cursor, limit=PAGE)))
        jobs = list(_all(lambda cursor: self._generation.page(user_id, cursor, PAGE)))
        archive = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - handed on, open
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            zipped.writestr("profile.json", _json({"exported_at": self._clock(), **asdict(user)}))
            zipped.writestr("moods.json", _json([asdict(entry) for entry in moods]))
            feedback = [asdict(verdict) for verdict in self._verdicts.of(user_id)]
            zipped.writestr("feedback.json", _json(feedback))
            lists = [_list_fields(one) for one in self._playlists.export(user_id)]
            zipped.writestr("playlists.json", _json(lists))
            zipped.writestr("jobs.json", _json([_job_fields(job) for job in jobs]))
            for name, account in self._elsewhere.items():
                zipped.writestr(f"{name}.json", _json(account.export(user_id)))
            for job in jobs:
                self._add_music(zipped, job)
        archive.seek(0)
        return archive

    def erase(self, user_id: str) -> None:
        """Forget a person everywhere; a second time does nothing. The account goes last, so that somebody is
        still there to ask again when we are interrupted; what was begun meanwhile is swept afterwards."""
        self._sweep(user_id)
        self._accounts.erase(user_id)
        self._sweep(user_id)

    def _sweep(self, user_id: str) -> None:
        self._generation.erase(user_id)
        self._diary.forget_all(user_id)
        self._verdicts.delete_all(user_id)
        self._forget_served(user_id)
        self._playlists.erase(user_id)
        self._replays.delete_all(user_id)
        for account in self._elsewhere.values():
            account.forget(user_id)

    def _add_music(self, zipped: zipfile.ZipFile, job: Job) -> None:
        for number, variation in enumerate((job.result or {}).get("variations", ()), start=1):
            for kind in variation["files"]:
                try:
                    piece = self._generation.download(job.user_id, job.job_id, kind, number)
                except NotFound:
                    continue  # removed while we were packing
                name = f"music/{job.job_id}/{number}/{piece.filename}"
                with piece.open() as source, zipped.open(name, "w") as target:
                    shutil.copyfileobj(source, target)


def _all(fetch: Callable[[str | None], Page[T]]) -> Iterator[T]:
    cursor: str | None = None
    while True:
        page = fetch(cursor)
        yield from page.items
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def _job_fields(job: Job) -> dict[str, Any]:
    """A job as its owner knows it; leases and fences are between us and our workers."""
    inner = {"fence", "lease_until", "attempts", "cancel_requested", "claimed_progress"}
    return {name: value for name, value in asdict(job).items() if name not in inner}


def _list_fields(whole: Snapshot) -> dict[str, Any]:
    return {**asdict(whole.playlist), "tracks": [asdict(entry) for entry in whole.entries]}


def _json(value: Any) -> str:
    return json.dumps(value, default=_plain, ensure_ascii=False, indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)
