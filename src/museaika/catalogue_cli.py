"""`museaika catalogue`: bring tracks in, take them out, and see what is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from museaika.settings import load_settings

if TYPE_CHECKING:
    from museaika.catalogue.intake import Intake, Source
    from museaika.catalogue.scanning import Scan
    from museaika.catalogue.track import Track

out = Console()

AT_NEXT_START = "A server that is running sees them after its next start."
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW = click.Path(dir_okay=False, path_type=Path)
MOST_SHOWN = 12


@click.group()
def catalogue() -> None:
    """Bring your own tracks in, and see what the catalogue holds."""


@catalogue.command("import")
@click.argument("file", type=EXISTING)
@click.option("--column", "columns", multiple=True, metavar="FIELD=COLUMN",
              help="Say what a column means, such as title=Song; overrules the guess.")  # fmt: skip
@click.option(
    "--scale", help="On which scale valence and arousal stand: 0..1, -1..1, 1..5, 1..9, 0..10, 0..100."
)
@click.option("--source", help="What to call where they come from.  [default: the file's name]")
@click.option("--skip-bad", is_flag=True, help="Import the good rows although others can't be read.")
@click.option("--dry-run", is_flag=True, help="Only show how the file would be understood.")
def import_(
    file: Path, columns: tuple[str, ...], scale: str | None, source: str | None, skip_bad: bool, dry_run: bool
) -> None:
    """Import tracks from FILE: CSV, TSV, JSON or JSON lines, every row or none.

    It needs columns for title, artist, valence, and arousal or energy; what each column means and on which
    scale it stands is guessed and shown. Tables of Spotify's audio features are read as they are.

    Example:  museaika catalogue import dataset.csv
    """
    from museaika.bootstrap import build_tracks
    from museaika.catalogue.intake import look, take_in
    from museaika.catalogue.mapping import find_scale

    by_hand = dict(_pair(word) for word in columns)
    found = look(file, columns=by_hand, scale=find_scale(scale) if scale else None, name=source)
    _show_guess(found)
    if dry_run:
        return
    with _progress() as bar:
        task = bar.add_task("reading", total=found.rows)
        intake = take_in(found, skip_bad=skip_bad, report=lambda done, total: bar.update(task, completed=done))
        task = bar.add_task("storing", total=len(intake.tracks))
        added, replaced = build_tracks(load_settings()).put_all(_counted(intake.tracks, bar, task))
    _show_intake(intake, added, replaced)


@catalogue.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--source", help="What to call where they come from.  [default: the folder's name]")
@click.option("--dry-run", is_flag=True, help="Only listen and show; keep nothing.")
def scan(folder: Path, source: str | None, dry_run: bool) -> None:
    """Listen to the audio files in FOLDER and place them on the plane of moods.

    Tags are read from the files; valence and arousal are estimated from tempo, mode, loudness, brightness and
    onsets. It is a machine's guess, and stands with a low confidence. The files stay where and as they are.
    """
    from museaika.bootstrap import build_tracks
    from museaika.catalogue.scanning import ENDINGS, audio_files, scan_folder

    files = audio_files(folder)
    if not files:
        out.print(f"No audio files in {folder}: none ends with {', '.join(sorted(ENDINGS))}.", highlight=False)
        return
    with _progress() as bar:
        task = bar.add_task("listening", total=len(files))
        found = scan_folder(files, source or folder.resolve().name, lambda: bar.advance(task))
    _show_scan(found, folder)
    if found.tracks and not dry_run:
        added, replaced = build_tracks(load_settings()).put_all(found.tracks)
        out.print(f"{added:,} tracks are new, {replaced:,} were placed anew. {AT_NEXT_START}")


@catalogue.command()
@click.argument("file", type=NEW)
@click.option("--source", help="Only what comes from this source.")
def export(file: Path, source: str | None) -> None:
    """Write the catalogue to FILE (.csv, .tsv or .json), so that `import` reads it back."""
    from museaika.catalogue.exporting import write_tracks

    tracks = _tracks(source)
    with _progress() as bar:
        task = bar.add_task("writing", total=len(tracks))
        count = write_tracks(_counted(tracks, bar, task), file)
    out.print(f"{count:,} tracks are in {file}.", highlight=False)


@catalogue.command()
@click.option("--source", help="Only what comes from this source.")
@click.option("--plot", type=NEW, help="Draw the plane into this file (.svg or .png).")
def stats(source: str | None, plot: Path | None) -> None:
    """Say what the catalogue holds, and where it lies on the plane of moods."""
    from museaika.catalogue.plane import save_plane, terminal_plane

    tracks = _tracks(source)
    if not tracks:
        out.print("The catalogue has no such tracks.")
        return
    out.print(_sources(tracks))
    out.print(_counts("quadrant", Counter(_quadrant(track) for track in tracks)))
    out.print(_counts("decade", Counter(_decade(track) for track in tracks)))
    out.print(_counts("genre", Counter(track.genre or "unknown" for track in tracks)))
    out.print(_counts("language", Counter(track.language or "unknown" for track in tracks)))
    out.print(terminal_plane(tracks), highlight=False, markup=False)
    if plot:
        save_plane(tracks, plot)
        out.print(f"The plane is drawn in {plot}.", highlight=False)


@catalogue.command()
@click.argument("source")
def forget(source: str) -> None:
    """Take out what was imported from SOURCE; the tracks that come with the package stay."""
    from museaika.bootstrap import build_tracks

    out.print(f"{build_tracks(load_settings()).remove(source):,} tracks of '{source}' are forgotten.")


def _pair(word: str) -> tuple[str, str]:
    field, equals, column = word.partition("=")
    if not equals:
        raise click.BadParameter(f"'{word}' has to look like FIELD=COLUMN", param_hint="--column")
    return field.strip(), column.strip()


def _tracks(source: str | None) -> list[Track]:
    from museaika.bootstrap import build_tracks
    from museaika.catalogue.library import load_library

    tracks = load_library(build_tracks(load_settings())).all()
    return [track for track in tracks if source in (None, track.source)]


def _counted(tracks: Sequence[Track], bar: Progress, task: TaskID) -> Iterator[Track]:
    for number, track in enumerate(tracks, 1):
        yield track
        if number % 1000 == 0 or number == len(tracks):
            bar.update(task, completed=number)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=out,
    )


def _show_guess(source: Source) -> None:
    table = Table("our field", "column", title=f"{source.name}: {source.rows:,} rows, {source.table.form}")
    for field, place in source.guess.columns.items():
        table.add_row(field, source.table.header[place])
    out.print(table)
    used = set(source.guess.columns.values())
    unused = [name for place, name in enumerate(source.table.header) if name and place not in used]
    if unused:
        out.print(f"Not used: {', '.join(unused)}", highlight=False, markup=False)
    made = "" if "arousal" in source.guess.columns else "; arousal is made of energy and tempo"
    out.print(f"Valence and arousal are read on {source.guess.scale.name}{made}.", highlight=False)


def _show_intake(intake: Intake, added: int, replaced: int) -> None:
    for error in intake.wrong[:MOST_SHOWN]:
        out.print(f"left out, {error.loc[0]}: {error.msg}", style="yellow", highlight=False, markup=False)
    if len(intake.wrong) > MOST_SHOWN:
        out.print(f"… and {len(intake.wrong) - MOST_SHOWN:,} more rows were left out.", style="yellow")
    doubles = f" {intake.doubles:,} rows told of a track once more and were merged." if intake.doubles else ""
    out.print(
        f"{added:,} tracks are new, {replaced:,} were replaced.{doubles} {AT_NEXT_START}", highlight=False
    )


def _show_scan(found: Scan, folder: Path) -> None:
    table = Table("file", "title", "artist", "bpm", "valence", "arousal", "sure")
    for path, track in found.heard[:MOST_SHOWN]:
        table.add_row(
            str(path.relative_to(folder)), track.title, "; ".join(track.artists), f"{track.tempo or 0:.0f}",
            f"{track.valence:+.2f}", f"{track.arousal:+.2f}", f"{track.confidence:.0%}",
        )  # fmt: skip
    out.print(table)
    if len(found.heard) > MOST_SHOWN:
        out.print(f"… and {len(found.heard) - MOST_SHOWN:,} more files.")
    for path, problem in found.unheard:
        out.print(f"{path.relative_to(folder)}: {problem}", style="yellow", highlight=False, markup=False)


def _sources(tracks: list[Track]) -> Table:
    table = Table("source", "tracks", "mean confidence", "with tempo", "with tags")
    by_source: dict[str, list[Track]] = {}
    for track in tracks:
        by_source.setdefault(track.source, []).append(track)
    for source, theirs in sorted(by_source.items(), key=lambda item: -len(item[1])):
        table.add_row(
            source, f"{len(theirs):,}", f"{sum(t.confidence for t in theirs) / len(theirs):.2f}",
            _share(theirs, lambda t: t.tempo is not None), _share(theirs, lambda t: bool(t.tags)),
        )  # fmt: skip
    return table


def _share(tracks: list[Track], holds: Callable[[Track], bool]) -> str:
    return f"{sum(map(holds, tracks)) / len(tracks):.0%}"


def _counts(name: str, counts: Counter[str]) -> Table:
    table = Table(name, "tracks", "share", "")
    whole = sum(counts.values())
    for value, count in counts.most_common(MOST_SHOWN):
        table.add_row(value, f"{count:,}", f"{count / whole:.0%}", "█" * round(30 * count / whole))
    if len(counts) > MOST_SHOWN:
        rest = sum(count for _, count in counts.most_common()[MOST_SHOWN:])
        table.add_row(f"{len(counts) - MOST_SHOWN} others", f"{rest:,}", f"{rest / whole:.0%}", "")
    return table


def _quadrant(track: Track) -> str:
    return f"{'bright' if track.valence >= 0 else 'dark'} and {'lively' if track.arousal >= 0 else 'quiet'}"


def _decade(track: Track) -> str:
    return f"{track.year // 10 * 10}s" if track.year else "unknown"
