"""Teach the sentence encoder feelings without letting it forget what sentences mean.

    python training/text/finetune.py --data ../shared/data --out CHECKPOINTS [--epochs 3] [--keep 3.0]

Three heads on the sentence vector learn GoEmotions' 28 labels, Ekman's seven and the sentiment. The word
embeddings stay frozen, and every vector is pulled towards the one the published encoder gives (`--keep`),
so that similarity to example sentences goes on meaning something. After each epoch the state is saved;
`--blend` mixes a saved state with the published one (Wortsman et al. 2022, WiSE-FT).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from corpora import EKMAN, SENTIMENT, goemotions, grouped, label_names, padded, pieces_of, vectors
from encoder import load_encoder
from export_encoder import WEIGHTS, published_folder
from torch import Tensor, nn
from torch.nn import functional as F

LONGEST = 48
SCALE = 20.0
"""Unit vectors times this give the heads room for confident answers from the start."""


class Heads(nn.Module):
    """One linear head for each way of labelling."""

    def __init__(self, targets: dict[str, Tensor]) -> None:
        """Begin at the labels' base rates, or the first steps would bend the vectors to learn those."""
        super().__init__()
        self.labels, self.ekman, self.sentiment = (nn.Linear(384, size) for size in (28, 7, 3))
        with torch.no_grad():
            self.labels.bias.copy_(torch.logit(targets["labels"].mean(0)))
            self.ekman.bias.copy_(shares(targets["ekman"]).mean(0).log())
            self.sentiment.bias.copy_(shares(targets["sentiment"]).mean(0).log())
            for head in self.children():
                head.weight.mul_(0.1)

    def loss(self, vectors: Tensor, targets: dict[str, Tensor]) -> Tensor:
        """Summed binary cross-entropy of the labels, and half of each group's cross-entropy."""
        scaled = F.dropout(vectors * SCALE, 0.1, self.training)
        labels = F.binary_cross_entropy_with_logits(self.labels(scaled), targets["labels"]) * 28
        ekman = F.cross_entropy(self.ekman(scaled), shares(targets["ekman"]))
        sentiment = F.cross_entropy(self.sentiment(scaled), shares(targets["sentiment"]))
        return labels + 0.5 * ekman + 0.5 * sentiment


def shares(hot: Tensor) -> Tensor:
    """Several labels on one text share its probability."""
    return hot / hot.sum(1, keepdim=True).clamp(min=1)


def batches(lengths: np.ndarray, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Shuffled batches of texts of like length."""
    order = np.argsort(lengths + rng.uniform(0, 3, len(lengths)), kind="stable")
    cut = [order[start : start + size] for start in range(0, len(order), size)]
    return [cut[number] for number in rng.permutation(len(cut))]


def lesson(data: Path) -> tuple[list[str], dict[str, Tensor]]:
    """The training texts and what is to be learnt about them."""
    texts, hot = goemotions(data, "train")
    names = label_names(data)
    targets = {"labels": hot, "ekman": grouped(hot, names, EKMAN), "sentiment": grouped(hot, names, SENTIMENT)}
    return texts, {name: torch.tensor(value) for name, value in targets.items()}


def blend(states: list[dict[str, Tensor]], share: float) -> dict[str, Tensor]:
    """`share` of the second state and the rest of the first, parameter by parameter."""
    return {name: (1 - share) * value + share * states[1][name] for name, value in states[0].items()}


def train(args: argparse.Namespace) -> None:
    folder = published_folder()
    encoder = load_encoder(folder).train()
    encoder.embeddings["word_embeddings"].weight.requires_grad_(False)
    texts, targets = lesson(args.data)
    heads = Heads(targets)
    ids = pieces_of(texts, folder / "vocab.txt", LONGEST)
    targets["published"] = torch.tensor(vectors(texts, args.weights))
    moving = [p for p in (*encoder.parameters(), *heads.parameters()) if p.requires_grad]
    optimiser = torch.optim.AdamW(moving, lr=args.rate, weight_decay=0.01)
    steps = args.epochs * -(-len(ids) // args.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, args.rate, total_steps=steps, pct_start=0.1)
    rng = np.random.default_rng(args.seed)
    for epoch in range(1, args.epochs + 1):
        begun, total = time.time(), 0.0
        for step, chosen in enumerate(batches(np.array([len(row) for row in ids]), args.batch, rng), 1):
            feed = {name: torch.tensor(value) for name, value in padded([ids[i] for i in chosen]).items()}
            with torch.autocast("cpu", torch.bfloat16):
                now = encoder(**feed).float()
            wanted = {name: value[chosen] for name, value in targets.items()}
            drift = 1 - F.cosine_similarity(now, wanted["published"]).mean()
            loss = heads.loss(now, wanted) + args.keep * drift
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(moving, 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
            if step % 50 == 0:
                print(f"epoch {epoch} step {step} loss {total / step:.4f} drift {drift.item():.3f} "
                      f"{time.time() - begun:.0f} s", flush=True)  # fmt: skip
        torch.save(encoder.state_dict(), args.out / f"encoder-{epoch}.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared/data")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoints")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="holds the published encoder, exported")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--keep", type=float, default=3.0, help="weight of staying near the published vectors")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--blend", type=float, help="write OUT/blend.pt: this share of the last checkpoint, then stop"
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    if args.blend is None:
        train(args)
        return
    last = torch.load(args.out / f"encoder-{args.epochs}.pt", weights_only=True)
    torch.save(blend([load_encoder(published_folder()).state_dict(), last], args.blend), args.out / "blend.pt")


if __name__ == "__main__":
    main()
