"""The command line: start the server, or try each part of MuseAIka without one."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from museaika import __version__
from museaika.catalogue_cli import catalogue
from museaika.compose_cli import compose
from museaika.errors import MuseAIkaError
from museaika.models_cli import models
from museaika.settings import Settings, SettingsError, load_settings, require_embedded, require_extras

if TYPE_CHECKING:
    from museaika.mood.reading import MoodReading

out = Console()

PICTURES = (".png", ".jpg", ".jpeg", ".webp")


class Friendly(click.Group):
    """Says what was wrong in a sentence and exits with 2, instead of showing a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (MuseAIkaError, SettingsError) as error:
            Console(stderr=True).print(str(error), style="red", markup=False)
            ctx.exit(2)


@click.group(cls=Friendly, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="museaika")
def main() -> None:
    """MuseAIka answers feelings with music.

    \b
    museaika serve                            the API, the page and a worker, on one machine
    museaika feel "what a day!"               read the mood of a sentence
    museaika detect photo.jpg                 read the expression of faces
    museaika recommend sad                    tracks for a mood
    museaika catalogue import tracks.csv      bring your own tracks in
    museaika models pull NAME                 another network for expressions
    museaika compose --mood happy --out a.mp3 new music for a mood
    museaika doctor                           what is set up and what is missing
    """


# --- Serving


@main.command()
@click.option("--host", help="Where to listen.  [default: 127.0.0.1, or HOST]")
@click.option("--port", type=click.IntRange(1, 65535), help="[default: 5000, or PORT]")
@click.option("--data-dir", type=click.Path(path_type=Path), help="[default: ./data, or DATA_DIR]")
@click.option("--workers", type=click.IntRange(0, 64), help="Worker processes.  [default: 1, or WORKERS]")
def serve(host: str | None, port: int | None, data_dir: Path | None, workers: int | None) -> None:
    """Start the web server and its workers, and keep them running until Ctrl-C."""
    from museaika import supervisor
    from museaika.telemetry import configure_logging

    settings = load_settings(host=host, port=port, data_dir=data_dir, workers=workers)
    require_embedded(settings)
    require_extras(settings)
    if settings.expression_model:
        from museaika.bootstrap import build_face_reader

        build_face_reader(settings)  # refused here, in a sentence, or not at all
    configure_logging(settings.log_level, settings.log_format)
    try:
        lock = supervisor.own_the_data(settings.data_dir)
    except BlockingIOError:
        raise SettingsError(
            f"Another MuseAIka is serving from {settings.data_dir} already. "
            "Stop it first, or give this one its own --data-dir."
        ) from None
    if not supervisor.port_is_free(settings.host, settings.port):
        raise SettingsError(
            f"Port {settings.port} on {settings.host} is taken by another program. Choose another with --port."
        )
    _announce_when_ready(settings, parent := supervisor.Supervisor(
        supervisor.serve_children(settings.workers), _as_environment(settings)
    ))  # fmt: skip
    with lock:
        parent.run()


def _as_environment(settings: Settings) -> dict[str, str]:
    return {
        "HOST": settings.host,
        "PORT": str(settings.port),
        "DATA_DIR": str(settings.data_dir.absolute()),
        "WORKERS": str(settings.workers),
        "PYTHONUNBUFFERED": "1",
    }


def _announce_when_ready(settings: Settings, parent: Any) -> None:
    from museaika.supervisor import when_ready

    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    url = f"http://{host}:{settings.port}"

    def tell(seconds: float) -> None:
        out.print(
            f"\n  [bold]MuseAIka is ready[/] after {seconds:.1f} s: [link]{url}[/]\n"
            f"  The API page:  {url}/docs\n  The data:      {settings.data_dir.absolute()}\n"
            "  Stop it with Ctrl-C.\n",
            highlight=False,
        )

    when_ready(f"{url}/health/ready", parent.stop, tell)


@main.command(hidden=True)
def web() -> None:
    """The web process alone, as `serve` starts it."""
    from gunicorn.app.wsgiapp import WSGIApplication

    from museaika.supervisor import hold_lifeline
    from museaika.web import gunicorn_conf

    hold_lifeline()
    sys.argv = ["museaika-web", "--config", gunicorn_conf.__file__, "museaika.web.app:create_app()"]
    WSGIApplication("%(prog)s").run()


@main.command()
def worker() -> None:
    """Run one worker: it waits for generation jobs and composes them."""
    from museaika.bootstrap import build_worker
    from museaika.supervisor import begin_anew, hold_lifeline
    from museaika.telemetry import configure_logging

    lifeline = hold_lifeline()
    settings = load_settings()
    configure_logging(settings.log_level, settings.log_format)
    stop = threading.Event()

    def give_up_this_process() -> None:
        os._exit(1) if stop.is_set() else begin_anew(lifeline)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    build_worker(settings, give_up_this_process).run_forever(stop)


# --- Trying the parts


