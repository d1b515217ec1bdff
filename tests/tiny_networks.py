"""An ONNX file of a few bytes, written by hand: the mean of each channel of a picture, or their softmax."""

from __future__ import annotations

from pathlib import Path

FLOAT = 1


def channel_means(path: Path, *, size: int, channels: int = 3, softmax: bool = False) -> Path:
    """Write a network that takes (n, channels, size, size) and answers (n, channels)."""
    steps = [("GlobalAveragePool", "x", "pooled"), ("Flatten", "pooled", "flat")]
    steps.append(("Softmax", "flat", "y") if softmax else ("Identity", "flat", "y"))
    nodes = b"".join(
        part(1, part(1, took.encode()) + part(2, gave.encode()) + part(4, kind.encode()))
        for kind, took, gave in steps
    )
    graph = nodes + part(2, b"means") + part(11, tensor("x", ["n", channels, size, size]))
    graph += part(12, tensor("y", ["n", channels]))
    path.write_bytes(number(1, 8) + part(7, graph) + part(8, number(2, 17)))
    return path


def tensor(name: str, shape: list[int | str]) -> bytes:
    sides = b"".join(part(1, number(1, n) if isinstance(n, int) else part(2, n.encode())) for n in shape)
    return part(1, name.encode()) + part(2, part(1, number(1, FLOAT) + part(2, sides)))


def part(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
