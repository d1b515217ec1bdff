"""`museaika models`: expression networks of others, listed and fetched. Nothing is fetched by itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from museaika.perception.description import SHIPPED, Description, read_description, shipped, shipped_named
from museaika.pulling import matches, pull
from museaika.settings import load_settings

out = Console()


@click.group()
def models() -> None:
    """Expression networks of others: see which are known, and fetch one."""


@models.command("list")
def list_models() -> None:
    """List the networks that are known here, with their licences, and which of them are fetched."""
    table = Table("name", "what it is", "licence", "here")
    folder = _folder()
    for name, network in shipped().items():
        file = folder / f"{name}.onnx"
        there = file.exists() and network.file is not None and matches(network.file, file)
        table.add_row(name, network.about, network.licence, str(file) if there else "no")
    out.print(table)


@models.command("pull")
@click.argument("name")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="[default: models in DATA_DIR]")
def pull_model(name: str, into: Path | None) -> None:
    """Fetch the network NAME, or the one that a description NAME.toml of yours names, and check its hash.

    Example:  museaika models pull opencv-mobilefacenet
    """
    own = Path(name) if name.endswith(".toml") else None
    network = read_description(own) if own else shipped_named(name)
    if network.file is None:
        raise click.BadParameter("the description names no file to fetch", param_hint="NAME")
    folder = into or _folder()
    file = folder / f"{network.name}.onnx"
    out.print(f"[bold]{network.name}[/]: {network.about}\nLicence: {network.licence}", highlight=False)
    fetched = _pull(network, file)
    shutil.copyfile(own or SHIPPED / f"{network.name}.toml", file.with_suffix(".toml"))
    out.print("Fetched, and its hash is right." if fetched else "It is here already, and its hash is right.")
    out.print(f"To use it:  EXPRESSION_MODEL={file}", highlight=False, soft_wrap=True)


def _pull(network: Description, file: Path) -> bool:
    assert network.file is not None  # noqa: S101 - the caller looked
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=out,
        transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task(file.name, total=None)
        return pull(network.file, file, lambda here, total: bar.update(task, completed=here, total=total))


def _folder() -> Path:
    return load_settings().data_dir / "models"