@main.command()
@click.argument("text")
def feel(text: str) -> None:
    """Read the mood of TEXT.

    Example:  museaika feel "not bad at all, actually"
    """
    from museaika.bootstrap import build_text_reader

    reading = build_text_reader(load_settings()).read([text])[0]
    _show_mood(reading.mood)
    sentiment = reading.sentiment
    mixed = ", with mixed feelings" if sentiment.mixed else ""
    out.print(f"sentiment: [bold]{sentiment.label}[/] ({sentiment.score:+.2f}){mixed}")
    if len(reading.sentences) > 1:
        table = Table("sentence", "mood", "sure", "sentiment")
        for part in reading.sentences:
            said = Text(text[part.start : part.end])
            table.add_row(said, part.primary_mood, f"{part.confidence:.0%}", part.sentiment.label)
        out.print(table)
    if reading.language_supported is False:
        out.print(f"The language looks like '{reading.language}'. It is read as English, with doubt.")


@main.command()
@click.argument("photo", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--detail", type=click.Choice(["fast", "full"]), default="full", show_default=True)
@click.option("--draw", "picture", type=click.Path(dir_okay=False, path_type=Path),
              help="Write a copy with boxes and bars: .png, .jpg or .webp")  # fmt: skip
def detect(photo: Path, detail: str, picture: Path | None) -> None:
    """Find the faces in PHOTO (JPEG, PNG or WebP) and read their expressions.

    What is read is an expression, not what a person feels. The photo stays where it is.
    """
    from museaika.bootstrap import build_face_reader

    if picture and picture.suffix.lower() not in PICTURES:
        raise click.BadParameter(f"it has to end with one of {', '.join(PICTURES)}", param_hint="--draw")
    data = photo.read_bytes()
    found = build_face_reader(load_settings()).read(data, detail=detail)
    if picture:
        from museaika.perception.drawing import drawn

        drawn(data, found).save(picture)
        out.print(f"[bold]{picture}[/]", highlight=False)
    if found.mood is None:
        out.print("No face found. Faces of at least a tenth of the picture's short side are found best.")
        return
    table = Table("face (x, y, width, height)", "sure", "expression", "seen")
    for face in found.faces:
        shown = sorted(face.emotions.items(), key=lambda item: -item[1])[:3]
        words = ", ".join(f"{name} {share:.0%}" for name, share in shown)
        seen = f"{face.quality.score:.0%} {', '.join(face.quality.defects)}".strip()
        table.add_row(str(face.box), f"{face.confidence:.0%}", words, seen)
    out.print(table)
    _show_mood(found.mood)


@main.command()
@click.argument("mood")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option("--goal", type=click.Choice(["match", "lift", "calm", "focus", "energise"]), default="match")
@click.option("--language", help="A language code such as en, es, ja.")
def recommend(mood: str, limit: int, goal: str, language: str | None) -> None:
    """List tracks for MOOD.

    Example:  museaika recommend sad --goal lift --limit 20
    """
    from museaika.bootstrap import build_recommendations
    from museaika.mood.reading import reading_of
    from museaika.mood.vocabulary import find_mood

    service = build_recommendations(load_settings())
    table = Table("track", "artist", "year", "why")
    for item in service.recommend(mood=reading_of(find_mood(mood)), goal=goal, limit=limit, language=language):
        track = item.track
        table.add_row(track.title, ", ".join(track.artists), str(track.year or ""), item.reason)
    out.print(table)


main.add_command(compose)
main.add_command(catalogue)
main.add_command(models)


# --- Looking after it


@main.command()
def doctor() -> None:
    """Say what is set up, which models are there, what is missing and how to get it."""
    from museaika.doctor import examine

    table = Table("part", "state", "what it means")
    findings = list(examine(load_settings()))
    marks = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "bad": "[red]missing[/]"}
    for finding in findings:
        table.add_row(finding.part, marks[finding.state], Text(finding.words))
    out.print(table)
    if any(finding.state == "bad" for finding in findings):
        sys.exit(1)


@main.command("init-db")
def init_db() -> None:
    """Make the database, or bring it to this version; what is in it stays."""
    from museaika.bootstrap import init_database

    out.print(init_database(load_settings()), highlight=False)


@main.command("reset-db")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset_db(yes: bool) -> None:
    """Delete every account, mood, job and audio file, and begin anew."""
    from museaika.bootstrap import reset_database

    settings = load_settings()
    if not yes:
        where = settings.data_dir.absolute()
        click.confirm(f"Delete every account, mood, job and audio file in {where}?", abort=True)
    out.print(reset_database(settings), highlight=False)


def _show_mood(mood: MoodReading) -> None:
    place = f"valence {mood.valence:+.2f}, arousal {mood.arousal:+.2f}"
    out.print(f"[bold]{mood.primary_mood}[/] ({place})", highlight=False)
    table = Table("mood", "share", "")
    for name, share in sorted(mood.moods.items(), key=lambda item: -item[1])[:5]:
        table.add_row(name, f"{share:.0%}", "█" * round(share * 30))
    out.print(table)
    if mood.ambiguous:
        out.print("The first two are close: it could be either.")


if __name__ == "__main__":
    main()
