"""Any text classifier of the Hugging Face hub as the reader's model: TEXT_MODEL=hf:<name or folder>.

What its labels mean is looked up in the mood vocabulary (`labels.py`). Transformers and PyTorch are an optional
extra, imported when the model is loaded.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from museaika.errors import Unavailable
from museaika.mood.vocabulary import MOODS
from museaika.perception.feelings import Feelings, Floats
from museaika.perception.labels import emotions_of_moods, moods_of_labels, sentiments_of_labels
from museaika.perception.sentences import Passage, in_passages

RUN = 16
"""Passages that the network reads side by side."""

LONGEST = 512
"""Tokens read at once, where the model allows for so many."""


class HubModel:
    """A `TextModel` around one classifier. May be used by many threads at once."""

    languages = None

    def __init__(self, name: str, token: str | None = None, *, threads: int = 1) -> None:
        """Load by a name on the hub or from a folder; `token` is for closed models.

        Raises:
            Unavailable: it can't be found, reached or opened.
            Invalid: code `unknown_labels`, when the vocabulary knows no mood for a label.
        """
        self._tokenizer, self._network = _load(name, token, threads)
        config = self._network.config
        self.name = f"hf:{Path(name).name if Path(name).is_dir() else name}"
        self.version = str(getattr(config, "_commit_hash", None) or _digest(self._network))[:12]
        self.moods = tuple(MOODS)
        self.labels = tuple(str(config.id2label[n]) for n in range(config.num_labels))
        self._to_moods = moods_of_labels(self.labels)
        self._to_sentiments = sentiments_of_labels(self.labels)
        self._many = config.problem_type == "multi_label_classification"
        self._room = _room(self._tokenizer, config)
        self._lock = threading.Lock()  # a tokenizer may serve one caller at a time

    def passages(self, text: str) -> list[Passage]:
        return in_passages(_clean(text), self._size, self._room)

    def feel(self, passages: Sequence[str]) -> Feelings:
        chances = np.concatenate([self._run(passages[n : n + RUN]) for n in range(0, len(passages), RUN)])
        shares = chances / np.maximum(chances.sum(1, keepdims=True), 1e-9)
        moods = shares @ self._to_moods
        return Feelings(moods, moods @ emotions_of_moods(), shares @ self._to_sentiments, chances)

    def _size(self, text: str) -> int:
        with self._lock:
            return len(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def _run(self, passages: Sequence[str]) -> Floats:
        """Chances of the labels, (n, labels)."""
        import torch

        with self._lock:
            inputs = self._tokenizer(
                [_clean(passage) for passage in passages], padding=True, truncation=True,
                max_length=self._room + self._tokenizer.num_special_tokens_to_add(), return_tensors="pt",
            )  # fmt: skip
        with torch.inference_mode():
            logits = self._network(**inputs).logits.float()
        chances: Floats = (logits.sigmoid() if self._many else logits.softmax(-1)).numpy()
        return chances


def _load(name: str, token: str | None, threads: int) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    torch.set_num_threads(threads)
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, token=token)
        network = AutoModelForSequenceClassification.from_pretrained(name, token=token)
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"The text model '{Path(name).name}' can't be loaded. TEXT_MODEL=hf:… names a text classifier on "
            "the Hugging Face hub, or a folder it was saved to; a closed one needs HF_TOKEN."
        ) from error
    if tokenizer.pad_token is None:  # a model of the GPT kind, which was trained without
        tokenizer.pad_token = tokenizer.eos_token
        network.config.pad_token_id = tokenizer.pad_token_id
    return tokenizer, network.eval()


def _room(tokenizer: Any, config: Any) -> int:
    """Tokens of a passage: as many as tokenizer and network allow, less the marks around them."""
    places = (
        getattr(config, "max_position_embeddings", LONGEST + 2) - 2
    )  # some networks keep two for themselves
    most = min(LONGEST, int(tokenizer.model_max_length), places)
    return max(1, most - int(tokenizer.num_special_tokens_to_add()))


def _clean(text: str) -> str:
    """Halves of a character that stand alone, which no tokenizer takes, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _digest(network: Any) -> str:
    digest = hashlib.sha256()
    for part in _bytes_of(network):
        digest.update(part)
    return digest.hexdigest()


def _bytes_of(network: Any) -> Iterator[bytes]:
    for name, tensor in sorted(network.state_dict().items()):
        yield name.encode()
        yield tensor.contiguous().numpy().tobytes()
