"""The MIDI file: what a sequencer reads is what the score says."""

import io
from dataclasses import replace

import mido
import pytest

from museaika.composition.score import Note, Part
from museaika.errors import Invalid
from museaika.rendering import midi


def read(data):
    return mido.MidiFile(file=io.BytesIO(data))


def timed(data):
    """(seconds, message) of all tracks, by the file's own tempo map."""
    now, out = 0.0, []
    for message in read(data):
        now += message.time
        out.append((now, message))
    return out


def test_a_file_has_a_track_for_the_plan_and_one_with_a_name_for_each_player(score):
    file = read(midi.write(score))
    assert (file.type, file.ticks_per_beat) == (1, 480)
    assert [track.name for track in file.tracks] == [
        "A small waltz",
        "Piano",
        "Strings",
        "Upright bass",
        "Drums",
    ]


def test_two_players_of_one_instrument_are_told_apart_by_their_roles(score):
    piano, *others = score.parts
    second = Part("chords", "Piano", 0, piano.notes)
    file = read(midi.write(replace(score, parts=(piano, second, *others))))
    assert [track.name for track in file.tracks][1:4] == ["Piano (melody)", "Piano (chords)", "Strings"]


def test_the_plan_tells_key_metre_tempo_sections_and_chords(score):
    plan = read(midi.write(score)).tracks[0]
    by_type = {kind: [m for m in plan if m.type == kind] for kind in {m.type for m in plan}}
    assert by_type["key_signature"][0].key == "Am"
    assert (by_type["time_signature"][0].numerator, by_type["time_signature"][0].denominator) == (3, 4)
    assert [round(mido.tempo2bpm(m.tempo), 3) for m in by_type["set_tempo"]] == [120.0, 96.5]
    assert [m.text for m in by_type["marker"]] == ["A", "B"]
    assert [m.text for m in by_type["text"]] == ["Am", "E7/G#", "Fmaj7", "Am7/G"]


def test_notes_sound_when_the_player_plays_them_also_after_the_tempo_changes(score):
    expected = []
    for note in score.parts[0].notes:
        begin = score.seconds_at(note.start) + note.shift
        expected.append(
            (begin, begin + (score.seconds_at(note.start + note.duration) - begin + note.shift) * note.gate)
        )
    played = [(t, m) for t, m in timed(midi.write(score)) if getattr(m, "channel", None) == 0]
    onsets = [t for t, m in played if m.type == "note_on"]
    ends = [t for t, m in played if m.type == "note_off"]
    assert onsets == pytest.approx([begin for begin, _ in expected], abs=0.002)
    assert ends == pytest.approx([end for _, end in expected], abs=0.004)


def test_the_end_of_the_file_is_the_end_of_the_piece(score):
    assert read(midi.write(score)).length == pytest.approx(score.length_s, abs=0.002)


def test_drums_play_on_channel_ten_and_nobody_else_does(score):
    file = read(midi.write(score))
    channels = [{m.channel for m in track if not m.is_meta} for track in file.tracks[1:]]
    assert channels == [{0}, {1}, {2}, {9}]


def test_programs_levels_and_places_are_set_before_the_first_note(score):
    strings = read(midi.write(score)).tracks[2]
    setup = [m for m in strings if m.type in ("program_change", "control_change")][:3]
    assert setup[0].program == 48
    assert {m.control: m.value for m in setup[1:]} == {7: 60, 10: 83}


def test_a_key_is_released_before_it_is_struck_again(score):
    repeated = Part("melody", "Piano", 0, (Note(0, 1, 60, 80, 0.02), Note(1, 1, 60, 80, -0.01)))
    track = read(midi.write(replace(score, parts=(repeated,)))).tracks[1]
    assert [m.type for m in track if m.type.startswith("note")] == ["note_on", "note_off"] * 2


def test_a_part_without_notes_and_a_very_short_note_are_still_well_formed(score):
    tiny = Part("melody", "Piano", 0, (Note(0, 0.0001, 60, 80),))
    file = read(midi.write(replace(score, parts=(tiny, Part("pad", "Nobody", 48, ())))))
    ticks = [m.time for m in file.tracks[1] if m.type == "note_off"]
    assert ticks[0] >= 1
    assert file.tracks[2].name == "Nobody"


def test_the_same_score_gives_the_same_bytes(score):
    assert midi.write(score) == midi.write(score)


def test_more_players_than_channels_are_refused_in_words(score):
    with pytest.raises(Invalid, match="room for 15"):
        midi.write(replace(score, parts=(score.parts[0],) * 16))
