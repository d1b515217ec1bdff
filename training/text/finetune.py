"""Teach the sentence encoder feelings without letting it forget what sentences mean.

    python training/text/finetune.py --data ../shared/data --out CHECKPOINTS [--epochs 3]

Five heads on one sentence vector learn together: GoEmotions' 28 labels, Ekman's seven, the mood and the
sentiment of our own everyday sentences, of which a batch stands beside each batch of comments, and the
sentiment of both. Rare classes count more. The word embeddings stay frozen, and the angles between
everyday sentences are held near those that the published encoder sees (Park et al. 2019, relational
distillation), so that likeness to example sentences goes on meaning something. What is saved is the moving
average of the weights. A GPU is used where there is one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from corpora import EKMAN, SENTIMENT, goemotions, grouped, label_names, padded, pieces_of
from encoder import Encoder, load_encoder
from everyday import UNKNOWN, Sampler, everyday_rows, numbered
from export_encoder import WEIGHTS, published_folder
from torch import Tensor, nn
from torch.nn import functional as F

from museaika.mood.vocabulary import MOODS
from museaika.perception.feelings import HEADS, ROOM, SENTIMENTS, TEXT_EMOTIONS

LONGEST, LONGEST_EVERYDAY = 48, 128
EVERYDAY_BATCH, AVERAGE_EVERY, REPORT_EVERY = 24, 5, 50
ANGLES = 3.0
"""Weight of keeping the angles."""

Batch = tuple[dict[str, Tensor], np.ndarray]
"""What the encoder is fed, and the numbers of the rows it stands for."""

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Reader(nn.Module):
    """The encoder and one linear head for each way of labelling."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = nn.ModuleDict({name: nn.Linear(384, size) for name, size in HEADS.items()})
        for head in self.heads.values():
            nn.init.normal_(head.weight, std=0.01)
            nn.init.zeros_(head.bias)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Unit vectors (batch, 384), and what each head says of them."""
        with torch.autocast(DEVICE, torch.bfloat16):
            vectors = self.encoder(ids, mask).float()
        scaled = F.dropout(vectors * ROOM, 0.1, self.training)
        return vectors, {name: head(scaled) for name, head in self.heads.items()}


class Average:
    """The moving average of what is trained."""

    def __init__(self, model: nn.Module, keep: float = 0.99) -> None:
        self._moving = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._mean = {name: p.detach().clone() for name, p in self._moving.items()}
        self._keep, self._seen = keep, 0

    def see(self) -> None:
        """Take the present weights in; the first ones count alike."""
        self._seen += 1
        keep = min(self._keep, self._seen / (self._seen + 10))
        for name, value in self._moving.items():
            self._mean[name].lerp_(value.detach(), 1 - keep)

    def state(self, model: nn.Module) -> dict[str, Tensor]:
        return {**model.state_dict(), **self._mean}


def shares(hot: Tensor) -> Tensor:
    """Several labels on one text share its probability."""
    return hot / hot.sum(1, keepdim=True).clamp(min=1)


def rarity(hot: Tensor, power: float) -> Tensor:
    """Class weights around 1, growing with how rare a class is."""
    weights = hot.mean(0) ** -power
    return (weights / weights.median()).clamp(0.5, 4.0)


def batches(lengths: np.ndarray, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Shuffled batches of texts of like length."""
    order = np.argsort(lengths + rng.uniform(0, 3, len(lengths)), kind="stable")
    cut = [order[start : start + size] for start in range(0, len(order), size)]
    return [cut[number] for number in rng.permutation(len(cut))]


