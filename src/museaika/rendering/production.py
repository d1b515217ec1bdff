"""From a score to files: the one door to this folder.

The sound is written to disk block by block, so a piece of ten minutes needs no more memory than one of
thirty seconds. A loop's tail, what rings beyond its end, is laid over its beginning.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from museaika.composition.score import Score
from museaika.rendering import mastering, midi, mp3, notation, wav
from museaika.rendering.loudness import Meter, integrated
from museaika.rendering.mixing import BLOCK, Desk
from museaika.rendering.soundfont import Bank
from museaika.rendering.voice import RATE, Wave

FORMATS = ("mp3", "wav", "midi", "stems", "musicxml")
FILE_NAMES: Mapping[str, str] = {
    "mp3": "piece.mp3", "wav": "piece.wav", "midi": "piece.mid", "stems": "stems.zip",
    "musicxml": "piece.musicxml",
}  # fmt: skip
_LOOP_TAIL_S = 6.0
_DITHER_SEED = 14

Progress = Callable[[str, float], None]
Stop = Callable[[], bool]


class Cancelled(Exception):
    """Somebody asked for the work to stop; what was written so far is worthless."""


@dataclass(frozen=True, slots=True)
class Produced:
    """`files` by format; of the finished WAV: loudness in LUFS, true peak in dBTP, length in seconds."""

    files: Mapping[str, Path]
    loudness_lufs: float
    peak_dbtp: float
    duration_s: float


def produce(
    score: Score,
    folder: Path,
    bank: Bank,
    *,
    on_progress: Progress = lambda stage, share: None,
    should_stop: Stop = lambda: False,
) -> Produced:
    """Render a score into all FORMATS in `folder`, through the stages rendering, mastering and encoding.

    `on_progress` hears each stage's name with a share 0…1; `should_stop` is asked several times a second.

    Raises:
        Cancelled: `should_stop` said so.
        Invalid: the bank lacks an instrument of the score.
    """
    steps = _Steps(on_progress, should_stop)
    files = {name: folder / file for name, file in FILE_NAMES.items()}
    files["midi"].write_bytes(midi.write(score))
    files["musicxml"].write_bytes(notation.write(score))
    frames = round(score.length_s * RATE)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        tape = Tape(Path(scratch), score, frames)
        tape.record(Desk(score, bank, steps.breathe), steps)
        meter = tape.master(files["wav"], steps)
        _encode(files, tape, frames, _tags(score), steps)
    peak = float(meter.peaks.max(initial=0.0))
    peak_db = 20 * float(np.log10(peak)) if peak else float("-inf")
    return Produced(files, integrated(meter.energies), peak_db, frames / RATE)


class _Steps:
    """Tells progress and asks whether to stop, in one breath."""

    def __init__(self, on_progress: Progress, should_stop: Stop):
        self._on_progress, self._should_stop = on_progress, should_stop

    def breathe(self) -> None:
        """Between two pieces of work: raise Cancelled if asked to stop."""
        if self._should_stop():
            raise Cancelled

    def reached(self, stage: str, done: float, total: float) -> None:
        self.breathe()
        self._on_progress(stage, min(done / max(total, 1), 1.0))


class Tape:
    """The unmastered mix (32-bit float) and its stems (16-bit) on disk, stereo frames one after the other."""

    def __init__(self, scratch: Path, score: Score, frames: int):
        names = [f"{i + 1:02d} {part.role} {part.name}" for i, part in enumerate(score.parts)]
        self.stems = [(_safe(name), scratch / f"stem{i}") for i, name in enumerate([*names, "room"])]
        self._mix, self._frames, self._loop = scratch / "mix", frames, score.loop

    def record(self, desk: Desk, steps: _Steps) -> None:
        """Play the score from beginning to end; a loop goes on until it has rung out."""
        total = self._frames + (int(_LOOP_TAIL_S * RATE) if self._loop else 0)
        at = 0
        with ExitStack() as stack:
            paths = (self._mix, *(path for _, path in self.stems))
            files = [stack.enter_context(path.open("w+b")) for path in paths]
            for mixed in desk.blocks(total):
                self._lay_down(files[0], mixed.mix, at, np.float32)
                for file, stem in zip(files[1:], mixed.stems, strict=True):
                    self._lay_down(file, stem * np.float32(32767), at, np.int16)
                at += mixed.mix.shape[1]
                steps.reached("rendering", at, total)

    def _lay_down(self, file: BinaryIO, sound: Wave, at: int, kind: type[np.generic]) -> None:
        """Write a block at its place; what lies beyond the end is added to the beginning."""
        width = 2 * np.dtype(kind).itemsize
        while sound.shape[1]:
            place = at % self._frames
            n = min(sound.shape[1], self._frames - place)
            piece = sound[:, :n].T
            if at >= self._frames:
                file.seek(place * width)
                piece = piece + np.frombuffer(file.read(n * width), dtype=kind).reshape(-1, 2)
            file.seek(place * width)
            file.write(_as(kind, piece).tobytes())
            sound, at = sound[:, n:], at + n

    def _blocks(self) -> Iterator[tuple[int, Wave]]:
        with self._mix.open("rb") as file:
            for first in range(0, self._frames, BLOCK):
                data = file.read(BLOCK * 8)
                yield first, np.ascontiguousarray(np.frombuffer(data, dtype=np.float32).reshape(-1, 2).T)

    def master(self, path: Path, steps: _Steps) -> Meter:
        """Write the mastered WAV; the returned meter has heard it."""
        before, after = Meter(), Meter()
        for first, block in self._blocks():
            before.add(block)
            steps.reached("mastering", 0.5 * first, self._frames)
        gains = mastering.plan(before.energies, before.peaks, steps.breathe)
        random = np.random.Generator(np.random.PCG64(_DITHER_SEED))
        with path.open("wb") as file:
            file.write(wav.header(self._frames))
            for first, block in self._blocks():
                block = mastering.apply(block, gains, first)
                if not self._loop:
                    block = mastering.fade_end(block, first, self._frames)
                after.add(block)
                file.write(mastering.to_16_bit(block, random).tobytes())
                steps.reached("mastering", 0.5 * (self._frames + first), self._frames)
        steps.reached("mastering", 1, 1)
        return after


def _encode(files: Mapping[str, Path], tape: Tape, frames: int, tags: Mapping[str, str], steps: _Steps) -> None:
    """MP3, seven tenths of the work, and the zip of stems."""
    mp3.write(files["mp3"], _counted(wav.chunks(files["wav"], skip=44), frames, steps), tags)
    stems = [(name, path, frames) for name, path in tape.stems]
    written = 0
    for size in wav.zip_stems(files["stems"], stems):
        written += size
        steps.reached("encoding", 0.7 + 0.3 * written / (4 * frames * len(stems)), 1)


def _tags(score: Score) -> dict[str, str]:
    """ID3: title, artist, tempo."""
    return {"TIT2": score.title, "TPE1": "MuseAIka", "TBPM": f"{score.tempo[0].bpm:.0f}"}


def _counted(pieces: Iterator[bytes], frames: int, steps: _Steps) -> Iterator[bytes]:
    done = 0
    for piece in pieces:
        yield piece
        done += len(piece)
        steps.reached("encoding", 0.7 * done / (4 * frames), 1)


def _as(kind: type[np.generic], frames: Wave) -> Wave | np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    return (
        np.clip(np.round(frames), -32768, 32767).astype(np.int16)
        if kind is np.int16
        else frames.astype(np.float32)
    )


def _safe(name: str) -> str:
    """A file name out of a part's name: letters, digits, spaces and hyphens."""
    return "".join(c if c.isalnum() or c in " -" else "-" for c in name).strip()
