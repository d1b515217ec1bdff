"""Train the network that sings: which pitch comes next, given rhythm, chords, phrase and the tune so far.

    python training/music/train_melody.py --data ../shared/data --run runs/melody

Windows of 96 notes are cut from the training songs anew in each epoch. What the composer may not know (the
phrase, its planned curve, what was sung bars ago) is hidden from time to time. After each epoch the averaged
weights are measured on the songs for choosing; `best.pt` is the best so far, `last.pt` lets a stopped run go
on. Uses a GPU where there is one.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from network import MelodyNet, scores
from rich.progress import Progress, TextColumn
from songs import ECHO, PHRASE, PLAN, Song, inputs_of, part_of, read_songs
from torch import Tensor, nn

from museaika.composition.hearing import HEIGHTS, opinion_places

WINDOW = 96
AVERAGING = 0.995


class Corpus:
    """Songs as tensors: inputs (n, INPUTS), opinion places (n, pitches, 3), the pitch that was sung (n,)."""

    def __init__(self, songs: list[Song], device: torch.device) -> None:
        self.device = device
        self.inputs = [torch.from_numpy(inputs_of(song)).half() for song in songs]
        self.places, self.answers = [], []
        for song in songs:
            middle = round(song.line.centre)
            pitches = np.arange(middle - HEIGHTS, middle + HEIGHTS + 1)
            last = np.append(-1, song.pitches[:-1])
            places = opinion_places(pitches, last, song.line.tonic, song.line.centre)
            self.places.append(torch.from_numpy(places.astype(np.int16)))
            self.answers.append(torch.from_numpy(np.clip(song.pitches - pitches[0], 0, 2 * HEIGHTS)))

    def windows(self) -> list[tuple[int, int]]:
        """Every song cut into windows, from a random note on, in random order."""
        cuts = []
        for i, answers in enumerate(self.answers):
            first = int(torch.randint(-WINDOW // 2, WINDOW // 2, ()))
            cuts += [(i, max(at, 0)) for at in range(first, len(answers) - WINDOW // 4, WINDOW)]
        return [cuts[k] for k in torch.randperm(len(cuts)).tolist()]

    def batch(self, cuts: list[tuple[int, int]]) -> tuple[Tensor, Tensor, Tensor]:
        """Padded (notes, batch, …); an answer of −1 does not count."""
        parts = (self.inputs, self.places, self.answers)
        rows = [tuple(part[i][a : a + WINDOW] for part in parts) for i, a in cuts]
        heard, places, answers = zip(*rows, strict=True)
        pad = nn.utils.rnn.pad_sequence
        return (pad(list(heard)).to(self.device).float(), pad(list(places)).to(self.device).long(),
                pad(list(answers), padding_value=-1).to(self.device))  # fmt: skip


def hide(heard: Tensor) -> Tensor:
    """Leave out what may be unknown, for whole windows; now and then what was sung bars ago; and a few numbers
    of each window at random, lest the songs be learnt by heart."""
    notes, batch, inputs = heard.shape
    chance = torch.rand(3, 1, batch, 1, device=heard.device)
    heard = heard.clone()
    heard[..., PLAN] *= chance[0] > 0.4
    heard[..., PHRASE] *= chance[1] > 0.15
    heard[..., ECHO] *= chance[2] > 0.1
    heard[..., ECHO] *= torch.rand(notes, batch, 1, device=heard.device) > 0.1
    return heard * (torch.rand(1, batch, inputs, device=heard.device) > 0.15)


def loss_of(net: nn.Module, heard: Tensor, places: Tensor, answers: Tensor) -> tuple[Tensor, Tensor]:
    """Summed cross-entropy in nats, and how often the likeliest pitch was the one sung."""
    said = scores(net(heard)[0], places)
    known = answers >= 0
    loss = nn.functional.nll_loss(said[known], answers[known], reduction="sum")
    return loss, (said[known].argmax(-1) == answers[known]).sum()


@torch.no_grad()
def measure(net: nn.Module, corpus: Corpus, *, plan: bool = False) -> tuple[float, float]:
    """Mean loss and accuracy over whole songs; without the planned curve unless `plan`."""
    net.eval()
    loss = right = total = 0.0
    for heard, places, answers in zip(corpus.inputs, corpus.places, corpus.answers, strict=True):
        heard = heard[:, None].to(corpus.device).float()
        if not plan:
            heard[..., PLAN] = 0.0
        one = loss_of(net, heard, places[:, None].to(corpus.device).long(), answers[:, None].to(corpus.device))
        loss, right, total = loss + one[0].item(), right + one[1].item(), total + len(answers)
    net.train()
    return loss / total, right / total


def rate_at(step: int, steps: int, peak: float) -> float:
    """A short warm-up, then half a cosine to zero."""
    return peak * min((step + 1) / (0.03 * steps), 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))))


def train(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    songs = list(read_songs(options.data))
    corpus = Corpus([s for s in songs if part_of(s.number) == "train"], device)
    valid = Corpus([s for s in songs if part_of(s.number) == "valid"], device)
    torch.manual_seed(options.seed)
    net = MelodyNet(options.units, options.dropout).to(device)
    average = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGING)
    )
    optimiser = torch.optim.AdamW(net.parameters(), lr=options.rate, weight_decay=options.decay)
    parts = {"net": net, "average": average, "optimiser": optimiser}
    state = resume(options.run, parts, device)
    columns = (*Progress.get_default_columns(), TextColumn("{task.fields[note]}"))
    with Progress(*columns) as progress:
        bar = progress.add_task("training", total=options.epochs, completed=state["epoch"], note="")
        for epoch in range(int(state["epoch"]), options.epochs):
            torch.manual_seed(options.seed * 10_000 + epoch)
            cuts = corpus.windows()
            starts = range(0, len(cuts), options.batch)
            total = notes = 0.0
            for number, begin in enumerate(starts):
                share = (epoch + number / len(starts)) / options.epochs
                for group in optimiser.param_groups:
                    group["lr"] = rate_at(round(share * 10_000), 10_000, options.rate)
                heard, places, answers = corpus.batch(cuts[begin : begin + options.batch])
                with torch.autocast(device.type, torch.bfloat16):
                    loss, _ = loss_of(net, hide(heard), places, answers)
                count = int((answers >= 0).sum())
                optimiser.zero_grad(set_to_none=True)
                (loss / count).backward()
                nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                optimiser.step()
                average.update_parameters(net)
                total, notes = total + loss.item(), notes + count
                progress.advance(bar, 1 / len(starts))
            score, right = measure(average.module, valid)
            note = f"epoch {epoch + 1}: loss {total / notes:.4f}, valid {score:.4f}, right {right:.4f}"
            progress.update(bar, note=note)
            progress.console.print(note)
            state = {"epoch": epoch + 1, "best": min(score, state["best"])}
            if score <= state["best"]:
                save({"net": average.module.state_dict(), "epoch": epoch + 1}, options.run / "best.pt")
            save(state | {k: v.state_dict() for k, v in parts.items()}, options.run / "last.pt")


def resume(run: Path, parts: dict[str, object], device: torch.device) -> dict[str, float]:
    """Load what an earlier run left; returns how far it had come."""
    run.mkdir(parents=True, exist_ok=True)
    if not (run / "last.pt").exists():
        return {"epoch": 0, "best": math.inf}
    saved = torch.load(run / "last.pt", map_location=device, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    return {name: saved[name] for name in ("epoch", "best")}


def save(state: dict[str, object], path: Path) -> None:
    """Whole or not at all: a stop in the middle leaves the former file."""
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder with music/pop909_structure.zip"
    )
    parser.add_argument("--run", type=Path, default=Path("runs/melody"), help="where checkpoints go")
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--batch", type=int, default=24, help="windows of 96 notes")
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--dropout", type=float, default=0.55)
    parser.add_argument("--units", type=int, default=384)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