class Comments:
    """GoEmotions' training split, batch by batch, and the loss on it."""

    def __init__(self, data: Path, vocabulary: Path, size: int, rng: np.random.Generator) -> None:
        texts, hot = goemotions(data, "train")
        names = label_names(data)
        groups = {name: EKMAN[name] for name in TEXT_EMOTIONS}, {name: SENTIMENT[name] for name in SENTIMENTS}
        self._ids = pieces_of(texts, vocabulary, LONGEST)
        self._labels = torch.tensor(hot, device=DEVICE)
        self._ekman, self._sentiment = (torch.tensor(grouped(hot, names, g), device=DEVICE) for g in groups)
        self._weights = rarity(self._labels, 0.3), rarity(self._ekman, 0.5)
        self._neutral = hot.argmax(1) == names.index("neutral")
        self._size, self._rng = size, rng

    def __len__(self) -> int:
        neutral = int(self._neutral.sum())
        return -(-(len(self._ids) - neutral + neutral // 2) // self._size)

    def epoch(self) -> Iterator[Batch]:
        """Each comment once, but only half of those that are neutral alone, drawn anew."""
        neutral = self._rng.permutation(np.flatnonzero(self._neutral))
        rows = np.concatenate([np.flatnonzero(~self._neutral), neutral[: len(neutral) // 2]])
        for batch in batches(np.array([len(self._ids[row]) for row in rows]), self._size, self._rng):
            yield fed([self._ids[row] for row in rows[batch]]), rows[batch]

    def base_rates(self) -> dict[str, Tensor]:
        """Where the heads begin, or the first steps would bend the vectors to learn those."""
        groups = {"ekman": self._ekman, "sentiment": self._sentiment}
        return {
            "labels": torch.logit(self._labels.mean(0)),
            **{name: shares(hot).mean(0).log() for name, hot in groups.items()},
        }

    def loss(self, said: dict[str, Tensor], rows: np.ndarray) -> Tensor:
        """Summed binary cross-entropy of the labels, half the emotions' cross-entropy, the sentiment's."""
        rare, rare_ekman = self._weights
        labels = F.binary_cross_entropy_with_logits(said["labels"], self._labels[rows], pos_weight=rare) * 28
        ekman = F.cross_entropy(said["ekman"], shares(self._ekman[rows]), weight=rare_ekman)
        sentiment = F.cross_entropy(said["sentiment"], shares(self._sentiment[rows]))
        return labels + 0.5 * ekman + sentiment


class Sentences:
    """Our everyday sentences, drawn and varied, and the loss on them."""

    def __init__(self, weights: Path, folder: Path, rng: np.random.Generator) -> None:
        rows, _ = everyday_rows(weights)
        self._moods, self._sentiments = (
            numbered(rows, "mood", [*MOODS]),
            numbered(rows, "sentiment", SENTIMENTS),
        )
        self._sampler = Sampler([row["text"] for row in rows], self._moods, self._sentiments, rng)
        self._vocabulary = folder / "vocab.txt"
        self._published = self._vectors(load_encoder(folder).to(DEVICE), [row["text"] for row in rows])
        print(f"{len(rows)} everyday sentences", flush=True)

    def _vectors(self, published: Encoder, texts: list[str]) -> Tensor:
        ids = pieces_of(texts, self._vocabulary, LONGEST_EVERYDAY)
        with torch.no_grad():
            return torch.cat([published(**fed([row])) for row in ids])

    def draw(self) -> Batch:
        texts, rows = self._sampler.draw(EVERYDAY_BATCH)
        return fed(pieces_of(texts, self._vocabulary, LONGEST_EVERYDAY)), rows

    def loss(self, vectors: Tensor, said: dict[str, Tensor], rows: np.ndarray) -> Tensor:
        published = self._published[rows]
        moods, sentiments = (torch.tensor(n[rows], device=DEVICE) for n in (self._moods, self._sentiments))
        mood = F.cross_entropy(said["moods"], moods, ignore_index=UNKNOWN, label_smoothing=0.05)
        sentiment = F.cross_entropy(said["everyday"], sentiments, label_smoothing=0.05)
        sentiment = sentiment + F.cross_entropy(said["sentiment"], sentiments, label_smoothing=0.05)
        angles = F.mse_loss(vectors @ vectors.T, published @ published.T)
        return mood + 0.5 * sentiment + ANGLES * angles


def fed(ids: list[list[int]]) -> dict[str, Tensor]:
    return {name: torch.tensor(value, device=DEVICE) for name, value in padded(ids).items()}


def prepared(args: argparse.Namespace, folder: Path, comments: Comments) -> Reader:
    """The published encoder with fresh heads, or the checkpoint to go on from; word embeddings frozen."""
    model = Reader(load_encoder(folder))
    for name, bias in comments.base_rates().items():
        model.heads[name].bias.data.copy_(bias)
    if args.start:
        model.load_state_dict(torch.load(args.start, weights_only=True))
    model.to(DEVICE).train()
    model.encoder.embeddings["word_embeddings"].weight.requires_grad_(False)
    return model


class Teacher:
    """The optimiser, its schedule and the moving average of what it trains."""

    def __init__(self, model: Reader, steps: int, rate: float, head_rate: float) -> None:
        body = [p for p in model.encoder.parameters() if p.requires_grad]
        heads = list(model.heads.parameters())
        self._model = model
        self._optimiser = torch.optim.AdamW([{"params": body}, {"params": heads}], lr=rate, weight_decay=0.01)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, [rate, head_rate], total_steps=steps, pct_start=0.05
        )
        self._average, self.steps = Average(model), steps

    @property
    def done(self) -> int:
        return self._schedule.last_epoch

    def teach(self, comments: Comments, sentences: Sentences, batch: Batch) -> tuple[float, float]:
        """One step on a batch of comments and one of everyday sentences; the two losses."""
        feed, rows = batch
        asked, told = sentences.draw()
        first = comments.loss(self._model(**feed)[1], rows)
        first.backward()
        second = sentences.loss(*self._model(**asked), told)
        second.backward()
        nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimiser.step()
        self._schedule.step()
        self._optimiser.zero_grad(set_to_none=True)
        if self.done % AVERAGE_EVERY == 0:
            self._average.see()
        return first.item(), second.item()

    def save(self, path: Path) -> None:
        torch.save(self._average.state(self._model), path)


def train(args: argparse.Namespace) -> None:
    folder, rng = published_folder(), np.random.default_rng(args.seed)
    comments = Comments(args.data, folder / "vocab.txt", args.batch, rng)
    sentences = Sentences(args.weights, folder, rng)
    model = prepared(args, folder, comments)
    teacher = Teacher(model, args.steps or args.epochs * len(comments), args.rate, args.head_rate)
    begun, total = time.time(), np.zeros(2)
    while teacher.done < teacher.steps:
        for batch in comments.epoch():
            total += teacher.teach(comments, sentences, batch)
            if teacher.done % REPORT_EVERY == 0:
                mean = " ".join(f"{value / REPORT_EVERY:.3f}" for value in total)
                print(f"step {teacher.done} losses {mean} {time.time() - begun:.0f} s", flush=True)
                total[:] = 0
                teacher.save(args.out / "reader.pt")
            if teacher.done == teacher.steps:
                break
    teacher.save(args.out / "reader.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared/data")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoints")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of exemplars.tsv")
    parser.add_argument("--start", type=Path, help="a checkpoint to go on from")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--steps", type=int, help="so many instead of whole epochs")
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--head-rate", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    train(args)


if __name__ == "__main__":
    main()
