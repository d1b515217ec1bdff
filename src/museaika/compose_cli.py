"""`museaika compose`: a new piece without a server, into the files that were asked for."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from museaika.generation.engines import Engine, Made
from museaika.settings import Settings, load_settings

out = Console()

FORMAT_BY_ENDING: Mapping[str, str] = {
    ".mp3": "mp3", ".wav": "wav", ".mid": "midi", ".midi": "midi", ".musicxml": "musicxml", ".zip": "stems",
}  # fmt: skip


def _energies(context: click.Context, parameter: click.Parameter, text: str | None) -> list[float] | None:
    try:
        return None if text is None else [float(word) for word in text.replace(",", " ").split()]
    except ValueError:
        raise click.BadParameter('numbers between 0 and 1, such as "0.2 0.8 0.4"') from None


@click.command()
@click.option("--mood", default="happy", show_default=True, help="A mood or a word for one, such as serene.")
@click.option("--target-mood", help="A mood to travel to: key, tempo and energy go along, section by section.")
@click.option("--length", type=float, default=30.0, show_default=True, help="Seconds, 5–600.")
@click.option("--tempo", type=float, help="Beats a minute, 40–220, kept exactly; left out, the mood decides.")
@click.option("--key", help='Such as C, "A minor" or "F# dorian".')
@click.option("--metre", help="4/4, 3/4 or 6/8.")
@click.option("--style", help="Such as lofi; --options lists them.")
@click.option("--instrument", help="Who plays the melody, such as flute; --options lists them.")
@click.option("--chords", help='Your own, one a bar and again from the start: "Am F C G".')
@click.option("--energy", callback=_energies, help='0–1 along the piece: "0.2 0.9 0.4" rises and falls.')
@click.option(
    "--engine", default="composer", show_default=True, help="composer, magenta or musicgen, where installed."
)
@click.option("--seed", type=click.IntRange(0, 2**53 - 1), help="The same seed makes the same piece again.")
@click.option("--variations", type=click.IntRange(1, 4), default=1, show_default=True,
              help="So many pieces, each with the next seed: song-1.mp3, song-2.mp3 …")  # fmt: skip
@click.option("--loop", is_flag=True, help="Made to go round without a seam.")
@click.option("--stems", is_flag=True, help="A WAV of each player as well, in song-stems.zip.")
@click.option("--out", "out_files", type=click.Path(dir_okay=False, path_type=Path), multiple=True,
              default=("song.mp3",), show_default="song.mp3",
              help="By its ending .mp3 .wav .mid .musicxml .zip (stems). Repeat it for more.")  # fmt: skip
@click.option(
    "--options", "show_options", is_flag=True, help="List moods, styles, instruments and engines, and stop."
)
def compose(out_files: Sequence[Path], show_options: bool, **wishes: Any) -> None:
    """Compose a new piece and write it to files.

    \b
    museaika compose --mood calm --length 60 --instrument piano --out calm.mp3 --out calm.mid
    museaika compose --mood sad --target-mood happy --length 90 --out better.mp3
    museaika compose --mood focused --style lofi --chords "Dm7 G7 Cmaj7 Am7" --loop --out loop.wav
    museaika compose --mood angry --variations 3 --stems --seed 7 --out riff.mp3
    """
    settings = load_settings()
    if show_options:
        _show_options(settings)
        return
    for path in out_files:
        _check(path)
    if wishes["stems"] and not any(path.suffix.lower() == ".zip" for path in out_files):
        out_files = (*out_files, out_files[0].with_name(f"{out_files[0].stem}-stems.zip"))
    wishes["stems"] = any(path.suffix.lower() == ".zip" for path in out_files)
    engine, parameters = _prepared(settings, wishes)
    for number, made, took_s in _pieces(engine, parameters, out_files):
        _tell(made, [_numbered(path, number, parameters["variations"]) for path in out_files], took_s)


def _show_options(settings: Settings) -> None:
    from museaika.bootstrap import engine_cards
    from museaika.composition.brief import INSTRUMENTS, STYLES
    from museaika.mood.vocabulary import MOODS

    for name, words in (("moods", MOODS), ("styles", STYLES), ("instruments", INSTRUMENTS)):
        out.print(f"[bold]{name:<12}[/] " + ", ".join(words))
    for card in engine_cards(settings).values():
        state = "installed" if card.installed else f"not installed: {card.install}"
        out.print(f"[bold]{'engine':<12}[/] {card.name} ({state})", highlight=False)


def _check(path: Path) -> None:
    if path.suffix.lower() not in FORMAT_BY_ENDING:
        raise click.BadParameter(f"it has to end with one of {', '.join(FORMAT_BY_ENDING)}", param_hint="--out")
    if not os.access(path.absolute().parent, os.W_OK):
        raise click.BadParameter(f"the folder of {path} is missing or not writable", param_hint="--out")


def _prepared(settings: Settings, wishes: Mapping[str, Any]) -> tuple[Engine, Mapping[str, Any]]:
    """The engine and what it is asked. Raises Invalid for what can't be made, before anything is loaded."""
    from museaika.bootstrap import build_engines, engine_cards
    from museaika.generation.asking import plan_of, request_of, with_defaults
    from museaika.generation.engines import refuse_what_it_cannot, require_installed

    parameters, cards = with_defaults(wishes), engine_cards(settings)
    require_installed(parameters["engine"], cards)
    refuse_what_it_cannot(cards[parameters["engine"]], parameters)
    plan_of(request_of(parameters, material=None))
    return build_engines(settings)[parameters["engine"]], parameters


def _pieces(
    engine: Engine, parameters: Mapping[str, Any], out_files: Sequence[Path]
) -> Iterator[tuple[int, Made, float]]:
    """Make each variation and copy its files; yields its number, what was made and the seconds it took."""
    for number in range(1, parameters["variations"] + 1):
        began = time.monotonic()
        with TemporaryDirectory(prefix="museaika-") as folder, _progress() as bar:
            task = bar.add_task("plan", total=1.0)

            def on_progress(stage: str, done: float, bar: Progress = bar, task: Any = task) -> None:
                bar.update(task, completed=done, description=stage)

            made = engine.make(parameters, number, None, Path(folder), on_progress, lambda: False)
            for path in out_files:
                wanted = FORMAT_BY_ENDING[path.suffix.lower()]
                if wanted not in made.files:
                    there = ", ".join(made.files)
                    raise click.BadParameter(
                        f"the engine '{parameters['engine']}' makes {there} only", param_hint="--out"
                    )
                shutil.copyfile(made.files[wanted], _numbered(path, number, parameters["variations"]))
        yield number, made, time.monotonic() - began


def _numbered(path: Path, number: int, of: int) -> Path:
    return path if of == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


def _tell(made: Made, paths: Sequence[Path], took_s: float) -> None:
    facts = made.metadata
    out.print(
        f"[bold]{', '.join(str(path) for path in paths)}[/]: {facts['key']}, {facts['tempo']:g} bpm, "
        f"{facts['duration_s']:.1f} s, {facts['style']}, seed {facts['seed']}, in {took_s:.1f} s"
    )


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<12}"), BarColumn(), TimeElapsedColumn(), console=out, transient=True
    )
