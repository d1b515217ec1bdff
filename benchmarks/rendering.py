"""What it costs from a request to MP3, WAV, MIDI and lead sheet (and stems), and how loud it comes out.

    python benchmarks/rendering.py [--mood happy] [--stems] [--bank FluidR3_GM.sf2]

Each length runs in a process of its own on one thread: CPU seconds from the request to the files, the models
and the sound bank loaded among them; peak resident memory with interpreter and libraries.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

LENGTHS_S = (5, 30, 180, 600)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def measure(mood: str, length_s: float, bank_path: str | None, stems: bool) -> dict[str, float]:
    """Compose and render one piece in this process."""
    from museaika.composition.brief import Request
    from museaika.composition.composer import compose
    from museaika.mood.vocabulary import MOODS
    from museaika.rendering.production import produce
    from museaika.rendering.soundfont import BUNDLED, Bank

    began = time.process_time()
    score = compose(Request(MOODS[mood].valence, MOODS[mood].arousal, mood, length_s, 7))
    composed = time.process_time()
    stages: dict[str, float] = {}
    asked: list[float] = []

    def on_progress(stage: str, share: float) -> None:
        stages[stage] = time.process_time()

    def should_stop() -> bool:
        asked.append(time.process_time())
        return False

    with tempfile.TemporaryDirectory() as folder:
        bank = Bank.load(Path(bank_path) if bank_path else BUNDLED)
        made = produce(score, Path(folder), bank, stems=stems, on_progress=on_progress, should_stop=should_stop)
        cpu = time.process_time() - began
    marks = [composed, *stages.values()]
    pauses = [b - a for a, b in zip([composed, *asked], asked, strict=False)]
    return {
        "parts": len(score.parts),
        "notes": sum(len(part.notes) for part in score.parts),
        "cpu_s": cpu,
        "composing_s": composed - began,
        "rendering_s": marks[1] - marks[0],
        "mastering_s": marks[2] - marks[1],
        "encoding_s": marks[3] - marks[2],
        "longest_pause_s": max(pauses),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "lufs": made.loudness_lufs,
        "dbtp": made.peak_dbtp,
    }


def in_own_process(mood: str, length_s: float, bank_path: str | None, stems: bool) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", str(length_s), "--mood", mood]
    command += (["--bank", bank_path] if bank_path else []) + (["--stems"] if stems else [])
    done = subprocess.run(command, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mood", default="happy")
    parser.add_argument("--stems", action="store_true", help="a WAV of each player as well")
    parser.add_argument("--bank", help="a SoundFont other than the bundled one")
    parser.add_argument("--one", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args.mood, args.one, args.bank, args.stems)))
        return
    files = "MP3, WAV, MIDI, MusicXML" + (" and stems" if args.stems else "")
    table = Table(title=f"Request to {files}, one core, mood {args.mood}")
    for column in ("length s", "parts", "notes", "CPU s", "composing", "rendering", "mastering", "encoding",
                   "× real time", "longest pause s", "peak RSS MB", "LUFS", "dBTP"):  # fmt: skip
        table.add_column(column, justify="right")
    for length in LENGTHS_S:
        m = in_own_process(args.mood, length, args.bank, args.stems)
        stages = [
            f"{m[name]:.2f}" for name in ("cpu_s", "composing_s", "rendering_s", "mastering_s", "encoding_s")
        ]
        row = [f"{length}", f"{m['parts']:.0f}", f"{m['notes']:.0f}", *stages, f"{length / m['cpu_s']:.1f}"]
        row += [f"{m['longest_pause_s']:.2f}", f"{m['rss_mb']:.0f}", f"{m['lufs']:.2f}", f"{m['dbtp']:.2f}"]
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
