"""The built-in composer as an engine: a whole short piece, and stopping in the middle."""

import json

import pytest

from museaika.errors import Invalid
from museaika.generation.asking import with_defaults
from museaika.generation.composing import ComposerEngine
from museaika.generation.engines import (
    COMPOSER,
    Stopped,
    magenta_card,
    musicgen_card,
    refuse_what_it_cannot,
    require_installed,
)
from museaika.generation.files import FORMATS
from museaika.rendering.soundfont import Bank
from museaika.storage.documents import to_document

SHORT = {"mood": "calm", "length": 8, "seed": 7, "key": "A minor", "tempo": 90, "stems": True}


@pytest.fixture(scope="module")
def engine():
    return ComposerEngine(Bank.load())


def make(engine, folder, parameters=SHORT, variation=1, material=None, told=None, should_stop=lambda: False):
    on_progress = (
        (lambda stage, share: None) if told is None else lambda stage, share: told.append((stage, share))
    )
    return engine.make(with_defaults(parameters), variation, material, folder, on_progress, should_stop)


@pytest.fixture(scope="module")
def piece(engine, tmp_path_factory):
    told = []
    made = make(engine, tmp_path_factory.mktemp("piece"), told=told)
    return made, told


def test_a_piece_comes_in_every_format_and_none_is_empty(piece):
    made, _ = piece
    assert set(made.files) == set(FORMATS)
    for format_name, path in made.files.items():
        assert path.name == FORMATS[format_name].file_name
        assert path.stat().st_size > 0


def test_its_metadata_says_what_was_asked_and_what_came_of_it(piece):
    metadata = piece[0].metadata
    assert (metadata["key"], metadata["tempo"], metadata["seed"], metadata["mood"]) == (
        "A minor",
        90,
        7,
        "calm",
    )
    assert metadata["duration_s"] == pytest.approx(8, abs=0.05)
    assert metadata["bars"] > 0
    assert metadata["instruments"]
    starts = [section["start_s"] for section in metadata["sections"]]
    assert starts == sorted(starts)
    assert starts[0] == 0
    assert all(section["chords"] for section in metadata["sections"])
    assert json.loads(to_document(metadata)) == metadata


def test_progress_only_grows_from_the_plan_to_the_end(piece):
    shares = [share for _, share in piece[1]]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == pytest.approx(1.0)
    stages = list(dict.fromkeys(stage for stage, _ in piece[1]))
    assert stages[0] == "plan"
    assert stages[-3:] == ["rendering", "mastering", "encoding"]


def test_another_piece_can_go_on_from_its_stored_plan(engine, piece, tmp_path):
    material = json.loads(to_document(piece[0].plan))
    made = make(engine, tmp_path, {"mood": "happy", "length": 6, "seed": 8}, material=material)
    assert made.metadata["key"] == "A minor"


def test_asked_to_stop_it_stops(engine, tmp_path):
    told = []
    with pytest.raises(Stopped):
        make(engine, tmp_path, told=told, should_stop=lambda: len(told) > 5)
    assert told[-1][1] < 1


def test_an_engine_that_is_not_here_is_refused_with_those_that_are():
    with pytest.raises(Invalid, match="Choose one of: composer"):
        require_installed("kazoo")


def test_an_engine_that_is_not_installed_is_refused_with_the_way_to_install_it():
    cards = {card.name: card for card in (COMPOSER, magenta_card(installed=False))}
    with pytest.raises(
        Invalid, match=r"MAGENTA_CHECKPOINT=FOLDER museaika serve.*one of: composer\."
    ) as refused:
        require_installed("magenta", cards)
    assert refused.value.errors[0].loc == ("engine",)
    require_installed("magenta", {"magenta": magenta_card(installed=True)})


def test_an_extra_comes_with_a_command_that_installs_it():
    with pytest.raises(Invalid, match=r"pip install -e \"\.\[musicgen\]\""):
        require_installed("musicgen", {card.name: card for card in (COMPOSER, musicgen_card(installed=False))})


def test_wishes_an_engine_cannot_fulfil_are_refused_by_name_and_others_pass():
    card = musicgen_card(installed=True)
    refuse_what_it_cannot(card, {"mood": "calm", "loop": False, "chords": None, "tempo": 90})
    refuse_what_it_cannot(COMPOSER, {"loop": True, "chords": "Am F"})
    with pytest.raises(Invalid, match="can't do chords, loop") as refused:
        refuse_what_it_cannot(card, {"loop": True, "chords": "Am F", "tempo": 90})
    assert [error.loc for error in refused.value.errors] == [("chords",), ("loop",)]
