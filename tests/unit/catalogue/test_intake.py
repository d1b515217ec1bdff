"""Foreign tables become tracks: columns and scales are guessed, every row is read or none."""

import csv
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from museaika.catalogue.exporting import write_tracks
from museaika.catalogue.intake import look, take_in
from museaika.catalogue.languages import INSTRUMENTAL
from museaika.catalogue.mapping import NAMES, find_scale
from museaika.catalogue.starter import load_starter
from museaika.catalogue.track import Track, track_id_for
from museaika.errors import Invalid

FEATURES = """\
,track_id,artists,album_name,track_name,duration_ms,explicit,danceability,energy,instrumentalness,valence,tempo,track_genre
0,4uLU6hMCjMI75M1A2tKUQC,Rick Astley;Guest,Whenever,Never Gonna Give You Up,213573,False,0.9,0.8,0.0,0.9,120,pop
1,nonsense,"Earth, Wind & Fire",Best,September - Remastered 2018,215093,True,0.6,0.5,0.9,0.5,0,soul
"""


def write(tmp_path, text, name="table.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def read(path, **options):
    return take_in(look(path, **options)).tracks


def test_the_layout_of_spotifys_audio_features_is_read_as_it_is(tmp_path):
    first, second = read(write(tmp_path, FEATURES))
    assert (first.title, first.artists, first.album) == (
        "Never Gonna Give You Up",
        ("Rick Astley", "Guest"),
        "Whenever",
    )
    assert (first.valence, first.arousal) == (0.8, pytest.approx(0.85 * 0.6 + 0.15 * 0))
    assert (first.spotify_id, first.tempo, first.genre) == ("4uLU6hMCjMI75M1A2tKUQC", 120, "pop")
    assert (first.explicit, first.tags, first.source, first.confidence) == (False, ("danceable",), "table", 0.5)
    assert second.artists == ("Earth, Wind & Fire",)
    assert (second.spotify_id, second.tempo, second.explicit) == (None, None, True)
    assert (second.valence, second.arousal, second.language) == (0, 0, INSTRUMENTAL)


def test_a_faster_piece_of_the_same_energy_is_livelier(tmp_path):
    rows = "artist,title,valence,energy,tempo\nA,Slow,0.5,0.5,60\nA,Fast,0.5,0.5,180\n"
    slow, fast = read(write(tmp_path, rows))
    assert fast.arousal - slow.arousal == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("numbers", "scale", "placed"),
    [
        ([(0, 1), (0.5, 0.25)], "0…1", [(-1, 1), (0, -0.5)]),
        ([(-0.5, 1), (0.5, 0.25)], "−1…1", [(-0.5, 1), (0.5, 0.25)]),
        ([(1, 5), (3, 2)], "1…5", [(-1, 1), (0, -0.5)]),
        ([(1, 9), (5, 3)], "1…9", [(-1, 1), (0, -0.5)]),
        ([(0, 9.5), (5, 2.5)], "0…10", [(-1, 0.9), (0, -0.5)]),
        ([(0, 90), (50, 25)], "0…100", [(-1, 0.8), (0, -0.5)]),
    ],
)
def test_the_scale_is_guessed_from_the_numbers(tmp_path, numbers, scale, placed):
    lines = [f"A{n},T{n},{v},{a}" for n, (v, a) in enumerate(numbers)]
    source = look(write(tmp_path, "\n".join(["artist_name,track_name,valence_mean,arousal_mean", *lines])))
    assert source.guess.scale.name == scale
    assert [(t.valence, t.arousal) for t in take_in(source).tracks] == placed


def test_standard_scores_are_laid_around_their_middle(tmp_path):
    lines = [f"A,T{n + 20},{n / 10:.1f},{-n / 10:.1f}" for n in range(-20, 21)]
    tracks = read(write(tmp_path, "\n".join(["artist,track,valence,arousal", *lines])))
    middle, top = tracks[20], tracks[40]
    assert (middle.valence, middle.arousal) == (0, 0)
    assert top.valence == 1
    assert all(-1 <= track.valence <= 1 for track in tracks)


def test_one_slip_does_not_change_the_scale_of_a_whole_table(tmp_path):
    lines = [f"A{n},T{n},0.4,0.6" for n in range(99)]
    path = write(tmp_path, "\n".join(["artist,title,valence,arousal", *lines, "B,Slip,40,0.6"]))
    assert look(path).guess.scale.name == "0…1"
    with pytest.raises(Invalid, match="line 101: valence: 40 is outside 0…1"):
        read(path)


