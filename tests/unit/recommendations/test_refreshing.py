"""A list of one's own for each mood, for people who asked for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.web.conftest import build

from museaika.events import MoodRead
from museaika.playlists.playlist import Edit
from museaika.recommendations.refreshing import DESCRIPTION, AutomaticPlaylists
from museaika.settings import load_settings


class Life:
    """Ada, whose lists are kept; `feels` is what happens when a mood of hers was read."""

    def __init__(self, folder: Path) -> None:
        self.rooms: Any = build(load_settings(flask_env="testing", data_dir=folder))
        self.at = datetime(2026, 1, 5, 12, tzinfo=UTC)
        self.user: str = self.rooms.accounts.guest("Ada").user.user_id
        self.rooms.playlists._clock = lambda: self.at
        self.automatic = AutomaticPlaylists(
            self.rooms.accounts,
            self.rooms.playlists,
            self.rooms.recommendations,
            self.rooms.feedback,
            lambda: self.at,
        )

    def feels(self, mood: str, probability: float = 0.9) -> None:
        self.automatic.heard(MoodRead(self.user, mood, {mood: probability}, 0.0, 0.0, self.at))

    def lists(self) -> list[Any]:
        page = self.rooms.playlists.page(self.user, None, 20)
        return [self.rooms.playlists.get(self.user, one.playlist_id) for one in page.items]


@pytest.fixture
def life(tmp_path: Path) -> Life:
    life = Life(tmp_path)
    life.rooms.accounts.update(life.user, {"auto_generate": True})
    return life


def test_a_confident_mood_makes_a_list_for_it(life: Life) -> None:
    life.feels("happy")
    (made,) = life.lists()
    assert (made.playlist.title, made.playlist.description) == ("Happy Vibes", DESCRIPTION)
    assert (made.playlist.mood_tags, made.playlist.is_public) == (("happy",), False)
    assert {entry.track_id.split("_")[1] for entry in made.entries} >= {"happy"}
    life.feels("sad")
    assert {one.playlist.title for one in life.lists()} == {"Happy Vibes", "Sad Vibes"}


def test_the_same_mood_later_fills_the_same_list_anew_and_not_at_every_frame(life: Life) -> None:
    life.feels("happy")
    (before,) = life.lists()
    life.rooms.feedback.give(life.user, before.entries[0].track_id, "dislike")
    life.at += timedelta(minutes=59)
    life.feels("happy")
    assert life.lists() == [before]
    life.at += timedelta(minutes=2)
    life.feels("happy")
    (after,) = life.lists()
    assert after.playlist.playlist_id == before.playlist.playlist_id
    assert after.playlist.version > before.playlist.version
    assert before.entries[0].track_id not in [entry.track_id for entry in after.entries]


def test_a_list_that_the_person_made_or_took_over_is_left_alone(life: Life) -> None:
    own = life.rooms.playlists.create(life.user, "Mine", mood_tags=["happy"]).playlist.playlist_id
    life.feels("happy")
    (made,) = [one.playlist for one in life.lists() if one.playlist.playlist_id != own]
    taken = Edit("describe", {"description": "Mine now"})
    life.rooms.playlists.edit(life.user, made.playlist_id, taken)
    version = life.rooms.playlists.glance(life.user, made.playlist_id).version
    life.at += timedelta(days=1)
    life.feels("happy")
    assert life.rooms.playlists.glance(life.user, made.playlist_id).version == version
    assert life.rooms.playlists.get(life.user, own).entries == ()
    assert len(life.lists()) == 3


@pytest.mark.parametrize(
    "wish", [{"auto_generate": False}, {"privacy_level": "strict"}], ids=["not asked for", "strict"]
)
def test_who_did_not_ask_or_is_strict_gets_none(life: Life, wish: dict[str, Any]) -> None:
    life.rooms.accounts.update(life.user, wish)
    life.feels("happy")
    assert life.lists() == []


def test_an_unsure_mood_and_an_unknown_person_make_none(life: Life) -> None:
    life.feels("happy", 0.5)
    assert life.lists() == []
    life.rooms.privacy.erase(life.user)
    life.feels("happy")
    assert life.lists() == []
