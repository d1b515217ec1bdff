"""Reading tab-separated tracks: good rows become tracks, bad ones are told by line."""

from __future__ import annotations

import pytest

from museaika.catalogue.importing import read_tracks
from museaika.errors import Invalid

GOOD = "\t".join(
    (
        "Stan Getz; João Gilberto",
        "The Girl from Ipanema",
        "1964",
        "pt",
        "bossa nova",
        "0.60",
        "-0.35",
        "gentle, calm, saxophone",
    )
)


def changed(column, cell):
    cells = GOOD.split("\t")
    cells[column] = cell
    return "\t".join(cells)


def test_a_row_becomes_a_track():
    (track,) = read_tracks(["# a comment", "", GOOD + "\n"], "mine")
    assert track.artists == ("Stan Getz", "João Gilberto")
    assert (track.title, track.year, track.language, track.genre) == (
        "The Girl from Ipanema",
        1964,
        "pt",
        "bossa nova",
    )
    assert (track.valence, track.arousal) == (0.6, -0.35)
    assert track.tags == ("gentle", "calm", "saxophone")
    assert track.source == "mine"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("only\tthree\tcells", "3 columns where 8 belong"),
        (changed(1, ""), "title must not be empty"),
        (changed(2, "196"), "year '196'"),
        (changed(2, "about 1964"), "year 'about 1964'"),
        (changed(3, "klingon"), "'klingon' is not a language"),
        (changed(5, "high"), "valence 'high' is not a number"),
        (changed(6, "-1.2"), "arousal -1.2 is outside"),
        (changed(6, "nan"), "arousal nan is outside"),
        (changed(7, "saxophone"), "no tag is a mood word"),
    ],
)
def test_a_bad_row_is_told_by_its_line_and_its_fault(row, said):
    with pytest.raises(Invalid) as caught:
        read_tracks(["# head", row], "mine")
    assert caught.value.code == "bad_catalogue_row"
    assert "line 2" in caught.value.detail
    assert said in caught.value.detail


def test_all_bad_rows_are_told_at_once():
    with pytest.raises(Invalid) as caught:
        read_tracks([changed(2, "x"), GOOD, changed(5, "x")], "mine")
    assert [error.loc for error in caught.value.errors] == [("line 1",), ("line 3",)]
    assert "1 more" in caught.value.detail


def test_the_same_track_in_another_spelling_is_a_double():
    with pytest.raises(Invalid, match="stands already in line 1"):
        read_tracks([GOOD, changed(1, "the girl from ipanema")], "mine")


def test_a_point_far_from_its_tags_is_trusted_less():
    (agreeing,) = read_tracks([changed(6, "-0.60")], "mine")
    (odd,) = read_tracks([changed(7, "rage")], "mine")
    assert odd.confidence < 0.3 < 0.7 < agreeing.confidence <= 0.8
