from __future__ import annotations

import itertools
import random

import numpy as np

from museaika.composition.brief import make_brief
from museaika.composition.form import plan_form
from museaika.composition.harmony import write_harmony
from museaika.composition.judging import BANDS, measure, parallels, penalty, rank
from museaika.composition.lattice import draw_paths, transitions
from museaika.composition.melody import write_melody
from museaika.composition.motif import REPETITION, Device, develop
from museaika.composition.originality import quotations, runs
from museaika.composition.phrase import PhraseTask, moved, propose_phrases
from museaika.composition.score import ChordSpan
from museaika.composition.theory import chord_tones
from museaika.mood.vocabulary import MOODS


def tune_of(score):
    return next(p for p in score.parts if p.role == "melody").notes


def test_a_lattice_goes_only_where_the_weights_allow() -> None:
    emissions = np.zeros((6, 12))
    path = [2, 4, 5, 7, 5, 4]
    for i, place in enumerate(path):
        emissions[i, place] = 1.0
    emissions[3, 9] = 1.0
    found = draw_paths(emissions, transitions(12, 0.5, 0.0), [None] * 6, 3, 20, random.Random(1))
    assert {p[3] for p in found} <= {7, 9}
    assert all(p[:3] == path[:3] and p[4:] == path[4:] for p in found)


def test_a_bias_steers_the_step_it_stands_at() -> None:
    emissions = np.ones((3, 10))
    bias = np.full((10, 10), 1e-9) + np.eye(10, k=1)
    found = draw_paths(emissions, transitions(10, 0.5, 0.0), [None, None, bias], None, 50, random.Random(2))
    assert all(c - b == 1 for _, b, c in found)


def test_the_tune_comes_home_to_the_tonic_on_the_last_chord(write) -> None:
    for mood, seed in itertools.product(MOODS, range(3)):
        score = write(mood, seed, 40.0)
        last = tune_of(score)[-1]
        assert last.pitch % 12 == score.tonic
        assert last.start == score.chords[-1].start
        assert last.duration == score.chords[-1].duration


def test_the_tune_is_one_voice_and_breathes_between_phrases(write) -> None:
    for mood in ("happy", "sad", "romantic"):
        notes = tune_of(write(mood, 4, 60.0))
        gaps = [b.start - a.start - a.duration for a, b in itertools.pairwise(notes)]
        assert min(gaps) >= -1e-9
        assert sum(gap >= 0.5 for gap in gaps) >= 3


def test_strong_beats_carry_chord_tones(write) -> None:
    shares = []
    for mood in MOODS:
        score = write(mood, 6, 60.0)
        starts = [c.start for c in score.chords]
        strong = [n for n in tune_of(score) if n.start % score.bar_beats == 0]
        chords = [score.chords[np.searchsorted(starts, n.start + 1e-6) - 1] for n in strong]
        shares += [n.pitch % 12 in chord_tones(c.root, c.quality) for n, c in zip(strong, chords, strict=True)]
    assert sum(shares) / len(shares) > 0.65


def test_a_theme_is_recognised_when_it_returns(write) -> None:
    alike = []
    for seed in range(8):
        score = write("neutral", seed, 90.0, metre=(4, 4))
        bars = score.bar_beats * 2
        starts = {s.name: s.start for s in score.sections}
        if "A'" not in starts:
            continue
        heads = [
            {n.start - starts[name] for n in tune_of(score) if 0 <= n.start - starts[name] < bars}
            for name in ("A", "A'")
        ]
        alike.append(len(heads[0] & heads[1]) / len(heads[0] | heads[1]))
    assert sum(alike) / len(alike) > 0.7


def test_no_two_seeds_share_eight_bars(write) -> None:
    seen: set[tuple[tuple[float, int], ...]] = set()
    for seed in range(20):
        score = write("happy", seed, 30.0)
        notes = tune_of(score)
        first = notes[0].pitch
        opening = tuple((n.start, n.pitch - first) for n in notes if n.start < 8 * score.bar_beats)
        assert opening not in seen
        seen.add(opening)


def test_no_tune_quotes_a_known_song(write) -> None:
    quoted = 0
    for mood, seed in itertools.product(MOODS, range(2)):
        line = [(round(n.start * 4), n.pitch) for n in tune_of(write(mood, seed, 60.0))]
        quoted += quotations(line)
    assert quoted == 0


