"""Files in a folder: each is written beside its place, forced to the disk, and moved in whole."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from museaika.errors import Unavailable
from museaika.storage.objects.keys import check_key

_DRAFTS = ".drafts"
DRAFT_LIVES_S = 3600.0


class Folder:
    """Objects under `root`, at `root/<key>`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._drafts = root / _DRAFTS
        self._drafts.mkdir(parents=True, exist_ok=True)
        self._clear_old_drafts()

    def put(self, key: str, source: Path) -> None:
        """Store the file `source` under `key`, in place of what was there. Raises Unavailable when the
        disk is full."""
        place, draft = self._place(key), self._drafts / uuid4().hex
        try:
            with source.open("rb") as data, draft.open("wb") as copy:
                shutil.copyfileobj(data, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
            place.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(place)
        except OSError as error:
            draft.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Unavailable("The disk is full. Free some space and try again.") from error
            raise
        for folder in (place.parent, *place.parent.parents):
            _sync(folder)
            if folder == self._root:
                break

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        try:
            file = self._place(key).open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise KeyError(key) from None
        with file:
            yield file

    def size(self, key: str) -> int | None:
        place = self._place(key)
        return place.stat().st_size if place.is_file() else None

    def free_bytes(self) -> int | None:
        return shutil.disk_usage(self._root).free

    def delete_prefix(self, prefix: str) -> int:
        """Delete every object whose key begins with `prefix`; return how many there were."""
        start = self._place(prefix.rstrip("/"))
        around = start if prefix.endswith("/") else start.parent
        files = [path for path in around.rglob("*") if path.is_file() and self._key(path).startswith(prefix)]
        for path in files:
            path.unlink(missing_ok=True)
        self._remove_empty(around)
        return len(files)

    def _clear_old_drafts(self) -> None:
        """What writers left behind that were killed."""
        for draft in self._drafts.iterdir():
            with suppress(FileNotFoundError):  # finished or cleared by somebody else just now
                if draft.stat().st_mtime < time.time() - DRAFT_LIVES_S:
                    draft.unlink()

    def _place(self, key: str) -> Path:
        return self._root / check_key(key)

    def _key(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _remove_empty(self, around: Path) -> None:
        inside = sorted((path for path in around.rglob("*") if path.is_dir()), reverse=True)
        for folder in (*inside, around):
            if folder not in (self._root, self._drafts):
                with suppress(OSError):  # not empty: something else lives there
                    folder.rmdir()


def _sync(folder: Path) -> None:
    """A rename is on the disk only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
