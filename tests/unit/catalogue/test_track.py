"""A track's own id, links and scales."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from museaika.catalogue.track import Track, fold, track_id_for


def a_track(**changes):
    facts = {
        "track_id": track_id_for("Édith Piaf", "La vie en rose"),
        "title": "La vie en rose",
        "artists": ("Édith Piaf",),
        "album": None,
        "year": 1947,
        "duration_ms": None,
        "valence": 0.6,
        "arousal": -0.2,
        "tags": ("romantic",),
        "genre": "chanson",
        "language": "fr",
        "source": "test",
        "confidence": 0.8,
    }
    return Track(**{**facts, **changes})


def test_the_id_is_our_own_and_survives_other_spellings():
    track_id = track_id_for("Édith Piaf", "La vie en rose")
    assert track_id.startswith("ma_")
    assert len(track_id) == 15
    assert track_id == track_id_for("EDITH PIAF", "La Vie En Rose")
    assert track_id != track_id_for("Grace Jones", "La vie en rose")


def test_artist_and_title_do_not_run_into_each_other():
    assert track_id_for("Ab", "c") != track_id_for("A", "bc")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Simon & Garfunkel", "Simon and Garfunkel"),
        ("Beyoncé", "Beyonce"),
        ("Sigur Rós", "sigur ros"),
        ("R.E.M.", "REM"),
    ],
)
def test_two_spellings_of_one_name_fold_together(one, other):
    assert fold(one) == fold(other)


def test_names_in_other_scripts_do_not_fold_to_nothing():
    assert fold("中島みゆき")
    assert fold("中島みゆき") != fold("宇多田ヒカル")


def test_the_links_name_the_track_without_claiming_a_release():
    track = a_track()
    assert track.uri == f"museaika:track:{track.track_id}"
    assert track.url.startswith("https://open.spotify.com/search/")
    assert unquote(track.url.rsplit("/", 1)[1]) == "Édith Piaf La vie en rose"


def test_a_title_with_a_slash_stays_one_part_of_the_link():
    assert a_track(title="1/1").url.count("/") == 4


@pytest.mark.parametrize(("arousal", "energy"), [(-1, 0), (0, 0.5), (1, 1)])
def test_energy_is_arousal_on_the_scale_of_music_services(arousal, energy):
    assert a_track(arousal=arousal).energy == energy


def test_a_track_that_spotify_knows_is_named_and_linked_as_there():
    track = a_track(spotify_id="4uLU6hMCjMI75M1A2tKUQC")
    assert track.uri == "spotify:track:4uLU6hMCjMI75M1A2tKUQC"
    assert track.url == "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC"