def test_a_run_that_a_song_has_is_found_again() -> None:
    opening = [(i * 2, p) for i, p in enumerate((60, 62, 64, 65, 67, 69, 71, 72, 74))]
    assert len(list(runs(opening))) == 2
    shifted = [(at + 32, pitch + 5) for at, pitch in opening]
    assert list(runs(shifted)) == list(runs(opening))
    wide = [(at, pitch + 30 * (at == 6)) for at, pitch in opening]
    assert not list(runs(wide))


def test_the_bands_measure_a_line_as_a_reader_would() -> None:
    figures = measure([60, 62, 62, 67, 65], [1, 1, 1, 1, 1], [True] * 5, [True, False, False, True, False])
    assert figures["steps"] == 0.5
    assert figures["repeats"] == 0.25
    assert figures["leaps_over_4"] == 0.25
    assert figures["leaps_resolved"] == 1.0
    assert figures["chord_tones_on_beat"] == 0.4
    assert figures["range"] == 7
    middle = {name: (low + high) / 2 for name, (low, high) in BANDS.items()}
    assert penalty(middle) == 0
    assert penalty(middle | {"range": 40.0}) > 1


def test_another_source_of_phrases_may_take_the_place_of_the_lattice(ask) -> None:
    brief = make_brief(ask("neutral", 3))
    form = plan_form(brief, brief.rng("form"))
    chords = write_harmony(brief, form, brief.rng("harmony")).chords
    asked: list[PhraseTask] = []

    def roots_only(task: PhraseTask, count: int, rng: random.Random) -> list[tuple[int, ...]]:
        asked.append(task)
        return [tuple(task.low + (c.root - task.low) % 12 for c in task.chords)]

    tune = write_melody(brief, form, chords, brief.rng("melody"), roots_only).tones
    assert asked
    sung = {
        (start, chord.root) for task in asked for start, chord in zip(task.starts, task.chords, strict=True)
    }
    assert all((tone.start, tone.pitch % 12) in sung for tone in tune[:-1])


def test_one_note_repeated_is_nobody_s() -> None:
    assert not list(runs([(i * 2, 60) for i in range(12)]))


def test_a_phrase_is_judged_by_what_it_makes_of_the_tune(ask) -> None:
    asked: list[PhraseTask] = []

    def noting(task: PhraseTask, count: int, rng: random.Random) -> list[tuple[int, ...]]:
        asked.append(task)
        return propose_phrases(task, count, rng)

    brief = make_brief(ask("neutral", 3))
    form = plan_form(brief, brief.rng("form"))
    chords = write_harmony(brief, form, brief.rng("harmony")).chords
    write_melody(brief, form, chords, brief.rng("melody"), noting)
    task = asked[-1]
    choices = propose_phrases(task, 40, random.Random(1))
    width = [max(p) - min(p) for p in choices]
    flat = tuple(min(task.high, task.low + 8) for _ in task.starts)
    assert rank([flat, *choices], task)[-1] == flat
    assert len(set(width)) > 1


def test_fifths_that_run_with_the_bass_are_counted() -> None:
    c, f = ChordSpan(0, 2, 0, "maj", 0, "C"), ChordSpan(2, 2, 5, "maj", 5, "F")
    assert parallels([67, 72], [c, f]) == 1
    assert parallels([67, 69], [c, f]) == 0
    assert parallels([67, 67], [c, c]) == 0


def test_a_motif_is_developed_one_device_at_a_time(ask) -> None:
    feel = make_brief(ask("happy", 1)).begin
    drawn = [develop(feel, False, random.Random(i)) for i in range(300)]
    assert {d.inverted for d in drawn} == {True, False}
    assert not any(d.inverted and d.shift for d in drawn)
    assert Device(inverted=True).step(2) == -2
    again = [develop(feel, True, random.Random(i)) for i in range(300)]
    assert again.count(REPETITION) > drawn.count(REPETITION)
    rising = [d.shift for d in drawn if d.shift]
    assert sum(s > 0 for s in rising) > sum(s < 0 for s in rising)


def test_a_sequence_moves_along_the_scale() -> None:
    assert [moved(p, 1, (0, "major")) for p in (60, 64, 71)] == [62, 65, 72]
    assert [moved(p, -2, (9, "minor")) for p in (69, 72)] == [65, 69]


def test_tunes_in_minor_sing_the_third(write) -> None:
    shares = []
    for seed in range(6):
        score = write("sad", seed, 60.0)
        if score.mode == "minor":
            total = sum(n.duration for n in tune_of(score))
            shares.append(sum(n.duration for n in tune_of(score) if (n.pitch - score.tonic) % 12 == 3) / total)
    assert sum(shares) / len(shares) > 0.1
