"""A playlist service over a store in memory, and people to use it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from museaika.mood.vocabulary import MOODS
from museaika.playlists.members import Members
from museaika.playlists.service import PlaylistService
from museaika.storage.memory.playlists import MemoryPlaylists

T0 = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Catalogue:
    """Knows every track whose id begins with `ma_`; its mood is the second word, happy where that is none."""

    def get(self, track_id):
        if not track_id.startswith("ma_"):
            return None
        mood = MOODS.get(track_id.split("_")[1], MOODS["happy"])
        return SimpleNamespace(track_id=track_id, valence=mood.valence, arousal=mood.arousal)


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


def members_over(service, playlists):
    return Members(service, playlists, "a key of the tests' own, long enough", Time())


@pytest.fixture
def members(service, store):
    return members_over(service, store)


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def store():
    return MemoryPlaylists()


@pytest.fixture
def service(store, notes):
    return service_over(store, notes)
