"""Frozen domain values ⇄ JSON text. Times are RFC 3339 UTC with milliseconds, so text order is time order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter

from museaika.clock import rfc3339

T = TypeVar("T")
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def to_document(value: object) -> str:
    """Write a dataclass (with mappings, tuples, times and further dataclasses in it) as compact JSON."""
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def from_document(kind: type[T], document: str | bytes) -> T:
    """Read what `to_document` wrote; fields that came later take their defaults."""
    value: T = _adapter(kind).validate_json(document)
    return value


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)  # takes milliseconds to make, so it is kept
    return _ADAPTERS[kind]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return rfc3339(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} can't be stored as JSON")
