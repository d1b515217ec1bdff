"""Opening a table that somebody else wrote: CSV, TSV or JSON, as numbered rows under a header."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from museaika.errors import Invalid

SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
LONGEST_CELL = 1_000_000
LISTS_IN = ("tracks", "items", "songs", "data")
"""Where JSON files keep their list when they do not begin with it."""

NumberedRow = tuple[int, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """`rows()` begins anew each time it is called; `unit` says what their numbers count; `form` is told to
    people."""

    header: tuple[str, ...]
    rows: Callable[[], Iterator[NumberedRow]]
    unit: str
    form: str


def open_table(path: Path) -> Table:
    """Look at a file and find out how it is to be read.

    Raises:
        Invalid: code `unreadable_table`: it is empty, no text, or broken JSON.
    """
    text, encoding = _decoded(path)
    if not text.strip():
        raise Invalid(f"{path.name} is empty.", code="unreadable_table")
    if text.lstrip()[0] in "[{":
        return _json_table(path.name, text)
    return _separated_table(path.name, text, encoding)


def _decoded(path: Path) -> tuple[str, str]:
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), "UTF-16"
    if b"\0" in data[:4096]:
        raise Invalid(f"{path.name} is not a text file. Give CSV, TSV or JSON.", code="unreadable_table")
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "Windows-1252"


def _separated_table(name: str, text: str, encoding: str) -> Table:
    first = next(line for line in StringIO(text, newline="") if line.strip())
    separator = max(SEPARATORS, key=first.count)
    if separator not in first:
        raise Invalid(
            f"{name} has one column only: no comma, tab, semicolon or bar in its first line. "
            "The first line has to name the columns.",
            code="unreadable_table",
        )
    csv.field_size_limit(LONGEST_CELL)

    def rows() -> Iterator[NumberedRow]:
        reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
        begins = 1
        try:
            for cells in reader:
                if any(cells):
                    yield begins, cells
                begins = reader.line_num + 1
        except csv.Error as problem:
            raise Invalid(
                f"{name}, line {begins}: {problem}. Is a quotation mark missing?", code="unreadable_table"
            ) from None

    def body() -> Iterator[NumberedRow]:
        numbered = rows()
        next(numbered, None)
        return numbered

    _, header = next(rows(), (0, ()))
    if not header:
        raise Invalid(f"The first line of {name} has to name the columns.", code="unreadable_table")
    return Table(tuple(header), body, "line", f"{SEPARATORS[separator]}-separated, {encoding}")


def _json_table(name: str, text: str) -> Table:
    entries, unit = _json_entries(name, text)
    header = tuple(dict.fromkeys(key for entry in entries for key in entry))
    if not header:
        raise Invalid(f"{name} holds no tracks.", code="unreadable_table")

    def rows() -> Iterator[NumberedRow]:
        for number, entry in enumerate(entries, 1):
            yield number, [entry.get(key, "") for key in header]

    return Table(header, rows, unit, "JSON" if unit == "entry" else "JSON lines")


def _json_entries(name: str, text: str) -> tuple[list[dict[str, Any]], str]:
    try:
        told = json.loads(text)
    except ValueError as problem:
        if not text.lstrip().startswith("{"):
            raise Invalid(f"{name} is no whole JSON: {problem}.", code="unreadable_table") from None
        return _json_lines(name, text), "line"
    except RecursionError:
        raise Invalid(f"{name} is nested too deeply.", code="unreadable_table") from None
    if isinstance(told, dict):
        told = next((told[key] for key in LISTS_IN if isinstance(told.get(key), list)), [told])
    if not all(isinstance(entry, dict) for entry in told):
        raise Invalid(f"{name} has to be a list of objects, one for each track.", code="unreadable_table")
    return told, "entry"


def _json_lines(name: str, text: str) -> list[dict[str, Any]]:
    entries = []
    for number, line in enumerate(text.split("\n"), 1):
        try:
            entry = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError):
            raise Invalid(f"{name}, line {number}: no whole JSON object.", code="unreadable_table") from None
        if not isinstance(entry, dict):
            raise Invalid(f"{name}, line {number}: not an object.", code="unreadable_table")
        entries.append(entry)
    return entries
