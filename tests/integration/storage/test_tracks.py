"""What stores of imported tracks promise."""

from dataclasses import replace

import pytest

from museaika.catalogue.track import Track

BARE = Track("ma_1", "One", ("Ada",), None, None, None, 0.5, -0.25, (), None, None, "mine", 0.5)
FULL = Track(
    "ma_2", "Zwei; \"two\"", ("Björk", "O'Neil"), "Album", 1999, 200_000, -0.5, 0.125, ("calm", "süß"), "pop",
    "de", "theirs", 0.75, "USX9P1234567", "4uLU6hMCjMI75M1A2tKUQC", 120.5, True,
)  # fmt: skip


@pytest.fixture
def tracks(new_store):
    return new_store("tracks")


def test_tracks_come_back_as_they_went_in(tracks):
    assert list(tracks.all()) == []
    assert tracks.put_all([FULL, BARE]) == (2, 0)
    assert list(tracks.all()) == [BARE, FULL]
    assert [type(track.explicit) for track in tracks.all()] == [type(None), bool]


def test_the_same_track_again_is_replaced(tracks):
    tracks.put_all([BARE, FULL])
    moved = replace(BARE, valence=0.75)
    assert tracks.put_all([moved, replace(BARE, track_id="ma_3")]) == (1, 1)
    assert tracks.all()[0] == moved
    assert len(tracks.all()) == 3


def test_of_a_batch_that_breaks_off_nothing_is_kept(tracks):
    def breaking():
        yield BARE
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tracks.put_all(breaking())
    assert list(tracks.all()) == []


def test_an_empty_batch_changes_nothing(tracks):
    assert tracks.put_all([]) == (0, 0)


def test_what_came_from_a_source_can_be_forgotten(tracks):
    tracks.put_all([BARE, FULL])
    assert tracks.remove("mine") == 1
    assert tracks.remove("mine") == 0
    assert list(tracks.all()) == [FULL]
