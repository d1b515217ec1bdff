"""Sentences as vectors: a small transformer on onnxruntime, whose angles measure likeness of meaning."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from museaika.perception.wording import in_words
from museaika.perception.wordpiece import WordPiece

Vectors = NDArray[np.float32]

PASSAGE = 126
"""Pieces read at once; the encoder was trained on 128 with the marks around them."""

RUN = 16
"""Passages that run together: more fall out of the processor's cache."""

_UNIT = re.compile(r"\S{1,16}\s*|\s+")
"""What a passage is built of: words, and slices of anything long without a space."""

_LAST_STOPS = re.compile(r"[.\s]+$")


@dataclass(frozen=True, slots=True)
class Passage:
    """Characters `start` … `end` of a text, and their number of pieces."""

    start: int
    end: int
    size: int


class SentenceEncoder:
    """all-MiniLM-L6-v2's way from text to vectors. May be used by many threads at once."""

    def __init__(self, weights: Path, *, threads: int = 1) -> None:
        """Load `text.onnx` and `text.vocab.txt` from the folder `weights`; `threads` serve one sentence."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False
        graph = weights / "text.onnx"
        with graph.open("rb") as file:
            self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        self._session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._pieces = WordPiece(weights / "text.vocab.txt")

    def passages(self, text: str) -> list[Passage]:
        """The whole text in passages of about 126 pieces at most, cut between words where it has words."""
        return in_passages(text, lambda part: len(self._ids(part)), PASSAGE)

    def encode(self, passage: str) -> Vectors:
        """The unit vector of one passage, (1, 384)."""
        return self.encode_many([passage])

    def encode_many(self, passages: Sequence[str]) -> Vectors:
        """The unit vectors of n passages, (n, 384). Passages of like length run together, and neighbours
        do not change an answer: activations are quantised by row."""
        framed = [self._pieces.framed(self._ids(passage)) for passage in passages]
        order = sorted(range(len(framed)), key=lambda number: len(framed[number]))
        vectors = np.empty((len(framed), 384), np.float32)
        for start in range(0, len(order), RUN):
            chosen = order[start : start + RUN]
            vectors[chosen] = self._run([framed[number] for number in chosen])
        return vectors

    def _run(self, framed: Sequence[list[int]]) -> Vectors:
        longest = max(map(len, framed))
        mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in framed], np.int64)
        ids = np.array([row + [0] * (longest - len(row)) for row in framed], np.int64)
        vectors: Vectors = self._session.run(None, {"ids": ids, "mask": mask})[0]
        return vectors

    def _ids(self, text: str) -> list[int]:
        return self._pieces.pieces(in_words(canonical(text)))


def canonical(text: str) -> str:
    """The form that all writings of a sentence share: plain letters in one case, without full stops or
    space at the end. So neither a capital more nor a full stop can change what is read."""
    plain = unicodedata.normalize("NFKC", text)
    return _LAST_STOPS.sub("", unicodedata.normalize("NFKC", plain.upper().casefold()))


def in_passages(text: str, size_of: Callable[[str], int], most: int) -> list[Passage]:
    """The whole text in passages of about `most` pieces at most, cut between words where it has words."""
    whole = size_of(text)
    if whole <= most:
        return [Passage(0, len(text), whole)]
    found: list[Passage] = []
    start = end = size = 0
    for unit in _UNIT.finditer(text):
        more = size_of(unit[0])
        if size and size + more > most:
            found.append(Passage(start, end, size))
            start, size = end, 0
        end, size = unit.end(), size + more
    return [*found, Passage(start, end, size)]
