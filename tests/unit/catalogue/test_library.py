"""The starter catalogue and a person's own tracks as one, and its picture."""

from dataclasses import replace

import pytest
from PIL import Image

from museaika.catalogue.columns import columns_of
from museaika.catalogue.library import load_library
from museaika.catalogue.plane import density, save_plane, terminal_plane
from museaika.catalogue.starter import load_starter
from museaika.errors import Invalid
from museaika.mood.vocabulary import MOODS, moods_at
from museaika.storage.memory.tracks import MemoryTracks

STARTER = load_starter()


def test_without_own_tracks_it_is_the_starter_catalogue():
    assert load_library(MemoryTracks()).all() == STARTER.all()


def test_an_own_placing_counts_and_what_the_package_knows_stays():
    known = STARTER.all()[0]
    own = MemoryTracks()
    own.put_all([
        replace(known, valence=-0.9, tags=("mine",), year=None, language=None, source="mine"),
        replace(known, track_id="ma_new", title="New"),
    ])  # fmt: skip
    library = load_library(own)
    both = library.get(known.track_id)
    assert (both.valence, both.source, both.year, both.language) == (-0.9, "mine", known.year, known.language)
    assert both.tags == ("mine", *known.tags)
    assert len(library) == len(STARTER) + 1


def test_a_track_without_mood_tags_speaks_for_the_moods_around_its_place():
    track = replace(STARTER.all()[0], valence=0.3, arousal=-0.2, tags=("mine",))
    (shares,) = columns_of([track]).moods
    assert dict(zip(MOODS, shares, strict=True)) == pytest.approx(moods_at(0.3, -0.2), abs=1e-5)


def test_every_track_is_counted_on_the_plane_where_it_lies():
    counts = density(STARTER.all(), 10, 10)
    assert counts.sum() == len(STARTER)
    corner = [t for t in STARTER.all() if t.valence >= 0.8 and t.arousal > 0.8]
    assert counts[0, 9] == pytest.approx(len(corner), abs=3)


def test_the_plane_is_drawn_in_the_terminal_with_the_names_of_moods():
    drawn = terminal_plane(STARTER.all())
    lines = drawn.splitlines()
    assert len(lines) == 23
    assert max(map(len, lines)) <= 61
    for name in ("happy", "sad", "calm", "angry"):
        assert name in drawn


def test_the_plane_is_drawn_into_files(tmp_path):
    from xml.etree import ElementTree

    save_plane(STARTER.all(), tmp_path / "p.svg")
    picture = ElementTree.parse(tmp_path / "p.svg").getroot()
    assert picture.tag.endswith("svg")
    assert len(list(picture)) > 300
    save_plane(STARTER.all(), tmp_path / "p.png")
    with Image.open(tmp_path / "p.png") as image:
        assert image.size == (840, 840)
        assert len(image.getcolors(10_000)) > 20
    with pytest.raises(Invalid, match=r"\.svg or \.png"):
        save_plane([], tmp_path / "p.gif")


def test_an_empty_plane_can_be_drawn(tmp_path):
    assert "lively" in terminal_plane([])
    save_plane([], tmp_path / "p.svg")
