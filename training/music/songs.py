"""The songs of POP909 as the melody network hears them, split by song.

Reads the human-labelled structure of POP909 (MIT licence): the tune on a sixteenth grid with its barlines, its
chords with their tones, its key and its phrases. Every tenth song is for testing, the one before it for
choosing; no song is in two parts.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from museaika.composition.hearing import NONE, Line, echoes, memories, settings
from museaika.composition.rhythm import strength
from museaika.composition.theory import SCALES

BAR = 16
TONICS = {"C": 0, "C#": 1, "Db": 1, "D": 2, "D#": 3, "Eb": 3, "E": 4, "F": 5, "F#": 6, "Gb": 6, "G": 7, "G#": 8,
          "Ab": 8, "A": 9, "A#": 10, "Bb": 10, "B": 11}  # fmt: skip
PHRASE, ECHO = slice(99, 120), slice(161, 361)
PLAN = [120, 121, 136]
"""Where in the inputs lies what may be unknown while singing: the phrase, what was sung bars ago, the curve."""
FAMILIES = {"maj": ("major", "lydian", "mixolydian"), "min": ("minor", "dorian", "phrygian")}


@dataclass(frozen=True)
class Song:
    """A tune and all the network is told of it; `pitches` (n,) are what it has to find."""

    number: int
    line: Line
    pitches: np.ndarray
    mode: str


def part_of(number: int) -> str:
    return {0: "test", 9: "valid"}.get(number % 10, "train")


def read_songs(data: Path) -> Iterator[Song]:
    with zipfile.ZipFile(data / "music/pop909_structure.zip") as archive:
        names = {n.split("/")[1] for n in archive.namelist() if n.startswith("POP909/") and n[7:10].isdigit()}
        for name in sorted(names):
            yield read_song(archive, name)


def read_song(archive: zipfile.ZipFile, name: str) -> Song:
    def lines(file: str) -> list[str]:
        return [x for x in archive.read(f"POP909/{name}/{file}").decode().splitlines() if x.strip()]

    notes, now = [], 0
    for row in lines("melody.txt"):
        pitch, length = (int(x) for x in row.split())
        notes += [(now, length, pitch)] if pitch else []
        now += length
    onsets, lengths, pitches = np.array(notes).T
    tonic_name, family = lines("analyzed_key.txt")[0].split(":")
    tonic = TONICS[tonic_name]
    mode = _mode(pitches, lengths, tonic, family)
    chords, starts = _chords(lines("finalized_chord.txt"))
    at = np.maximum(np.searchsorted(starts, onsets, side="right") - 1, 0)
    phrases = _phrases(lines("human_label1.txt")[0], onsets)
    line = Line(
        onsets=onsets, lengths=lengths.astype(np.float32),
        levels=np.array([strength(int(x), (4, 4)) for x in onsets]),
        chords=chords[at], awaited=chords[np.minimum(at + 1, len(chords) - 1)],
        turns=np.append(starts, starts[-1] + BAR)[at + 1], phrases=phrases,
        targets=_contour(onsets, pitches, phrases), tonic=tonic,
        scale=tuple((tonic + s) % 12 for s in SCALES[mode]), centre=float(np.median(pitches)), bar=BAR,
    )  # fmt: skip
    return Song(int(name), line, pitches, mode)


def _mode(pitches: np.ndarray, lengths: np.ndarray, tonic: int, family: str) -> str:
    """The mode of the family that holds most of the tune."""
    heard = np.bincount((pitches - tonic) % 12, lengths, 12)
    return max(FAMILIES[family], key=lambda mode: heard[list(SCALES[mode])].sum())


def _chords(rows: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Root and chord tones (chords, 13) and where each begins, in sixteenths."""
    chords, starts, now = [], [], 0.0
    for row in rows:
        tones, rest = row.split("[")[1].split("]")
        inside = [int(x) % 12 for x in tones.split(",")] if tones.strip() else []
        root = int(rest.split()[0]) % 12 if inside else NONE
        chords.append([root, *(int(c in inside) for c in range(12))])
        starts.append(round(4 * now))
        now += float(rest.split()[-1])
    return np.array(chords), np.array(starts)


def _phrases(label: str, onsets: np.ndarray) -> np.ndarray:
    """Begin and end of the sung phrase each note belongs to, −1 outside of phrases."""
    found, bar = np.full((len(onsets), 2), NONE), 0
    for kind, bars in re.findall(r"([A-Za-z])(\d+)", label):
        begin, end = bar * BAR, (bar + int(bars)) * BAR
        if kind.isupper() and kind != "X":
            found[(onsets >= begin) & (onsets < end)] = begin, end
        bar += int(bars)
    return found


def _contour(onsets: np.ndarray, pitches: np.ndarray, phrases: np.ndarray) -> np.ndarray:
    """The curve of each phrase: a parabola through its pitches, NaN where there are too few."""
    curve = np.full(len(onsets), np.nan, np.float32)
    for begin in set(phrases[:, 0].tolist()) - {NONE}:
        inside = phrases[:, 0] == begin
        if inside.sum() >= 8:
            x = (onsets[inside] - begin) / BAR
            curve[inside] = np.polyval(np.polyfit(x, pitches[inside], 2), x)
    return curve


def inputs_of(song: Song) -> np.ndarray:
    """What the network hears before every note of a song, (n, INPUTS)."""
    line = song.line
    looks = echoes(line.onsets, line.bar)
    memory = memories(song.pitches, np.arange(len(song.pitches)), looks, line.targets, line.tonic, line.centre)
    return np.concatenate((settings(line), memory), axis=1)
