from __future__ import annotations

import pytest

from museaika.composition.brief import make_brief
from museaika.composition.form import plan_form
from museaika.mood.vocabulary import MOODS


def form_of(request):
    brief = make_brief(request)
    return brief, plan_form(brief, brief.rng("form"))


@pytest.mark.parametrize("length_s", [20.0, 45.0, 90.0, 240.0])
def test_sections_follow_each_other_without_a_gap_and_phrases_are_fours(ask, length_s: float) -> None:
    for mood in MOODS:
        _, form = form_of(ask(mood, 3, length_s))
        beat = 0.0
        for section in form.sections:
            assert section.start == beat
            beat += section.bars * form.bar_beats
            assert sum(bars for _, bars in section.phrases()) == section.bars
            assert all(bars == 4 for _, bars in section.phrases()[1:])


def test_a_free_tempo_bends_a_little_and_not_more(ask) -> None:
    for mood in MOODS:
        for seed in range(8):
            brief, form = form_of(ask(mood, seed, 30.0))
            assert abs(form.tempo[0].bpm / brief.tempo - 1) < 0.04


def test_a_given_tempo_is_one_mark_with_exactly_that_tempo(ask) -> None:
    _, form = form_of(ask("calm", 2, 47.3, tempo=93.7))
    assert [(m.start, m.bpm) for m in form.tempo] == [(0.0, 93.7)]


def test_a_ritardando_closes_a_tender_piece_and_none_a_machine(ask) -> None:
    _, tender = form_of(ask("sad", 2, 60.0, style="solo_piano"))
    assert tender.tempo[-1].bpm < 0.9 * tender.tempo[0].bpm
    assert tender.tempo[-1].start == tender.end
    _, machine = form_of(ask("energetic", 2, 60.0, style="electronic"))
    assert len(machine.tempo) == 1


def test_the_theme_comes_back_and_energy_rises_to_b(ask) -> None:
    for seed in range(10):
        _, form = form_of(ask("happy", seed, 90.0))
        themes = [s.theme for s in form.sections if s.theme]
        assert themes.count("A") >= 2
        energy = {s.name: s.energy for s in form.sections}
        assert energy["B"] > energy["A"] > energy["outro"] - 0.1
        assert form.sections[-1].name == "outro"


def test_the_callers_energy_curve_is_followed(ask) -> None:
    _, form = form_of(ask("neutral", 4, 90.0, energy=(0.1, 0.5, 1.0)))
    energies = [s.energy for s in form.sections]
    assert energies[0] == pytest.approx(0.1)
    assert max(energies) == 1.0
    assert energies == sorted(energies)


def test_no_value_of_the_callers_energy_curve_is_lost(ask) -> None:
    for seed in range(8):
        _, form = form_of(ask("sad", seed, 60.0, energy=(0.1, 0.9, 0.1)))
        sung = [s.energy for s in form.sections if s.name != "outro"]
        assert max(sung) > 0.5
        assert sung[0] < 0.4
        assert sung[-1] < 0.4
    _, form = form_of(ask("sad", 1, 20.0, energy=(0.0, 1.0) * 8))
    assert all(0.3 < s.energy < 0.7 for s in form.sections if s.name != "outro")


def test_a_loop_goes_round_in_even_bars(ask) -> None:
    for mood in MOODS:
        for seed in range(6):
            _, form = form_of(ask(mood, seed, 30.0, loop=True))
            assert sum(s.bars for s in form.sections) % 2 == 0


@pytest.mark.parametrize("tempo", [None, 101.0])
def test_a_loop_is_whole_bars_without_an_ending(ask, tempo: float | None) -> None:
    _, form = form_of(ask("focused", 5, 40.0, tempo=tempo, loop=True))
    beats = sum(s.bars for s in form.sections) * form.bar_beats
    assert form.final_beats == 0
    assert form.end == beats
    assert beats * 60 / form.tempo[0].bpm == pytest.approx(form.length_s)
    assert form.length_s == pytest.approx(40.0, abs=1e-9 if tempo is None else 1.5)


def test_a_journey_speeds_up_section_by_section(ask) -> None:
    _, form = form_of(ask("sad", 1, 120.0, target=("energetic", 0.62, 0.80)))
    marks = [m.bpm for m in form.tempo if m.start < form.sections[-1].start - form.bar_beats]
    assert marks == sorted(marks)
    assert marks[-1] > 1.3 * marks[0]
