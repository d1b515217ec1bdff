"""How well does the shipped network foresee tunes it never heard? Beside counts that foresee without hearing.

    python training/music/evaluate_melody.py --data ../shared/data

Every tenth song of POP909 was kept from training and choosing. For each of their notes every reader gives each
pitch within two octaves of the tune's middle a probability: the network (without the planned curve, which
would tell on the tune), the network deaf to what was sung bars ago, the composer's lattice (its tables were
counted with these songs among the rest, so it has an advantage), and Markov chains of steps of the scale
counted on the training songs. Printed: mean loss in nats a note (e to the power of it is how many pitches it
wavers between) and how often the likeliest pitch was sung. `--card` writes them to the card.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from songs import ECHO, PLAN, Song, inputs_of, part_of, read_songs

from museaika.composition.hearing import HEIGHTS, opinion_places
from museaika.composition.improviser import WEIGHTS, Ear
from museaika.composition.lattice import tables

Reader = Callable[[Song], np.ndarray]
"""Log-probabilities (notes, pitches) for the pitches of `choices`."""


def choices(song: Song) -> np.ndarray:
    middle = round(song.line.centre)
    return np.arange(middle - HEIGHTS, middle + HEIGHTS + 1)


def log_softmax(x: np.ndarray) -> np.ndarray:
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def by_network(ear: Ear, hidden: tuple[object, ...]) -> Reader:
    """The network, with some of its inputs hidden."""

    def read(song: Song) -> np.ndarray:
        heard = inputs_of(song)
        for columns in hidden:
            heard[:, columns] = 0.0
        opinions = ear.listen(heard[:, None], None)[0][:, 0]
        last = np.append(-1, song.pitches[:-1])
        places = opinion_places(choices(song), last, song.line.tonic, song.line.centre)
        return log_softmax(opinions[np.arange(len(last))[:, None, None], places].sum(-1))

    return read


def by_lattice(song: Song) -> np.ndarray:
    """The composer's tables: a step after a step, times the place above the chord's root by beat strength."""
    pitches, known = choices(song), tables()
    steps = np.clip(np.diff(song.pitches, prepend=song.pitches[:1]), -12, 12)
    scores = np.zeros((len(song.pitches), len(pitches)))
    for i, (root, *tones) in enumerate(song.line.chords):
        if i:
            move = pitches - song.pitches[i - 1]
            scores[i] += np.log(known.intervals[steps[i - 1] + 12, np.clip(move, -12, 12) + 12])
            scores[i] -= 3.0 * (abs(move) > 12)
        if root >= 0:
            minor = tones[(root + 3) % 12] and not tones[(root + 4) % 12]
            scores[i] += np.log(known.chord_tones[int(minor), song.line.levels[i], (pitches - root) % 12])
    return log_softmax(scores)


def by_markov(songs: list[Song], order: int) -> Reader:
    """A chain over places in the scale's octave and steps: (mode family, last `order` moves, place of the last
    note) → move, smoothed by the chains of lower order."""
    counts: list[Counter[tuple]] = [Counter() for _ in range(order + 1)]
    totals: list[Counter[tuple]] = [Counter() for _ in range(order + 1)]

    def contexts(pitches: np.ndarray, i: int, tonic: int, minor: bool) -> list[tuple]:
        moves = tuple(np.diff(pitches[max(0, i - order) : i]).tolist())
        place = (int(pitches[i - 1]) - tonic) % 12
        return [(minor, place, *moves[len(moves) - k :]) if k else () for k in range(order + 1)]

    def minor(song: Song) -> bool:
        return song.mode in ("minor", "dorian", "phrygian")

    for song in songs:
        for i in range(1, len(song.pitches)):
            move = int(song.pitches[i] - song.pitches[i - 1])
            for k, context in enumerate(contexts(song.pitches, i, song.line.tonic, minor(song))):
                counts[k][(*context, move)] += 1
                totals[k][context] += 1

    def read(song: Song) -> np.ndarray:
        pitches = choices(song)
        chances = np.full((len(song.pitches), len(pitches)), 1 / len(pitches))
        for i in range(1, len(song.pitches)):
            for k, context in enumerate(contexts(song.pitches, i, song.line.tonic, minor(song))):
                found = np.array([counts[k][(*context, int(p - song.pitches[i - 1]))] for p in pitches])
                chances[i] = (found + 6.0 * chances[i]) / (totals[k][context] + 6.0)
            chances[i] /= chances[i].sum()
        return np.log(chances)

    return read


def measure(reader: Reader, songs: list[Song]) -> tuple[float, float]:
    """Mean loss in nats and share of notes whose likeliest pitch was sung."""
    loss = right = notes = 0
    for song in songs:
        said = reader(song)
        answers = np.clip(song.pitches - choices(song)[0], 0, 2 * HEIGHTS)
        loss -= said[np.arange(len(answers)), answers].sum()
        right += (said.argmax(-1) == answers).sum()
        notes += len(answers)
    return loss / notes, right / notes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder with music/pop909_structure.zip"
    )
    parser.add_argument("--weights", type=Path, default=WEIGHTS / "melody.onnx")
    parser.add_argument("--part", choices=("test", "valid"), default="test")
    parser.add_argument("--card", action="store_true", help="write figures and sum into melody.card.md")
    options = parser.parse_args()
    songs = list(read_songs(options.data))
    learnt = [song for song in songs if part_of(song.number) == "train"]
    unheard = [song for song in songs if part_of(song.number) == options.part]
    ear = Ear(options.weights)
    readers: dict[str, Reader] = {
        "the network": by_network(ear, (PLAN,)),
        "the network, told the planned curve too": by_network(ear, ()),
        "the network, deaf to bars ago": by_network(ear, (PLAN, ECHO)),
        "the lattice's tables": by_lattice,
        "Markov chain, one move back": by_markov(learnt, 1),
        "Markov chain, three moves back": by_markov(learnt, 3),
    }
    notes = sum(len(song.pitches) for song in unheard)
    title = f"{len(unheard)} unheard songs, {notes} notes"
    table, rows = Table("reader", "loss (nats)", "right", title=title), []
    for name, reader in readers.items():
        loss, right = measure(reader, unheard)
        table.add_row(name, f"{loss:.3f}", f"{right:.1%}")
        rows.append(f"| {name} | {loss:.3f} | {right:.1%} |")
    Console().print(table)
    if options.card:
        write_card(options.weights, f"On {title} ({options.part} split by song):", rows)


def write_card(weights: Path, title: str, rows: list[str]) -> None:
    card = weights.with_suffix(".card.md")
    text = card.read_text("utf-8")
    table = "\n".join((title, "", "| reader | loss, nats a note | right |", "|---|---:|---:|", *rows))
    text = re.sub(r"(?<=<!-- measured -->\n).*?(?=\n<!-- end -->)", lambda _: table, text, flags=re.S)
    total = hashlib.sha256(weights.read_bytes()).hexdigest()
    card.write_text(re.sub(r"sha256: `[^`]*`", f"sha256: `{total}`", text), "utf-8")


if __name__ == "__main__":
    main()
