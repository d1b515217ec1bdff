"""From a score, or from sound, to files: the one door to this folder.

A score becomes four files, or five with its stems, sound becomes two, or there is `Cancelled`; nothing is kept
between two pieces.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from museaika.composition.score import Score
from museaika.rendering import midi, mp3, notation, wav
from museaika.rendering.loudness import Meter, integrated
from museaika.rendering.mixing import BLOCK, Desk
from museaika.rendering.progress import Cancelled, Progress, Steps, Stop
from museaika.rendering.recording import RATE, Wave
from museaika.rendering.soundfont import Bank
from museaika.rendering.tape import Tape, master

__all__ = ["FILE_NAMES", "FORMATS", "Cancelled", "Produced", "finish", "produce"]

FORMATS = ("mp3", "wav", "midi", "stems", "musicxml")
FILE_NAMES: Mapping[str, str] = {
    "mp3": "piece.mp3", "wav": "piece.wav", "midi": "piece.mid", "stems": "stems.zip",
    "musicxml": "piece.musicxml",
}  # fmt: skip


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
    stems: bool = False,
    on_progress: Progress = lambda stage, share: None,
    should_stop: Stop = lambda: False,
) -> Produced:
    """Render a score into FORMATS in `folder`, through the stages rendering, mastering and encoding; the stems,
    several times as big as all the rest, only where they are asked for.

    `on_progress` hears each stage's name with a share 0…1; `should_stop` is asked several times a second.

    Raises:
        Cancelled: `should_stop` said so.
        Invalid: the bank lacks an instrument of the score.
    """
    steps = Steps(on_progress, should_stop)
    files = {name: folder / file for name, file in FILE_NAMES.items() if stems or name != "stems"}
    for name, write in (("midi", midi.write), ("musicxml", notation.write)):
        files[name].write_bytes(write(score))
        steps.breathe()
    frames = round(score.length_s * RATE)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        tape = Tape(Path(scratch), score, frames, stems=stems)
        tape.record(Desk(score, bank, steps.breathe), steps)
        meter = tape.master(files["wav"], steps)
        _encode(files, tape, frames, _tags(score), steps)
    return _produced(files, meter, frames)


def finish(
    sound: Wave,
    tags: Mapping[str, str],
    folder: Path,
    *,
    on_progress: Progress = lambda stage, share: None,
    should_stop: Stop = lambda: False,
) -> Produced:
    """Master sound that another made, (2, frames) at RATE, into WAV and MP3, through the stages mastering and
    encoding; `tags` are ID3 frames.

    Raises:
        Cancelled: `should_stop` said so.
    """
    steps = Steps(on_progress, should_stop)
    files = {name: folder / FILE_NAMES[name] for name in ("mp3", "wav")}
    frames = sound.shape[1]

    def blocks() -> Iterator[tuple[int, Wave]]:
        for first in range(0, frames, BLOCK):
            yield first, sound[:, first : first + BLOCK]

    meter = master(blocks, frames, files["wav"], steps)
    mp3.write(files["mp3"], _counted(wav.chunks(files["wav"], skip=44), frames, steps, 1.0), tags)
    return _produced(files, meter, frames)


def _produced(files: Mapping[str, Path], meter: Meter, frames: int) -> Produced:
    peak = float(meter.peaks.max(initial=0.0))
    peak_db = 20 * float(np.log10(peak)) if peak else float("-inf")
    return Produced(files, integrated(meter.energies), peak_db, frames / RATE)


def _encode(files: Mapping[str, Path], tape: Tape, frames: int, tags: Mapping[str, str], steps: Steps) -> None:
    """MP3 and, beside it three tenths of the work, the zip of stems."""
    share = 0.7 if tape.stems else 1.0
    mp3.write(files["mp3"], _counted(wav.chunks(files["wav"], skip=44), frames, steps, share), tags)
    if not tape.stems:
        return
    written, total = 0, 4 * frames * len(tape.stems)
    for size in wav.zip_stems(files["stems"], tape.hand_over()):
        written += size
        steps.reached("encoding", 0.7 + 0.3 * written / total, 1)


def _tags(score: Score) -> dict[str, str]:
    """ID3: title, artist, tempo."""
    return {"TIT2": score.title, "TPE1": "MuseAIka", "TBPM": f"{score.tempo[0].bpm:.0f}"}


def _counted(pieces: Iterator[bytes], frames: int, steps: Steps, whole: float) -> Iterator[bytes]:
    """Pass `frames` frames on; at the end of them the encoding is `whole` done."""
    done = 0
    for piece in pieces:
        yield piece
        done += len(piece)
        steps.reached("encoding", whole * done / (4 * frames), 1)
