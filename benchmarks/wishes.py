"""Whatever is asked for in any combination: do the files hold what the score says, and the sound its promises?

    python benchmarks/wishes.py [--scores 2000] [--sounds 100] [--first 0]

Random wishes: every mood, and by chance tempo, key, metre, style, instrument, target mood, chords, section
energies, a loop; 5 to 180 s. Each of `--scores` is composed and written as MIDI, which mido reads back (tracks
and names, key, metre, tempo map, sections, notes and pedals that end, length), and as a lead sheet, whose tune
is read back (every bar full, every pitch). Each of `--sounds`, 5 to 60 s, is rendered to the end: loudness by
pyloudnorm, the true peak, the last tenth of a second, the stems summed against the mix; every tenth is decoded
from its MP3 and measured by FFmpeg's ebur128 too, where there is FFmpeg. Seeds begin at `--first`, so that many
wishes can be tried in several runs. A loop at a given tempo is as long as its whole bars.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pyloudnorm

from museaika.composition.brief import INSTRUMENTS, METRES, MODES, STYLES
from museaika.composition.composer import compose
from museaika.composition.score import PITCH_NAMES_SHARP, Part, Score
from museaika.errors import Invalid
from museaika.generation.asking import request_of, with_defaults
from museaika.mood.vocabulary import MOODS
from museaika.rendering import midi, notation
from museaika.rendering.grid import DIVISIONS, written
from museaika.rendering.keys import fifths, midi_signature
from museaika.rendering.mixing import Desk
from museaika.rendering.production import produce
from museaika.rendering.recording import RATE
from museaika.rendering.soundfont import BUNDLED, Bank

CHORDS = ("Am F C G", "C G/B Am F", "Dm7 G7 Cmaj7", "Em C G D", "F#m D A E", "Bb Gm Eb F", "Am",
          "C E7 Am Dm/F Fm C",           "Cm Ab Eb Bb", "Dsus4 D Aadd9 G6", "Bm7b5 E7 Am6")  # fmt: skip
STEPS = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))


def wish(seed: int) -> dict[str, Any]:
    """A random wish; the same seed gives the same."""
    dice = random.Random(f"wish {seed}")
    free = {
        "tempo": lambda: dice.choice((40, 220, round(dice.uniform(40, 220), 1))),
        "key": lambda: f"{dice.choice(PITCH_NAMES_SHARP)} {dice.choice(MODES)}",
        "metre": lambda: "/".join(map(str, dice.choice(METRES))),
        "style": lambda: dice.choice(STYLES),
        "instrument": lambda: dice.choice(list(INSTRUMENTS)),
        "target_mood": lambda: dice.choice(list(MOODS)),
        "chords": lambda: dice.choice(CHORDS),
        "energy": lambda: [round(dice.random(), 2) for _ in range(dice.randint(1, 8))],
        "loop": lambda: True,
    }
    chosen = {name: draw() for name, draw in free.items() if dice.random() < 0.25}
    return {
        "mood": dice.choice(list(MOODS)),
        "seed": seed,
        "length": round(5 * 36 ** dice.random(), 1),
        **chosen,
    }


def score_of(asked: Mapping[str, Any]) -> Score:
    return compose(request_of(with_defaults(asked), material=None))


# --- What the written files hold


def wrong_with_midi(score: Score, asked: Mapping[str, Any]) -> Iterator[str]:
    file = mido.MidiFile(file=io.BytesIO(midi.write(score)))
    plan, *players = file.tracks
    kinds: dict[str, list[Any]] = {}
    now = 0
    for message in plan:
        now += message.time
        kinds.setdefault(message.type, []).append((now / file.ticks_per_beat, message))
    names = [track.name for track in players]
    if names != [midi.track_name(score, part) for part in score.parts] or len({*names, ""}) <= len(names):
        yield "track names"
    if [(m.numerator, m.denominator) for _, m in kinds["time_signature"]] != [tuple(score.metre)]:
        yield "metre"
    if [m.key for _, m in kinds["key_signature"]] != [midi_signature(score.tonic, score.mode)]:
        yield "key"
    if [m.text for _, m in kinds["marker"]] != [section.name for section in score.sections]:
        yield "section names"
    if any(abs(at - s.start) > 0.01 for (at, _), s in zip(kinds["marker"], score.sections, strict=True)):
        yield "section places"
    tempi = [mido.tempo2bpm(m.tempo) for _, m in kinds["set_tempo"]]
    if not np.allclose(tempi, [mark.bpm for mark in score.tempo], rtol=1e-4):
        yield "tempo map"
    if "tempo" in asked and (len(tempi) > 1 or abs(tempi[0] - asked["tempo"]) > 0.01):
        yield "a given tempo"
    if abs(file.length - score.length_s) > 0.01 or astray(score.length_s, asked):
        yield "length"
    for track, part in zip(players, score.parts, strict=True):
        yield from wrong_with_track(track, part)


def astray(length_s: float, asked: Mapping[str, Any]) -> bool:
    whole_bars = "loop" in asked and "tempo" in asked
    return not whole_bars and abs(length_s - asked["length"]) > 0.1


def wrong_with_track(track: mido.MidiTrack, part: Part) -> Iterator[str]:
    held: Counter[int] = Counter()
    begun, pedal = 0, 0
    for message in track:
        if message.type == "note_on":
            held[message.note] += 1
            begun += 1
            if held[message.note] > 1:
                yield "a key struck while it is down"
        elif message.type == "note_off":
            held[message.note] -= 1
        elif message.type == "control_change" and message.control == 64:
            pedal = message.value
        if not message.is_meta and (message.channel == 9) != part.is_drums:
            yield "channel"
    if any(held.values()):
        yield "a key that stays down"
    if pedal >= 64:
        yield "a pedal that stays down"
    struck = {(note.start, note.pitch) for note in part.notes}
    if begun < len(struck):
        yield "notes that are missing"


def wrong_with_sheet(score: Score) -> Iterator[str]:
    root = ET.fromstring(notation.write(score))
    bar = round(score.bar_beats * DIVISIONS)
    tune: list[tuple[int, int, set[int]]] = []
    symbols, now, onset, tied = 0, 0, 0, False
    for measure in root.iter("measure"):
        begin = now
        for item in measure:
            symbols += item.tag == "harmony"
            if item.tag != "note":
                continue
            chord, units = item.find("chord") is not None, int(item.findtext("duration") or 0)
            onset, now = (onset, now) if chord else (now, now + units)
            pitch = item.find("pitch")
            if pitch is None:
                continue
            key = 12 * (int(pitch.findtext("octave") or 0) + 1) + STEPS[pitch.findtext("step") or "C"]
            key += int(pitch.findtext("alter") or 0)
            ties = {tie.get("type") for tie in item.findall("tie")}
            if chord:
                tune[-1][2].add(key)
            elif "stop" in ties:
                tune[-1] = (tune[-1][0], tune[-1][1] + units, tune[-1][2])
            else:
                tune.append((onset, units, {key}))
            tied = "start" in ties
        if now - begin != bar:
            yield "a bar that is not full"
    if tied:
        yield "a tie to nowhere"
    notes = next((part.notes for part in score.parts if part.role == "melody"), ())
    meant = [(one.start, one.end - one.start, set(one.pitches)) for one in written(notes)]
    if tune != meant:
        yield "the tune"
    if {pitch for *_, pitches in tune for pitch in pitches} != {note.pitch for note in notes}:
        yield "the pitches"
    shifts = [abs(min((abs(start / DIVISIONS - n.start) for n in notes), default=0)) for start, *_ in tune]
    if shifts and max(shifts) > 1 / 6:
        yield "an onset far from where it is played"
    if symbols != len(score.chords):
        yield "chord symbols"
    if int(root.findtext(".//fifths") or 0) != fifths(score.tonic, score.mode):
        yield "signature"


def try_scores(first: int, count: int) -> Counter[str]:
    wrong: Counter[str] = Counter()
    pedalled, refused, began = 0, 0, time.process_time()
    for seed in range(first, first + count):
        asked = wish(seed)
        try:
            score = score_of(asked)
        except Invalid as refusal:  # more chords than fit, say: the sentence tells what would
            refused += 1
            print(f"  refused: {refusal.detail} {asked}", flush=True)
            continue
        try:
            found = {f"MIDI: {word}" for word in wrong_with_midi(score, asked)}
            found |= {f"sheet: {word}" for word in wrong_with_sheet(score)}
        except Exception as error:  # noqa: BLE001 — whatever breaks is what we look for
            found = {f"broke: {type(error).__name__}: {error}"}
        else:
            pedalled += any(control.number == 64 for part in score.parts for control in part.controls)
        if found:
            print(f"  {sorted(found)} {asked}", flush=True)
        wrong.update(found)
    took = time.process_time() - began
    print(
        f"{count} scores as MIDI and lead sheet, {took:.0f} CPU-seconds; "
        f"refused: {refused}, with pedal: {pedalled}"
    )
    return wrong


# --- What the sound keeps


def try_sounds(first: int, count: int) -> Counter[str]:
    bank, wrong = Bank.load(BUNDLED), Counter[str]()
    rows: list[tuple[float, ...]] = []
    for seed in range(first, first + count):
        asked = wish(seed) | {"length": round(5 * 12 ** random.Random(seed).random(), 1)}
        try:
            score = score_of(asked)
        except Invalid as refusal:
            print(f"  refused: {refusal.detail} {asked}", flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            made = produce(score, Path(folder), bank, stems=True)
            sound = samples_of(made.files["wav"].read_bytes())
            loudness = pyloudnorm.Meter(RATE).integrated_loudness(sound)
            tail = float(np.abs(sound[-RATE // 10 :]).max())
            apart = stems_astray_db(score, bank, made.files["stems"])
            heard = by_ffmpeg(made.files["mp3"]) if seed % 10 == 0 else None
        rows.append(
            (loudness, made.peak_dbtp, np.nan if score.loop else tail, apart, *(heard or (np.nan, np.nan)))
        )
        found = set()
        if abs(loudness + 14) > 0.5:
            found.add("loudness")
        if made.peak_dbtp > -1:
            found.add("peak")
        if not score.loop and tail > 0.05:
            found.add("tail")
        if astray(len(sound) / RATE, asked):
            found.add("length")
        if apart > -60:
            found.add("stems")
        if heard and (abs(heard[0] + 14) > 0.5 or heard[1] > -1):
            found.add("by FFmpeg")
        if found:
            print(f"  {sorted(found)} {np.round(rows[-1], 3)} {asked}", flush=True)
        wrong.update(found)
    names = (
        "LUFS",
        "dBTP",
        "last 0.1 s, of full scale",
        "stems − mix, dB",
        "LUFS of the MP3 by FFmpeg",
        "its dBTP",
    )
    for name, column in zip(names, np.array(rows).T, strict=True):
        column = column[~np.isnan(column)]
        if len(column):
            print(f"{name:<28} {column.min():8.3f} … {column.max():8.3f}   ({len(column)} sounds)")
    return wrong


def samples_of(wav: bytes) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.frombuffer(wav[44:], dtype="<i2").reshape(-1, 2) / 32768


def stems_astray_db(score: Score, bank: Bank, stems: Path) -> float:
    """How loud the difference between the summed stems and the mix is, beside the mix."""
    with zipfile.ZipFile(stems) as archive:
        total = sum(samples_of(archive.read(name)) for name in archive.namelist())
    if score.loop:  # its end rings over into its beginning
        return float("nan")
    mix = np.concatenate([mixed.mix for mixed in Desk(score, bank).blocks(len(total))], axis=1).T
    return float(20 * np.log10(max((total - mix).std(), 1e-9) / mix.std()))


def by_ffmpeg(file: Path) -> tuple[float, float] | None:
    """Loudness and true peak of a file as FFmpeg decodes and measures it; None where there is no FFmpeg."""
    if shutil.which("ffmpeg") is None:
        return None
    command = ["ffmpeg", "-nostats", "-hide_banner", "-i", file, "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = said[said.rindex("Summary:") :]
    loudness, peak = (re.search(rf"{word}:\s+(-?[\d.]+)", summary) for word in ("I", "Peak"))
    assert loudness
    assert peak
    return float(loudness[1]), float(peak[1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scores", type=int, default=2000)
    parser.add_argument("--sounds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    args = parser.parse_args()
    wrong = try_scores(args.first, args.scores) if args.scores else Counter[str]()
    if args.sounds:
        wrong += try_sounds(args.first, args.sounds)
    print("nothing wrong" if not wrong else f"wrong: {dict(wrong)}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
