"""Improvising: singing a phrase note by note, each note chosen by what was sung before.

Someone who has sung nine hundred songs has an ear for where a line wants to go: down after a leap up, to the
chord that is coming, back to what was heard two bars ago. Here that ear is a small recurrent network, trained
on 909 pop songs (see `weights/melody.card.md`). It is told the rhythm, the chords, the place in the phrase and
the curve that are planned (`hearing`), and says how well each pitch would go on.

The plan has the last word. A whole choir of candidates sings at once, and for every note the network's opinion
is weighed with the rules of the house: the range and the scale, chord tones where the beat is strong, a step
back after a leap, the notes a cadence may close on, the motif that is to come back, and never eight notes of a
known song.
"""

from __future__ import annotations

import bisect
import random
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from museaika.composition.hearing import (
    NONE,
    Floats,
    Ints,
    Line,
    echoes,
    memories,
    opinion_places,
    settings,
)
from museaika.composition.originality import RUN, quotations
from museaika.composition.phrase import PhraseTask, degrees_of, likeness, rules
from museaika.composition.rhythm import STEP, steps_in_bar, strength
from museaika.composition.score import ChordSpan
from museaika.composition.theory import chord_tones, scale

WEIGHTS = Path(__file__).parent / "weights"
LAYERS, UNITS = 2, 384
TRIES = 4
"""So many pitches are tried when the best would finish a quotation; the editor passes over what is left."""
State = tuple[Floats, Floats]
"""What the network remembers: `h` and `c`, each (LAYERS, batch, UNITS)."""


class Ear:
    """The network. `listen` may be called by many threads at once."""

    def __init__(self, weights: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])

    def listen(self, heard: Floats, state: State | None) -> tuple[Floats, State]:
        """Hear notes (notes, batch, INPUTS) from a state, or from silence.
        Returns the opinions on each next pitch (notes, batch, OPINIONS) and the state after them."""
        if state is None:
            nothing = np.zeros((LAYERS, heard.shape[1], UNITS), np.float32)
            state = nothing, nothing
        opinions, h, c = self._session.run(None, {"heard": heard, "h": state[0], "c": state[1]})
        return opinions, (h, c)


@lru_cache(maxsize=1)
def trained_ear() -> Ear:
    """The ear that is shipped, loaded once, when the first tune is written."""
    return Ear(WEIGHTS / "melody.onnx")


def improvise(task: PhraseTask, count: int, rng: random.Random) -> list[tuple[int, ...]]:
    """Sing `count` candidates for a phrase; a `phrase.Proposer`."""
    return Choir(task, count, trained_ear()).sing(np.random.Generator(np.random.PCG64(rng.getrandbits(64))))


class Choir:
    """`count` voices that improvise on one phrase at the same time."""

    def __init__(self, task: PhraseTask, count: int, ear: Ear) -> None:
        self.task, self.count, self.ear = task, count, ear
        self.line, before = line_of(task)
        self.first = len(before)
        self.range = np.arange(task.low, task.high + 1)
        self.degrees = degrees_of(self.range, task.key)
        self.sung = np.full((count, len(self.line.onsets)), NONE, np.int64)
        self.sung[:, : self.first] = before
        self._settings = settings(self.line)
        self._echoes = echoes(self.line.onsets, self.line.bar)

    def sing(self, dice: np.random.Generator) -> list[tuple[int, ...]]:
        state = self._warm_up()
        for i in range(len(self.task.starts)):
            at = self.first + i
            opinions, state = self.ear.listen(self._heard(slice(at, at + 1), self.sung), state)
            self.sung[:, at] = self._choose(i, opinions[0], dice)
        return [tuple(int(p) for p in row) for row in self.sung[:, self.first :]]

    def _warm_up(self) -> State | None:
        """Listen to the tune so far, once for all voices."""
        if not self.first:
            return None
        _, (h, c) = self.ear.listen(self._heard(slice(0, self.first), self.sung[:1]), None)
        return np.repeat(h, self.count, axis=1), np.repeat(c, self.count, axis=1)

    def _heard(self, notes: slice, sung: Ints) -> Floats:
        """The network's inputs for some notes of the line, (notes, voices, INPUTS)."""
        line, at = self.line, np.arange(notes.start, notes.stop)
        memory = memories(sung, at, self._echoes[notes], line.targets[notes], line.tonic, line.centre)
        known = np.broadcast_to(self._settings[notes], (len(sung), len(at), self._settings.shape[1]))
        return np.concatenate((known, memory), axis=-1).transpose(1, 0, 2).astype(np.float32)

    def _choose(self, i: int, opinions: Floats, dice: np.random.Generator) -> Ints:
        """Draw note `i` of every voice: the network's opinion times the rules; quotations are drawn again."""
        task, at = self.task, self.first + i
        last = self.sung[:, at - 1] if at else np.full(self.count, NONE)
        places = opinion_places(self.range, last, self.line.tonic, self.line.centre)
        scores = opinions[np.arange(self.count)[:, None, None], places].sum(-1) / boldness(task)
        scores = scores + np.log(rules(task, i, self.range)) - ((self.range - task.targets[i]) / 6.0) ** 2 / 2
        if at >= 2:
            scores += _leap_rule(self.range, self.sung[:, at - 2 : at])
        bias = likeness(task, i, self.degrees)
        if bias is not None:
            scores += np.log(bias[np.clip(last - task.low, 0, len(self.range) - 1)])
        scores += dice.gumbel(size=scores.shape)
        return self._original(at, scores)

    def _original(self, at: int, scores: NDArray[np.float64]) -> Ints:
        """The best pitch of each voice that does not finish eight notes of a known song, if there is one."""
        chosen: Ints = scores.argmax(axis=1)
        if at < RUN - 1:
            return self.range[chosen]
        onsets = self.line.onsets[at - RUN + 1 : at + 1].tolist()
        for voice, past in enumerate(self.sung[:, at - RUN + 1 : at].tolist()):
            for place in scores[voice].argsort()[: -TRIES - 1 : -1]:
                if not quotations(list(zip(onsets, [*past, int(self.range[place])], strict=True))):
                    chosen[voice] = place
                    break
        return self.range[chosen]


