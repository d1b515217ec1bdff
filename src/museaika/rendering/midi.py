"""Writing a score as a Standard MIDI File: one named track a player, a first one for tempo, metre and form."""

from __future__ import annotations

import io

import mido

from museaika.composition.score import Part, Score
from museaika.errors import Invalid
from museaika.rendering.keys import midi_signature
from museaika.rendering.timing import beat_at, performance

TICKS_PER_BEAT = 480
DRUM_CHANNEL = 9
CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)
_VOLUME, _PAN, _UNITY_VOLUME = 7, 10, 100

Event = tuple[int, int, mido.Message | mido.MetaMessage]  # tick, order within it, message


def write(score: Score) -> bytes:
    """The score as a type 1 file of 480 ticks a beat; the same score gives the same bytes.

    Raises:
        Invalid: more than fifteen pitched parts, as MIDI has sixteen channels and drums take one.
    """
    if sum(not part.is_drums for part in score.parts) > len(CHANNELS):
        raise Invalid(f"MIDI has room for {len(CHANNELS)} pitched parts: use fewer.", code="too_many_parts")
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")
    file.tracks.append(_track(_plan(score), score.title, score))
    free = iter(CHANNELS)
    for part in score.parts:
        channel = DRUM_CHANNEL if part.is_drums else next(free)
        file.tracks.append(_track(_player(score, part, channel), track_name(score, part), score))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def track_name(score: Score, part: Part) -> str:
    """The player's name; where two share one, with the role, so that nobody mixes up the tracks."""
    alone = sum(other.name == part.name for other in score.parts) == 1
    return part.name if alone else f"{part.name} ({part.role})"


def _plan(score: Score) -> list[Event]:
    """Tempo, metre, key, sections as markers and chord symbols as text."""
    meta = mido.MetaMessage
    events: list[Event] = [
        (0, 0, meta("time_signature", numerator=score.metre[0], denominator=score.metre[1])),
        (0, 0, meta("key_signature", key=midi_signature(score.tonic, score.mode))),
    ]
    events += [(_ticks(m.start), 1, meta("set_tempo", tempo=mido.bpm2tempo(m.bpm))) for m in score.tempo]
    events += [(_ticks(s.start), 2, meta("marker", text=s.name)) for s in score.sections]
    events += [(_ticks(c.start), 3, meta("text", text=c.symbol)) for c in score.chords]
    return events


def _player(score: Score, part: Part, channel: int) -> list[Event]:
    """Program, volume and pan, then notes and controls; at one moment ends come before controls and onsets."""
    volume = min(max(round(_UNITY_VOLUME * 10 ** (part.level_db / 40)), 0), 127)
    setup = ((_VOLUME, volume), (_PAN, min(max(round(64 + 63 * part.pan), 0), 127)))
    program = 0 if part.is_drums else part.program
    events: list[Event] = [(0, 0, mido.Message("program_change", channel=channel, program=program))]
    events += [(0, 0, _control(channel, number, value)) for number, value in setup]
    events += [(_ticks(c.start), 2, _control(channel, c.number, c.value)) for c in part.controls]
    for begin, end, note in performance(score, part):
        first = _ticks(beat_at(score, begin))
        last = max(_ticks(beat_at(score, min(end, score.length_s))), first + 1)
        events.append((first, 3, _note("note_on", channel, note.pitch, note.velocity)))
        events.append((last, 1, _note("note_off", channel, note.pitch, 64)))
    return events


def _track(events: list[Event], name: str, score: Score) -> mido.MidiTrack:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    end = max(_ticks(beat_at(score, score.length_s)) - now, 0)
    track.append(mido.MetaMessage("end_of_track", time=end))
    return track


def _ticks(beat: float) -> int:
    return max(round(beat * TICKS_PER_BEAT), 0)


def _control(channel: int, number: int, value: int) -> mido.Message:
    return mido.Message("control_change", channel=channel, control=number, value=value)


def _note(kind: str, channel: int, pitch: int, velocity: int) -> mido.Message:
    return mido.Message(kind, channel=channel, note=pitch, velocity=velocity)