def test_columns_and_scale_can_be_named_by_hand(tmp_path):
    path = write(tmp_path, "Wer,Was,V,A\nAda,Lied,0.5,0.5\n")
    chosen = {"artists": "Wer", "title": "Was", "valence": "V", "arousal": "A"}
    (track,) = read(path, columns=chosen, scale=find_scale("-1..1"))
    assert (track.artists, track.title, track.valence) == (("Ada",), "Lied", 0.5)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("song,valence,arousal", "No column for artists"),
        ("artist,song,valence", r"No column for arousal \(or energy\)"),
        ("nothing,to,see", "No column for title, artists, valence, arousal"),
    ],
)
def test_a_missing_column_is_told_with_those_that_are_there(tmp_path, header, said):
    with pytest.raises(Invalid, match=said) as told:
        look(write(tmp_path, header + "\n1,2,3\n"))
    assert header.replace(",", ", ") in told.value.detail
    assert "--column" in told.value.detail


BAD = """\
artist,title,valence,arousal,year
Ada,Good,0.5,0.5,1999

Ada,"Two
lines",0.5,0.5,2000
,No artist,0.5,0.5,2000
Ada,No number,high,0.5,2000
Ada,No year,0.5,0.5,soon
Ada,Too short,0.5
"""


def test_every_bad_row_is_told_by_its_line_and_nothing_is_imported(tmp_path):
    with pytest.raises(Invalid) as told:
        read(write(tmp_path, BAD))
    assert told.value.code == "bad_catalogue_row"
    assert [error.loc[0] for error in told.value.errors] == ["line 6", "line 7", "line 8", "line 9"]
    assert [error.msg for error in told.value.errors] == [
        "title and artist must not be empty",
        "valence: 'high' is not a number",
        "year: 'soon' is not a year between 1600 and 2100",
        "3 cells where 5 belong",
    ]
    assert "4 of 6 rows" in told.value.detail


def test_bad_rows_can_be_left_out(tmp_path):
    intake = take_in(look(write(tmp_path, BAD)), skip_bad=True)
    assert [track.title for track in intake.tracks] == ["Good", "Two lines"]
    assert len(intake.wrong) == 4


def test_a_table_of_bad_rows_alone_is_refused_even_then(tmp_path):
    with pytest.raises(Invalid, match="1 of 1 rows"):
        take_in(look(write(tmp_path, "artist,title,valence,arousal\nA,B,x,y\n")), skip_bad=True)


def test_a_track_told_of_twice_is_one_and_keeps_what_both_know(tmp_path):
    rows = (
        "artist,title,valence,arousal,genre,year\n"
        "Beyoncé,Halo,0.1,0.2,pop,\nBEYONCE,Halo - Remastered 2019,0.9,0.9,soul,2008\n"
    )
    intake = take_in(look(write(tmp_path, rows)))
    (track,) = intake.tracks
    assert (track.valence, track.genre, track.year, track.tags) == (-0.8, "pop", 2008, ("soul",))
    assert intake.doubles == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("Yesterday", "Yesterday - Remastered 2009"), ("Yesterday", "Yesterday (2015 Remaster)"),
     ("Yesterday", "Yesterday (feat. Nobody)"), ("Don't Stop", "Dont stop - Mono / Remastered"[:9])],
)  # fmt: skip
def test_spellings_of_one_recording_share_an_id(one, other):
    assert track_id_for("A", one) == track_id_for("A", other)


@pytest.mark.parametrize(
    ("one", "other"), [("Hurt", "Hurt - Live"), ("Hurt", "Hurt (Acoustic)"), ("?", "!"), ("Mono", "Stereo")]
)
def test_other_recordings_have_other_ids(one, other):
    assert track_id_for("A", one) != track_id_for("A", other)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_are_found(tmp_path, separator):
    rows = "artist,title,valence,arousal\nA,B,0.5,0.5\n".replace(",", separator)
    assert read(write(tmp_path, rows))[0].title == "B"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_other_encodings_are_found(tmp_path, encoding):
    rows = "artist,title,valence,arousal\nSigur Rós,Sæglópur,0.5,0.5\n"
    (track,) = read(write(tmp_path, rows, encoding=encoding))
    assert (track.artists[0], track.title) == ("Sigur Rós", "Sæglópur")