def boldness(task: PhraseTask) -> float:
    """The temperature of the choice: the livelier the mood, the less it keeps to the likeliest note."""
    return 0.75 + 0.3 * task.feel.energy


def _leap_rule(pitches: Ints, last: Ints) -> NDArray[np.float64]:
    """After a leap (over a fourth) a step back is favoured and a leap further on discouraged; (voices,
    pitches). `last` (voices, 2) are the two notes before."""
    leap = last[:, 1] - last[:, 0]
    step = pitches - last[:, 1:]
    back = np.sign(step) == -np.sign(leap)[:, None]
    favour = np.where(back & (abs(step) <= 2), 0.5, np.where((abs(step) > 4) & ~back, -1.5, 0.0))
    return favour * (abs(leap) > 5)[:, None]


def line_of(task: PhraseTask) -> tuple[Line, Ints]:
    """A task in the network's terms, the tune so far before it; and the pitches of the tune so far."""
    before = [tone for tone, _ in task.before if tone.start < task.starts[0]]
    starts = [*(tone.start for tone in before), *task.starts]
    lengths = [*(tone.duration for tone in before), *task.durations]
    onsets = np.array([_step(at - task.origin) for at in starts])
    under = [max(0, bisect.bisect_right(task.harmony, at + 1e-6, key=_start) - 1) for at in starts]
    chords = np.array([_chord(chord) for chord in task.harmony])
    turns = np.array([_step(chord.start + chord.duration - task.origin) for chord in task.harmony])
    line = Line(
        onsets=onsets,
        lengths=np.array(lengths, np.float32) / np.float32(STEP),
        levels=np.array([strength(at, task.metre) for at in onsets.tolist()]),
        chords=chords[under],
        awaited=chords[np.minimum(np.array(under) + 1, len(chords) - 1)],
        turns=turns[under],
        phrases=np.array([_phrase(task, at) for at in starts]),
        targets=np.array([*[np.nan] * len(before), *task.targets], np.float32),
        tonic=task.key[0],
        scale=scale(*task.key),
        centre=(task.low + task.high) / 2,
        bar=steps_in_bar(task.metre),
    )
    return line, np.array([tone.pitch for tone in before], np.int64)


def _phrase(task: PhraseTask, at: float) -> tuple[int, int]:
    """Begin and end of the phrase a moment lies in, in sixteenths."""
    for begin, end in reversed(task.spans):
        if begin - 1e-6 <= at < end:
            return _step(begin - task.origin), _step(end - task.origin)
    return NONE, NONE


def _chord(chord: ChordSpan) -> list[int]:
    tones = chord_tones(chord.root, chord.quality)
    return [chord.root, *(int(c in tones) for c in range(12))]


def _start(chord: ChordSpan) -> float:
    return chord.start


def _step(beats: float) -> int:
    return round(beats / STEP)
