"""Train the expression network on FER+'s votes.

    python training/face/train.py --data ../shared/data --run runs/face
    python training/face/train.py --run runs/more --start-from runs/face/best.pt --rate 0.03

About a minute an epoch on one core, less where there is a GPU. The same command again goes on where a
stopped run was; the second line is another round from known weights. Writes `last.pt` (everything needed
to go on) after each epoch and `best.pt`, the averaged weights with the best accuracy on the valid split,
chosen without a look at the test split. Then: export.py, evaluate.py.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from augment import augment
from dataset import Faces, load_faces
from model import ExpressionNet
from rich.progress import Progress, TextColumn
from torch import Tensor, nn
from torch.nn import functional as F

SECOND_OPINION = 0.2
"""How much FER2013's own label counts beside the votes."""

AVERAGING = 0.998
"""The shipped weights are the running average of the trained ones."""


@dataclass
class Batches:
    """Batches drawn so that rare expressions come up more often than they occur."""

    faces: Faces
    size: int
    balance: float
    device: torch.device

    def __post_init__(self) -> None:
        frequency = self.faces.votes.mean(0)
        weight = (self.faces.votes * frequency**-self.balance).sum(1)
        self.chances = torch.from_numpy(weight / weight.sum())
        self.pixels = torch.from_numpy(self.faces.pixels).to(self.device)[:, None]
        self.votes = torch.from_numpy(self.faces.votes).to(self.device)
        self.labels = torch.from_numpy(self.faces.fer2013).to(self.device)

    def __len__(self) -> int:
        return len(self.faces) // self.size

    def draw(self) -> tuple[Tensor, Tensor, Tensor]:
        chosen = torch.multinomial(self.chances, self.size, replacement=True).to(self.device)
        return augment(self.pixels[chosen].float() / 255), self.votes[chosen], self.labels[chosen]


def loss_of(net: nn.Module, x: Tensor, votes: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy against the shares of the votes, plus a little against the label of 2013."""
    with torch.autocast(x.device.type, torch.bfloat16):
        by_votes, by_label = net(x.contiguous(memory_format=torch.channels_last))
    second = F.cross_entropy(by_label.float(), labels, ignore_index=-1, label_smoothing=0.1)
    return F.cross_entropy(by_votes.float(), votes) + SECOND_OPINION * second


@torch.no_grad()
def accuracy(net: nn.Module, faces: Faces, device: torch.device) -> float:
    """Share of the faces with a majority whose first class is that majority."""
    net.eval()
    known = faces.majority >= 0
    pixels = torch.from_numpy(faces.pixels[known]).to(device)[:, None].float() / 255
    guesses = torch.cat([net(part)[0].argmax(1) for part in pixels.split(256)]).cpu().numpy()
    net.train()
    return float(np.mean(guesses == faces.majority[known]))


def rate_at(step: int, steps: int, peak: float) -> float:
    """A short warm-up, then half a cosine to zero."""
    warm = max(1, steps // 20)
    return peak * min((step + 1) / warm, 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))))


def train(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    archive = options.data / "face" / "fer2013plus.zip"
    valid = load_faces(archive, "valid")
    batches = Batches(load_faces(archive, "train"), options.batch, options.balance, device)
    net = ExpressionNet().to(device, memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGING), use_buffers=True
    )
    decayed = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": options.decay}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.SGD(groups, lr=options.rate, momentum=0.9, nesterov=True)
    state = resume(options, net, average, optimiser, device)
    steps = options.epochs * len(batches)
    columns = (*Progress.get_default_columns(), TextColumn("{task.fields[note]}"))
    with Progress(*columns) as progress:
        bar = progress.add_task("training", total=steps, completed=state["epoch"] * len(batches), note="")
        for epoch in range(state["epoch"], options.epochs):
            torch.manual_seed(
                options.seed * 10_000 + state["seen"]
            )  # a later round must not draw the same again
            total = 0.0
            for step in range(epoch * len(batches), (epoch + 1) * len(batches)):
                for group in optimiser.param_groups:
                    group["lr"] = rate_at(step, steps, options.rate)
                loss = loss_of(net, *batches.draw())
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
                average.update_parameters(net)
                total += loss.item()
                progress.advance(bar)
            score = accuracy(average.module, valid, device)
            note = f"epoch {epoch + 1}: loss {total / len(batches):.3f}, valid {score:.4f}"
            progress.update(bar, note=note)
            progress.console.print(note)
            state.update(epoch=epoch + 1, seen=state["seen"] + 1, best=max(score, state["best"]))
            if score >= state["best"]:
                save({"net": average.module.state_dict(), "seen": state["seen"]}, options.run / "best.pt")
            parts = {"net": net, "average": average, "optimiser": optimiser}
            save(state | {k: v.state_dict() for k, v in parts.items()}, options.run / "last.pt")


def resume(
    options: argparse.Namespace,
    net: nn.Module,
    average: nn.Module,
    optimiser: torch.optim.Optimizer,
    device: torch.device,
) -> dict[str, float]:
    """Load what an earlier run left; returns how far it had come."""
    last = options.run / "last.pt"
    if last.exists():
        saved = torch.load(last, map_location=device, weights_only=True)
        for name, part in (("net", net), ("average", average), ("optimiser", optimiser)):
            part.load_state_dict(saved[name])
        return {name: saved[name] for name in ("epoch", "seen", "best")}
    seen = 0
    if options.start_from:
        known = torch.load(options.start_from, map_location=device, weights_only=True)
        seen = known["seen"]
        net.load_state_dict(known["net"])
        average.module.load_state_dict(known["net"])
    options.run.mkdir(parents=True, exist_ok=True)
    return {"epoch": 0, "seen": seen, "best": 0.0}


def save(state: dict[str, object], path: Path) -> None:
    """Whole or not at all: a stop in the middle leaves the former file."""
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder with face/fer2013plus.zip"
    )
    parser.add_argument("--run", type=Path, default=Path("runs/face"), help="where checkpoints go")
    parser.add_argument("--start-from", type=Path, help="weights (best.pt) to begin with")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=0.1, help="peak learning rate")
    parser.add_argument("--decay", type=float, default=5e-4, help="weight decay of the convolutions")
    parser.add_argument(
        "--balance", type=float, default=0.4, help="0 draws faces as they occur, 1 classes alike"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
