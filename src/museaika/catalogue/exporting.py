"""Writing tracks as CSV, TSV or JSON that `import` reads back as they were."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO

from museaika.catalogue.track import Track
from museaika.errors import Invalid

FIELDS = tuple(field.name for field in fields(Track))
MARKS = {"artists": "; ", "tags": ", "}
"""What parts several names in one cell."""


def write_tracks(tracks: Iterable[Track], path: Path) -> int:
    """Write a file, whole or not at all; its ending (.csv, .tsv, .json) says in which form. Returns how many.

    Raises:
        Invalid: code `unknown_format` for another ending.
    """
    forms = {".csv": ",", ".tsv": "\t", ".json": None}
    if path.suffix.lower() not in forms:
        raise Invalid(f"'{path.name}' has to end with {', '.join(forms)}.", code="unknown_format")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            separator = forms[path.suffix.lower()]
            count = _write_json(tracks, file) if separator is None else _write_rows(tracks, file, separator)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return count


def _write_json(tracks: Iterable[Track], file: IO[str]) -> int:
    told = [asdict(track) for track in tracks]
    json.dump(told, file, ensure_ascii=False, indent=1)
    return len(told)


def _write_rows(tracks: Iterable[Track], file: IO[str], separator: str) -> int:
    writer = csv.writer(file, delimiter=separator, lineterminator="\n")
    writer.writerow(FIELDS)
    count = 0
    for track in tracks:
        row = asdict(track) | {name: mark.join(getattr(track, name)) for name, mark in MARKS.items()}
        writer.writerow("" if row[name] is None else row[name] for name in FIELDS)
        count += 1
    return count
