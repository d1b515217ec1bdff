from __future__ import annotations

import pytest

from museaika.composition.brief import make_brief
from museaika.composition.length import plan_extent
from museaika.mood.vocabulary import MOODS


@pytest.mark.parametrize("length_s", [5.0, 6.5, 8.0, 17.0])
def test_a_miniature_meets_its_length_without_bending_the_pulse(ask, length_s: float) -> None:
    from museaika.composition.form import plan_form

    for mood in MOODS:
        for seed in range(10):
            brief = make_brief(ask(mood, seed, length_s))
            form = plan_form(brief, brief.rng("form"))
            assert abs(form.tempo[0].bpm / brief.tempo - 1) < 0.05


@pytest.mark.parametrize("length_s", [5.0, 17.0, 30.0, 181.0])
@pytest.mark.parametrize("tempo", [61.0, 117.3, 200.0])
def test_a_loop_at_a_given_tempo_is_the_whole_bars_that_come_nearest(
    ask, length_s: float, tempo: float
) -> None:
    for seed in range(6):
        brief = make_brief(ask("focused", seed, length_s, tempo=tempo, loop=True))
        extent, bar_s = plan_extent(brief), brief.bar_beats * 60 / tempo
        assert extent.length_s == pytest.approx(extent.bars * bar_s)
        assert abs(extent.length_s - length_s) <= bar_s / 2 + 1e-9 or extent.bars == 1


def test_whole_rounds_of_the_callers_chords_are_preferred(ask) -> None:
    whole = 0
    for seed in range(12):
        brief = make_brief(ask("happy", seed, 60.0, chords="C G Am F Dm G", metre=(4, 4)))
        whole += round(plan_extent(brief).end / 4) % 6 == 0
    assert whole >= 5  # by chance it would be 2
