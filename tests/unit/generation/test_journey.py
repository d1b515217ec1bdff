"""One piece that leads from a mood to another: what moves, section by section, and what is told of it."""

from statistics import mean

import pytest

from museaika.composition.composer import compose
from museaika.composition.theory import MINOR_LIKE
from museaika.generation.asking import request_of, with_defaults
from museaika.generation.composing import ComposerEngine
from museaika.rendering.soundfont import Bank

JOURNEYS = [
    ("sad", "happy"),
    ("angry", "calm"),
    ("happy", "sad"),
    ("tired", "energetic"),
    ("energetic", "calm"),
]


def stretches(score):
    """(tempo, notes a second, how hard they are struck, energy) of each section in which somebody sings."""
    tune = next(part.notes for part in score.parts if part.role == "melody")
    for section in score.sections[:-1]:
        begin, end = section.start, section.start + section.bars * score.bar_beats
        seconds = score.seconds_at(end) - score.seconds_at(begin)
        notes = [note for part in score.parts for note in part.notes if begin <= note.start < end]
        if any(begin <= note.start < end for note in tune):
            force = mean(note.velocity for note in notes)
            yield 60 * (end - begin) / seconds, len(notes) / seconds, force, section.energy


@pytest.mark.parametrize(("mood", "target"), JOURNEYS)
def test_tempo_goes_the_whole_way_section_by_section_and_density_force_and_energy_follow(mood, target):
    asked = with_defaults({"mood": mood, "target_mood": target, "length": 120, "seed": 11})
    upwards = target in ("happy", "energetic")
    columns = list(zip(*stretches(compose(request_of(asked, material=None))), strict=True))
    assert len(columns[0]) >= 4
    tempi = columns[0] if upwards else columns[0][::-1]
    assert list(tempi) == sorted(tempi)
    for column in columns:
        half = len(column) // 2
        first, last = mean(column[:half]), mean(column[half:])
        assert first < last if upwards else last < first


def test_a_piece_says_where_its_journey_ends(tmp_path):
    asked = with_defaults({"mood": "sad", "target_mood": "happy", "length": 40, "seed": 11})
    made = ComposerEngine(Bank.load()).make(asked, 1, None, tmp_path, lambda stage, share: None, lambda: False)
    told = made.metadata
    assert (told["mood"], told["target_mood"]) == ("sad", "happy")
    assert told["key"].split()[1] in MINOR_LIKE
    assert told["end_key"].split()[1] == "major"
    assert told["sections"][0]["tempo"] == told["tempo"] < told["sections"][-2]["tempo"]
    assert all(0 <= section["energy"] <= 1 for section in told["sections"])
