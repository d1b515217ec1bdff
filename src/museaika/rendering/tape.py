"""The tape a piece is recorded on: files on disk, so that a piece of any length needs little memory.

A loop's tail, what rings beyond its end, is laid over its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import numpy as np

from museaika.composition.score import Score
from museaika.rendering import mastering, wav
from museaika.rendering.loudness import Meter
from museaika.rendering.mixing import BLOCK, Desk
from museaika.rendering.progress import Steps
from museaika.rendering.recording import RATE, Wave

_LOOP_TAIL_S = 6.0
_DITHER_SEED = 14


class Tape:
    """The unmastered mix (32-bit float) and, where wanted, its stems (16-bit) on disk, stereo frames one after
    the other."""

    def __init__(self, scratch: Path, score: Score, frames: int, *, stems: bool):
        names = [f"{i + 1:02d} {part.role} {part.name}" for i, part in enumerate(score.parts)]
        kept = [*names, "room"] if stems else []
        self.stems = [(_safe(name), scratch / f"stem{i}") for i, name in enumerate(kept)]
        self._mix, self._frames, self._loop = scratch / "mix", frames, score.loop

    def record(self, desk: Desk, steps: Steps) -> None:
        """Play the score from beginning to end; a loop goes on until it has rung out."""
        total = self._frames + (int(_LOOP_TAIL_S * RATE) if self._loop else 0)
        at = 0
        with ExitStack() as stack:
            paths = (self._mix, *(path for _, path in self.stems))
            files = [stack.enter_context(path.open("w+b")) for path in paths]
            for mixed in desk.blocks(total):
                self._lay_down(files[0], mixed.mix, at, np.float32)
                for file, stem in zip(files[1:], mixed.stems, strict=False):
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

    def hand_over(self) -> Iterator[tuple[str, Path, int]]:
        """The stems (name, raw file, frames), each erased once the next is asked for, the mix before them."""
        self._mix.unlink()
        for name, path in self.stems:
            yield name, path, self._frames
            path.unlink()

    def master(self, path: Path, steps: Steps) -> Meter:
        """Write the mastered WAV; the returned meter has heard it."""
        return master(self._blocks, self._frames, path, steps, loop=self._loop)


def master(
    blocks: Callable[[], Iterator[tuple[int, Wave]]],
    frames: int,
    path: Path,
    steps: Steps,
    *,
    loop: bool = False,
) -> Meter:
    """Write a mastered WAV of `frames` out of blocks of (first frame, sound), each but the last a multiple of
    STEP long; they are gone through twice. A loop is not faded. The returned meter has heard the result."""
    before, after = Meter(), Meter()
    for first, block in blocks():
        before.add(block)
        steps.reached("mastering", 0.5 * first, frames)
    plan = mastering.plan_loop if loop else mastering.plan
    gains = plan(before.energies, before.peaks, steps.breathe)
    random = np.random.Generator(np.random.PCG64(_DITHER_SEED))
    with path.open("wb") as file:
        file.write(wav.header(frames))
        for first, block in blocks():
            block = mastering.apply(block, gains, first)
            if not loop:
                block = mastering.fade_end(block, first, frames)
            after.add(block)
            file.write(mastering.to_16_bit(block, random).tobytes())
            steps.reached("mastering", 0.5 * (frames + first), frames)
    steps.reached("mastering", 1, 1)
    return after


def _as(kind: type[np.generic], frames: Wave) -> Wave | np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    return (
        np.clip(np.round(frames), -32768, 32767).astype(np.int16)
        if kind is np.int16
        else frames.astype(np.float32)
    )


def _safe(name: str) -> str:
    """A file name out of a part's name: letters, digits, spaces and hyphens."""
    return "".join(c if c.isalnum() or c in " -" else "-" for c in name).strip()
