"""A playlist service over a store in memory, and people to use it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from museaika.playlists.service import PlaylistService
from museaika.storage.memory.playlists import MemoryPlaylists

T0 = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Catalogue:
    """Knows every track whose id begins with `ma_`."""

    def get(self, track_id):
        return SimpleNamespace(track_id=track_id) if track_id.startswith("ma_") else None


class Notes:
    """A publisher that writes down what it was told."""

    def __init__(self):
        self.events = []

    def publish(self, event):
        self.events.append(event)


class Time:
    def __init__(self):
        self.at = T0

    def __call__(self):
        self.at += timedelta(milliseconds=1)
        return self.at


def service_over(playlists, notes=None):
    return PlaylistService(playlists, Catalogue(), notes or Notes(), Time())


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def store():
    return MemoryPlaylists()


@pytest.fixture
def service(store, notes):
    return service_over(store, notes)
