"""Reads a `.mag` bundle, as Magenta's Python tools pack a trained network, without TensorFlow.

Three formats lie in each other. The bundle is a protocol buffer: what the network is called, and its
checkpoint. That is a sorted table, as of LevelDB: blocks of keys and values, keys shortened by what they share
with the one before, found through an index block that the last 48 bytes point to. The values are protocol
buffers again: the first lists names and shapes, each other holds the numbers of one array. TensorFlow writes
these tables uncompressed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from museaika.generation.magenta.network import Array

Value = int | bytes
_FOOTER = 48
_MAGIC = bytes.fromhex("57fb808b247547db")


def read_bundle(path: Path) -> tuple[str, dict[str, Array]]:
    """The name of the network's configuration, such as "basic_rnn", and its arrays of floats by name.

    Raises:
        ValueError: it is no bundle, or damaged. OSError: it can't be read.
    """
    try:
        bundle = list(_fields(path.read_bytes()))
        name = _bytes(_all(_bytes(_all(bundle, 1)[0]), 1)[0]).decode()
        return name, dict(_arrays(_bytes(_all(bundle, 3)[0])))
    except IndexError as error:
        raise ValueError("it is no bundle of Magenta's, or was cut short") from error


def _arrays(table: bytes) -> Iterator[tuple[str, Array]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for key, value in _entries(table):
        if not key:
            shapes = dict(map(_shape, _all(_bytes(_all(value, 1)[0]), 1)))
            continue
        saved = list(_fields(_bytes(_all(value, 2)[0])))
        name = _bytes(_all(saved, 1)[0]).decode()
        numbers = b"".join(_bytes(part) for part in _all(_bytes(_all(saved, 3)[0]), 5))
        if not numbers:
            continue  # counted in whole numbers: how long it was trained, say
        if len(numbers) != 4 * math.prod(shapes[name]):
            raise ValueError(f"{name} is in pieces, or not complete")
        yield name, np.frombuffer(numbers, dtype="<f4").astype(np.float32).reshape(shapes[name])


def _shape(described: Value) -> tuple[str, tuple[int, ...]]:
    """Name and shape of an array."""
    fields = list(_fields(_bytes(described)))
    sizes = [_all(size, 1)[0] for size in _all(_all(fields, 2)[0], 2)]
    return _bytes(_all(fields, 1)[0]).decode(), tuple(size for size in sizes if isinstance(size, int))


# --- The table


def _entries(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    if table[-8:] != _MAGIC:
        raise ValueError("its checkpoint is not of TensorFlow's first format")
    footer = table[-_FOOTER:]
    *_, at = _handle(footer, 0)
    offset, size, _ = _handle(footer, at)
    for _, value in _block(table, offset, size):
        yield from _block(table, *_handle(value, 0)[:2])


def _block(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if table[offset + size] != 0:
        raise ValueError("its checkpoint is compressed")
    block = table[offset : offset + size]
    restarts = int.from_bytes(block[-4:], "little")
    key, at, end = b"", 0, len(block) - 4 * (restarts + 1)
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        at += fresh + length
        yield key, block[at - length : at]


def _handle(data: bytes, at: int) -> tuple[int, int, int]:
    """Where a block lies and how long it is, and where this was read to."""
    offset, at = _varint(data, at)
    size, at = _varint(data, at)
    return offset, size, at


# --- Protocol buffers


def _fields(message: bytes) -> Iterator[tuple[int, Value]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value: Value
        if tag & 7 == 0:
            value, at = _varint(message, at)
        else:
            size, at = _varint(message, at) if tag & 7 == 2 else ({1: 8, 5: 4}.get(tag & 7, len(message)), at)
            value, at = message[at : at + size], at + size
        if at > len(message):
            raise IndexError(at)
        yield tag >> 3, value


def _all(message: Value | list[tuple[int, Value]], number: int) -> list[Value]:
    fields = message if isinstance(message, list) else _fields(_bytes(message))
    return [value for field, value in fields if field == number]


def _bytes(value: Value) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number stands where a text should")
    return value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first; the eighth says that another follows."""
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at
