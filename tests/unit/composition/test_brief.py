from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from museaika.composition.brief import INSTRUMENTS, METRES, STYLES, make_brief, parse_metre
from museaika.composition.theory import MINOR_LIKE
from museaika.errors import Invalid


def test_what_the_caller_fixes_is_kept(ask) -> None:
    brief = make_brief(
        ask("sad", tempo=133.0, key="F# dorian", metre=(3, 4), instrument="music box", style="ambient")
    )
    assert (brief.tonic, brief.mode) == (6, "dorian")
    assert (brief.tempo, brief.metre, brief.lead, brief.style.name) == (133.0, (3, 4), "music_box", "ambient")


def test_a_fixed_tempo_moves_its_share_of_the_arousal_to_the_other_cues(ask) -> None:
    free, fast = make_brief(ask("sad")), make_brief(ask("sad", tempo=150.0))
    assert fast.begin.velocity < free.begin.velocity
    assert fast.begin.density / fast.tempo < free.begin.density / free.tempo
    assert fast.begin.register < free.begin.register
    slow = make_brief(ask("energetic", tempo=70.0))
    assert slow.begin.velocity > make_brief(ask("energetic")).begin.velocity


def test_a_given_tempo_still_makes_the_faster_piece_the_denser_one(ask, write) -> None:
    def notes_a_second(tempo: float) -> float:
        scores = [write("neutral", seed, 30.0, tempo=tempo) for seed in range(4)]
        return sum(len(p.notes) for s in scores for p in s.parts if not p.is_drums) / (4 * 30.0)

    assert notes_a_second(70.0) < notes_a_second(100.0) < notes_a_second(140.0)


def test_a_fixed_mode_moves_its_share_of_the_valence_to_register_and_direction(ask) -> None:
    free, minor = make_brief(ask("happy", key="C")), make_brief(ask("happy", key="C minor"))
    assert minor.begin.register > free.begin.register
    assert minor.begin.tension <= free.begin.tension


@pytest.mark.parametrize(
    ("mood", "minor"), [("sad", True), ("angry", True), ("fear", True), ("happy", False), ("calm", False)]
)
def test_the_mode_carries_the_valence(ask, mood: str, minor: bool) -> None:
    for seed in range(12):
        assert (make_brief(ask(mood, seed)).mode in MINOR_LIKE) is minor


def test_cues_are_a_sum_each_step_of_arousal_adds_tempo_loudness_and_density(ask) -> None:
    feels = [make_brief(ask("neutral", at=(0.0, a))).begin for a in (-0.8, -0.3, 0.2, 0.7)]
    for quieter, louder in itertools.pairwise(feels):
        assert quieter.tempo < louder.tempo
        assert quieter.velocity < louder.velocity
        assert quieter.density < louder.density


def test_twenty_seeds_of_a_mood_differ_in_key_style_and_tempo(ask) -> None:
    briefs = [make_brief(ask("happy", seed)) for seed in range(20)]
    assert len({(b.tonic, b.mode) for b in briefs}) >= 6
    assert len({b.style.name for b in briefs}) >= 4
    assert len({round(b.tempo, 1) for b in briefs}) >= 15


def test_a_journey_from_sad_to_happy_ends_in_the_relative_major(ask) -> None:
    brief = make_brief(ask("sad", target=("happy", 0.8, 0.42)))
    assert brief.mode in MINOR_LIKE
    assert brief.key_at(1.0)[1] == "major"
    assert brief.feel_at(0.0).tempo < brief.feel_at(0.5).tempo < brief.feel_at(1.0).tempo
    assert make_brief(ask("sad", key="C minor", target=("happy", 0.8, 0.42))).key_at(1.0) == (0, "minor")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("tempo", 39.0, "tempo must lie"),
        ("tempo", float("nan"), "tempo must lie"),
        ("length_s", 601.0, "length must lie"),
        ("length_s", 4.9, "length must lie"),
        ("valence", 1.5, "valence must lie"),
        ("metre", (5, 4), "not a metre"),
        ("style", "polka", "no style we have"),
        ("instrument", "kazoo", "no instrument we have"),
        ("key", "H", "not a key"),
        ("chords", "Am X", "not a chord"),
        ("energy", (0.2, 1.4), "energy is a list"),
        ("energy", (), "energy is a list"),
        ("mood", "flibbertigibbet", "not a mood"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(ask, field: str, value: object, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        make_brief(replace(ask(), **{field: value}))
    assert caught.value.errors


def test_metres_are_read_as_written() -> None:
    assert [parse_metre(f"{a}/{b}") for a, b in METRES] == list(METRES)
    with pytest.raises(Invalid, match="Choose one of 4/4"):
        parse_metre("7/8")


def test_there_is_a_choice_of_styles_and_instruments() -> None:
    assert len(STYLES) >= 8
    assert {"piano", "violin", "flute", "guitar", "trumpet", "synth_lead", "vibraphone"} <= set(INSTRUMENTS)
    assert all(0 <= program < 128 for program in INSTRUMENTS.values())
