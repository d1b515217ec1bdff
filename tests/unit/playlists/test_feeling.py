"""The moods of a list from its tracks, and the picture of them."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

import pytest

from museaika.mood.vocabulary import MOODS
from museaika.playlists import feeling
from museaika.playlists.cover import SIDE, colour, cover
from museaika.playlists.diff import Wanted
from museaika.playlists.playlist import Edit


def test_shares_are_of_the_tracks_whose_mood_is_known():
    assert feeling.shares(Counter({"sad": 3, "happy": 1, "calm": 0})) == {"sad": 0.75, "happy": 0.25}
    assert feeling.shares({}) == {}


@pytest.mark.parametrize(
    ("counts", "tags"),
    [
        ({"sad": 3, "happy": 1}, ["happy", "sad"]),
        ({"sad": 9, "happy": 1}, ["sad"]),
        ({"sad": 5, "happy": 5, "calm": 5, "angry": 5}, ["happy", "calm", "angry"]),
        ({"sad": 2, "happy": 3, "calm": 3, "angry": 3}, ["happy", "calm", "angry"]),
        ({}, []),
    ],
)
def test_a_tag_is_a_mood_that_a_fifth_of_the_tracks_have_and_three_are_enough(counts, tags):
    assert feeling.tags(counts) == tags


def test_a_track_counts_for_the_mood_it_was_added_in_or_for_the_one_it_lies_at(service):
    tracks = [Wanted("ma_sad_1"), Wanted("ma_sad_1", "happy"), Wanted("spotify:track:" + "0" * 22)]
    list_id = service.create("ada", "Ours", tracks=tracks).playlist.playlist_id
    assert service.mood_shares("ada", list_id)[1] == {"happy": 0.5, "sad": 0.5}


def test_the_moods_that_are_counted_edit_by_edit_are_those_of_the_tracks_read_anew(service, store, notes):
    from .conftest import service_over

    list_id = service.create("ada", "Ours").playlist.playlist_id
    added = []
    for number, mood in enumerate(["sad", "sad", "calm", "happy", "sad", "angry"] * 3):
        edit = Edit("add_track", {"track_id": f"ma_{mood}_{number}", "after": None})
        added.append(service.edit("ada", list_id, edit).data["entry_id"])
        if number % 3 == 2:
            service.edit("ada", list_id, Edit("remove_track", {"entry_id": added.pop(number % len(added))}))
        fresh = service_over(store).mood_shares("ada", list_id)[1]
        playlist, counted = service.mood_shares("ada", list_id)
        assert counted == fresh
        assert list(playlist.mood_tags) == feeling.tags(fresh)


def rings(svg):
    root = ElementTree.fromstring(svg)
    found = []
    for ring in root.iter("{http://www.w3.org/2000/svg}circle"):
        radius, width = float(ring.get("r")), float(ring.get("stroke-width"))
        found.append((radius - width / 2, radius + width / 2, ring.get("stroke")))
    return found


def test_rings_lie_around_each_other_with_areas_as_the_shares():
    (_, first, happy), (second_in, second_out, sad) = rings(cover({"happy": 0.5, "sad": 0.5}))
    assert 0 <= first < second_in < second_out < SIDE / 2
    assert (second_out**2 - second_in**2) / first**2 == pytest.approx(1, abs=0.35)
    assert (happy, sad) == (colour(MOODS["happy"]), colour(MOODS["sad"]))


def test_every_mood_has_a_colour_of_its_own():
    colours = [colour(mood) for mood in MOODS.values()]
    assert len(set(colours)) == len(MOODS)
    assert all(re.fullmatch("#[0-9a-f]{6}", one) for one in colours)


def test_a_list_without_moods_has_a_picture_too():
    assert len(rings(cover({}))) == 1
