"""Train the expression network on FER+'s votes and FER2013's labels together, one head for each.

    python training/face/train.py --data ../shared/data --run runs/face
    python training/face/train.py --run runs/more --start-from runs/face/best.pt --minutes 60

About 70 seconds an epoch on one core of 2025 that multiplies in bfloat16, 50 on the smaller faces of the first
part; less where there is a GPU. The rate falls to zero with the budget, epochs or minutes, whichever is spent
first. The same command again goes on where a stopped run was; the second line is another round from known
weights. Writes `last.pt` (everything needed to go on) after each epoch, `best.pt`, the averaged weights with
the best accuracy on the valid split, and `end.pt`, those when the rate is zero. Choose on the valid split, the
faces as they are and `--levelled`. Then: export.py, evaluate.py.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from augment import augment
from dataset import Faces, load_faces
from model import ExpressionNet
from muon import Muon
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

SECOND_OPINION = 0.3
"""How much FER2013's own label counts beside the votes."""

SMALL = 40
"""Pixels a side in the first part of a run, where an epoch costs a third less."""

GROWN = 2
"""The block of the body that came later than the others."""

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


def share_of_rate(progress: float) -> float:
    """A short warm-up, then straight down to zero: `progress` 0…1 of the whole budget."""
    return min(progress / 0.02 + 0.02, (1 - progress) / 0.98, 1.0)


@dataclass
class Learner:
    """The network, the average of its weights and what moves them, with the way to a file and back."""

    net: ExpressionNet
    average: AveragedModel
    optimisers: dict[str, torch.optim.Optimizer]
    peaks: dict[str, float]

    def learn(self, loss: Tensor, progress: float) -> None:
        for name, optimiser in self.optimisers.items():
            optimiser.param_groups[0]["lr"] = self.peaks[name] * share_of_rate(progress)
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        for optimiser in self.optimisers.values():
            optimiser.step()
        self.average.update_parameters(self.net)

    def parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        return {"net": self.net, "average": self.average, **self.optimisers}


def known_weights(checkpoint: Path, net: ExpressionNet) -> dict[str, Tensor]:
    """Read a `best.pt`; in one from before `GROWN` was put in, that block begins as a way around itself."""
    known = torch.load(checkpoint, map_location="cpu", weights_only=True)["net"]
    if len(known) < len(net.state_dict()):
        known = {_moved_up(name): value for name, value in known.items()}
        new = {name: value.clone() for name, value in net.state_dict().items() if name not in known}
        new[f"body.{GROWN}.second_norm.weight"].zero_()
        known |= new
    return known


def _moved_up(name: str) -> str:
    part, *rest = name.split(".")
    if part != "body" or int(rest[0]) < GROWN:
        return name
    return ".".join([part, str(int(rest[0]) + 1), *rest[1:]])


def new_learner(options: argparse.Namespace, device: torch.device) -> Learner:
    net = ExpressionNet()
    if options.start_from:
        net.load_state_dict(known_weights(options.start_from, net))
    net = net.to(device, memory_format=torch.channels_last)
    average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(AVERAGING), use_buffers=True)
    kernels = [p for p in net.parameters() if p.ndim == 4]
    others = [p for p in net.parameters() if p.ndim < 4]
    return Learner(
        net,
        average,
        {
            "kernels": Muon(kernels, lr=0.0),
            "others": torch.optim.SGD(others, lr=0.0, momentum=0.9, nesterov=True),
        },
        {"kernels": options.turn, "others": options.rate},
    )


def train(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    archive = options.data / "face" / "fer2013plus.zip"
    valid = load_faces(archive, "valid")
    batches = Batches(load_faces(archive, "train"), options.batch, options.balance, device)
    learner = new_learner(options, device)
    state = resume(options.run, learner, device)
    started, steps = time.monotonic() - 60 * state["minutes"], options.epochs * len(batches)
    while state["progress"] < 1:
        torch.manual_seed(options.seed * 10_000 + state["epoch"])
        total = 0.0
        for step in range(len(batches)):
            x, votes, labels = batches.draw()
            if state["progress"] < options.small_until:
                x = F.interpolate(x, size=SMALL, mode="area")
            loss = loss_of(learner.net, x, votes, labels)
            learner.learn(loss, state["progress"])
            total += loss.item()
            state["minutes"] = (time.monotonic() - started) / 60
            done = (state["epoch"] * len(batches) + step + 1) / steps
            state["progress"] = min(1.0, max(done, state["minutes"] / options.minutes))
            if state["progress"] == 1:
                break
        state["epoch"] += 1
        score = accuracy(learner.average.module, valid, device)
        print(
            f"{state['minutes']:.1f} min, epoch {state['epoch']}, {state['progress']:.0%}: "
            f"loss {total / (step + 1):.3f}, valid {score:.4f}",
            flush=True,
        )
        if score >= state["best"]:
            state["best"] = score
            save({"net": learner.average.module.state_dict()}, options.run / "best.pt")
        save(state | {k: v.state_dict() for k, v in learner.parts().items()}, options.run / "last.pt")
    save({"net": learner.average.module.state_dict()}, options.run / "end.pt")


def resume(run: Path, learner: Learner, device: torch.device) -> dict[str, float]:
    """Load what a stopped run left; returns how far it had come."""
    run.mkdir(parents=True, exist_ok=True)
    state = {"epoch": 0, "progress": 0.0, "minutes": 0.0, "best": 0.0}
    if (run / "last.pt").exists():
        saved = torch.load(run / "last.pt", map_location=device, weights_only=True)
        for name, part in learner.parts().items():
            part.load_state_dict(saved[name])
        state = {name: saved[name] for name in state}
    return state


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
    parser.add_argument("--minutes", type=float, default=math.inf, help="end by then, if that is sooner")
    parser.add_argument("--small-until", type=float, default=0.33, help="share of the run on small faces")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--turn", type=float, default=0.01, help="peak rate of Muon, for the convolutions")
    parser.add_argument("--rate", type=float, default=0.05, help="peak rate of SGD, for norms and heads")
    parser.add_argument(
        "--balance", type=float, default=0.4, help="0 draws faces as they occur, 1 classes alike"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