ENTRY = {"artist": ["A", "B"], "title": "T", "valence": 0.25, "arousal": -0.5, "tags": ["Calm"], "year": 1999}


@pytest.mark.parametrize(
    "text",
    [json.dumps([ENTRY]), json.dumps({"tracks": [ENTRY]}), json.dumps(ENTRY) + "\n" + json.dumps(ENTRY)],
    ids=["list", "in an object", "lines"],
)
def test_json_is_read_in_the_forms_people_write_it(tmp_path, text):
    (track,) = read(write(tmp_path, text, "table.json"))
    assert (track.artists, track.valence, track.tags, track.year) == (("A", "B"), 0.25, ("calm",), 1999)


def test_lists_written_by_python_are_read(tmp_path):
    (track,) = read(write(tmp_path, 'artists,name,valence,energy\n"[\'A\', ""O\'N""]",T,0.5,0.5\n'))
    assert track.artists == ("A", "O'N")


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "is empty"), (b"\x89PNG\0\0", "not a text file"), (b"just words\n", "one column only"),
     (b"[1, 2]", "list of objects"), (b"[{", "no whole JSON"), (b'{"a": 1}\n{"b"', "line 2"),
     (b"[" * 100_000, "no whole JSON|nested too deeply")],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_words(tmp_path, data, said):
    path = tmp_path / "thing.csv"
    path.write_bytes(data)
    with pytest.raises(Invalid, match=said):
        look(path)


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".json"])
def test_what_is_exported_comes_back_as_it_was(tmp_path, ending):
    path = tmp_path / f"out{ending}"
    full = Track(
        track_id_for("Björk", 'Zwei; "two" 3'), 'Zwei; "two" 3', ("Björk", "O'Neil"), "Al, bum", 1999,
        200_123, 0.25, 0.5, ("calm", "süß"), "pop", "de", "theirs", 0.75, "USX9P1234567",
        "4uLU6hMCjMI75M1A2tKUQC", 120.5, True,
    )  # fmt: skip
    tracks = (full, *load_starter().all()[:300])
    assert write_tracks(tracks, path) == 301
    assert read(path) == tracks


def test_an_export_is_whole_or_not_there(tmp_path):
    def breaking():
        yield load_starter().all()[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_tracks(breaking(), tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Invalid, match=r"\.csv, \.tsv, \.json"):
        write_tracks([], tmp_path / "out.xml")


CELL = st.one_of(
    st.sampled_from(
        ["", "0.5", "nan", "inf", "-1e999", "1_0", "٣", "²", "[", "['a'", "[1,[2]]", '"', "a;b", "3:99"]
    ),
    st.text(max_size=12),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.sampled_from([*NAMES, "x"]), max_size=8),
    rows=st.lists(st.lists(CELL, min_size=3, max_size=11), max_size=5),
)
def test_no_table_that_anybody_could_write_does_more_than_be_refused(tmp_path, names, rows):
    header = ["title", "artists", "valence", "energy", *names]
    with (tmp_path / "odd.csv").open("w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file).writerows([header, *rows])
    try:
        intake = take_in(look(tmp_path / "odd.csv"), skip_bad=True)
    except Invalid:
        return
    for track in intake.tracks:
        assert -1 <= track.valence <= 1
        assert -1 <= track.arousal <= 1
        assert track.title
        assert track.artists


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(
        st.binary(max_size=200), st.text(alphabet='[]{}",:;01 \n\ttitle', max_size=60).map(str.encode)
    )
)
def test_no_file_at_all_does_more_than_be_refused(tmp_path, data):
    (tmp_path / "odd").write_bytes(data)
    with pytest.raises(Invalid):
        take_in(look(tmp_path / "odd"))


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.sampled_from(list(NAMES)), ANY_JSON))
def test_no_json_does_more_than_be_refused(tmp_path, values):
    entry = {"title": "T", "artists": "A", "valence": 0.5, "arousal": 0.5, **values}
    (tmp_path / "odd.json").write_text(json.dumps([entry]))
    try:
        (track,) = take_in(look(tmp_path / "odd.json")).tracks
    except Invalid:
        return
    assert -1 <= track.valence <= 1
