from __future__ import annotations

import pytest

from museaika.composition.theory import (
    MODES,
    PROFILES,
    QUALITIES,
    chord_tones,
    estimate_key,
    key_of_chords,
    parse_chords,
    parse_key,
    parse_symbol,
    pitch_name,
    roman,
    scale,
    symbol,
)
from museaika.errors import Invalid


@pytest.mark.parametrize(
    ("text", "chord"),
    [
        ("C", (0, "maj", 0)),
        ("Am", (9, "min", 9)),
        ("F#m7", (6, "min7", 6)),
        ("Bbmaj7", (10, "maj7", 10)),
        ("D/F#", (2, "maj", 6)),
        ("Am7/G", (9, "min7", 7)),
        ("Gsus4", (7, "sus4", 7)),
        ("B°7", (11, "dim7", 11)),
        ("Em7b5", (4, "min7b5", 4)),
        ("E5", (4, "5", 4)),
        ("Cm(maj7)", (0, "minmaj7", 0)),
        ("ebm", (3, "min", 3)),
    ],
)
def test_chord_symbols_are_read_as_musicians_write_them(text: str, chord: tuple[int, str, int]) -> None:
    assert parse_symbol(text) == chord


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("root", [0, 3, 6])
def test_a_written_chord_reads_back_as_itself(root: int, quality: str) -> None:
    assert parse_symbol(symbol(root, quality, root, 0, "major")) == (root, quality, root)
    assert parse_symbol(symbol(root, quality, 7, 10, "major")) == (root, quality, 7)


@pytest.mark.parametrize(
    ("pitch_class", "key", "name"),
    [
        (10, (9, "minor"), "Bb"),
        (8, (9, "minor"), "G#"),
        (3, (4, "minor"), "D#"),
        (8, (0, "major"), "Ab"),
        (6, (0, "minor"), "F#"),
        (1, (4, "major"), "C#"),
        (5, (4, "phrygian"), "F"),
        (11, (6, "major"), "Cb"),
        (6, (11, "major"), "F#"),
    ],
)
def test_a_note_is_spelled_by_its_place_on_the_line_of_fifths(pitch_class, key, name) -> None:
    assert pitch_name(pitch_class, *key) == name


@pytest.mark.parametrize("text", ["H", "Cmaj99", "", "A minor seventh", "C/", "♥", "Am7/Q"])
def test_what_is_no_chord_is_refused_in_words(text: str) -> None:
    with pytest.raises(Invalid, match="not a chord") as caught:
        parse_symbol(text)
    assert caught.value.errors[0].loc == ("chords",)


def test_a_line_of_chords_is_a_bar_each_and_bar_lines_share_a_bar() -> None:
    assert [len(bar) for bar in parse_chords("Am F C G")] == [1, 1, 1, 1]
    assert [len(bar) for bar in parse_chords("| Am F | C G | % |")] == [2, 2, 2]
    with pytest.raises(Invalid, match="No chord"):
        parse_chords("  | | ")
    with pytest.raises(Invalid, match="at most 64"):
        parse_chords("C " * 65)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("C", (0, "major")),
        ("Am", (9, "minor")),
        ("A minor", (9, "minor")),
        ("Eb major", (3, "major")),
        ("F# dorian", (6, "dorian")),
        ("b flat minor", (10, "minor")),
        ("C#m", (1, "minor")),
        ("G Mixolydian", (7, "mixolydian")),
        ("D maj", (2, "major")),
    ],
)
def test_keys_are_read_in_their_usual_spellings(text: str, key: tuple[int, str]) -> None:
    assert parse_key(text) == key


@pytest.mark.parametrize("text", ["", "H", "C blue", "minor", "C major minor"])
def test_what_is_no_key_is_refused_in_words(text: str) -> None:
    with pytest.raises(Invalid, match="not a key"):
        parse_key(text)


def test_the_key_of_a_chord_line_leans_with_the_mood_where_it_is_ambiguous() -> None:
    assert key_of_chords(parse_chords("C F G C"), 0.5) == (0, "major")
    assert key_of_chords(parse_chords("Am Dm E Am"), -0.5) == (9, "minor")
    assert key_of_chords(parse_chords("D A Bm G"), 0.8) == (2, "major")


def test_degrees_name_chords_in_the_key() -> None:
    assert roman("ii") == (2, "min")
    assert roman("bVII") == (10, "maj")
    assert roman("V7") == (7, "7")
    assert roman("#ivdim7") == (6, "dim7")


def test_every_mode_has_seven_steps_and_every_chord_its_root() -> None:
    for mode in MODES:
        assert len(set(scale(4, mode))) == 7
    for quality in QUALITIES:
        assert chord_tones(5, quality)[0] == 5


@pytest.mark.parametrize("mode", PROFILES)
def test_a_key_profile_is_recognised_as_its_own_key(mode: str) -> None:
    for tonic in range(12):
        weights = [PROFILES[mode][(pc - tonic) % 12] for pc in range(12)]
        assert estimate_key(weights) == (tonic, mode)
