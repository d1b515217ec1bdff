"""Reading SoundFonts: the bundled one, and broken ones that must be refused in words."""

import hashlib
import json
import time

import numpy as np
import pytest

from museaika.composition.arrangement import PROGRAMS_USED
from museaika.composition.rhythm import CLOSED_HAT, CRASH, KICK, OPEN_HAT, RIDE, SHAKER, SNARE, TAMBOURINE
from museaika.errors import Invalid
from museaika.rendering.soundfont import BUNDLED, Bank


def test_the_bundled_bank_has_every_instrument_a_composer_can_ask_for(bank):
    assert bank.programs >= PROGRAMS_USED
    for program in bank.programs:
        preset = bank.preset(program)
        assert all(preset.zones_for(key, velocity) for key in range(128) for velocity in (1, 64, 127)), (
            preset.name
        )


def test_the_drum_kit_has_the_drums_of_the_patterns(bank):
    kit = bank.preset(0, drums=True)
    for key in (KICK, SNARE, CLOSED_HAT, OPEN_HAT, CRASH, RIDE, TAMBOURINE, SHAKER):
        assert kit.zones_for(key, 90), key


def test_open_and_closed_hats_exclude_each_other(bank):
    kit = bank.preset(0, drums=True)
    classes = {zone["exclusive_class"] for key in (OPEN_HAT, CLOSED_HAT) for zone in kit.zones_for(key, 90)}
    assert len(classes) == 1
    assert classes != {0}


def test_loops_lie_inside_their_recordings_and_meet_without_a_step(bank):
    for program in bank.programs:
        for zone in bank.preset(program).zones:
            start, end = zone.sample.loop
            assert 0 <= start < end <= len(zone.sample.wave), zone.sample.name
            wave = zone.sample.wave.astype(float)
            steps = np.abs(np.diff(wave[max(end - 2000, 0) : end])).max()
            assert abs(wave[start] - wave[end - 1]) <= 2 * steps + 1, zone.sample.name


def test_the_card_describes_the_file_that_is_there():
    card = json.loads(BUNDLED.with_name("card.json").read_text())
    data = BUNDLED.read_bytes()
    assert card["sha256"] == hashlib.sha256(data).hexdigest()
    assert card["bytes"] == len(data) < 10_000_000
    assert "Frank Wen" in BUNDLED.with_name("LICENSE.txt").read_text()


def test_loading_is_quick_because_recordings_stay_on_disk():
    began = time.process_time()
    Bank.load().preset(0)
    assert time.process_time() - began < 0.5


def test_an_instrument_that_is_not_there_is_refused_with_what_is(bank):
    with pytest.raises(Invalid, match=r"no program 127.*It has the programs 0, 4, 10"):
        bank.preset(127)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: b"", "cannot be opened"),
        (lambda data: b"RIFX" + data[4:], "not a SoundFont 2 file"),
        (lambda data: data[: len(data) // 2], "missing"),
        (lambda data: data.replace(b"phdr", b"phdx"), "phdr chunk is missing"),
        (lambda data: data.replace(b"ifil\x04\0\0\0\x02", b"ifil\x04\0\0\0\x03"), "compressed"),
    ],
)
def test_a_file_that_is_no_usable_bank_is_refused_with_the_reason(tmp_path, spoil, reason):
    path = tmp_path / "other.sf2"
    path.write_bytes(spoil(BUNDLED.read_bytes()))
    with pytest.raises(Invalid, match=reason) as refused:
        Bank.load(path)
    assert refused.value.code == "bad_sound_bank"


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(Invalid, match=r"nowhere\.sf2"):
        Bank.load(tmp_path / "nowhere.sf2")


def test_tables_that_point_outside_the_file_are_refused_when_the_instrument_is_picked(tmp_path):
    data = bytearray(BUNDLED.read_bytes())
    at = data.rindex(b"shdr") + 8
    for row in range(200):
        data[at + row * 46 + 24 : at + row * 46 + 28] = (2**31).to_bytes(4, "little")
    path = tmp_path / "pointing.sf2"
    path.write_bytes(data)
    with pytest.raises(Invalid, match="outside"):
        Bank.load(path).preset(0)
