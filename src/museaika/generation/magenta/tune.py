"""A Magenta network as a source of phrases.

The composer has settled rhythm, harmony and where the phrase closes. The network hears the tune so far and
then the phrase sixteenth by sixteenth; wherever a note is due, its opinion of each pitch is multiplied with
how welcome the pitch is there. All candidates are sung at once, as one batch.
"""

from __future__ import annotations

import bisect
import random
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from museaika.composition.phrase import PhraseTask, degrees_of, likeness, welcome
from museaika.composition.rhythm import STEP, Tone
from museaika.composition.score import ChordSpan
from museaika.composition.theory import scale
from museaika.generation.magenta.checkpoint import Checkpoint
from museaika.generation.magenta.encoding import FIRST_PITCH, HOLD, OFF, Encoding
from museaika.generation.magenta.network import Array, State

Ints = NDArray[np.int64]
LOOK_BACK = 64
"""Sixteenths of the tune so far that the network hears before a phrase."""


class Singer:
    """Sings with one checkpoint; `propose` is a `phrase.Proposer`."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._network, self._encoding = checkpoint.network, checkpoint.encoding

    def propose(self, task: PhraseTask, count: int, rng: random.Random) -> list[tuple[int, ...]]:
        """Candidate pitches for a phrase, drawn from the network under the constraints of the task."""
        voice = Voice(task, self._encoding)
        dice = np.random.Generator(np.random.PCG64(rng.getrandbits(64)))
        begin, end = voice.begin, _step(task.starts[-1])
        logits, state = self._hear_before(voice, begin)
        logits, state = np.repeat(logits, count, axis=0), state.repeated(count)
        chosen = np.zeros((count, len(task.starts)), dtype=np.int64)
        for step in range(begin, end + 1):
            events = np.full(count, voice.rests(step))
            for i in voice.due(step):
                chosen[:, i] = voice.choose(logits, i, chosen[:, i - 1] if i else None, dice)
                events = voice.events_of(task.low + chosen[:, i])
            logits, state = self._network.step(
                self._encoding.write(events, voice.chord_at(step + 1), step), state
            )
        return [tuple(int(task.low + place) for place in row) for row in chosen]

    def _hear_before(self, voice: Voice, begin: int) -> tuple[Array, State]:
        """Listen to the tune so far, or to a moment's silence."""
        state = self._network.start()
        first = max(begin - LOOK_BACK, min(voice.sung, default=begin - 1))
        for step in range(min(first, begin - 1), begin):
            heard = np.array([voice.sung.get(step, HOLD)])
            inputs = self._encoding.write(heard, voice.chord_at(step + 1), step)
            logits, state = self._network.step(inputs, state)
        return logits, state


class Voice:
    """A phrase in the network's terms: sixteenths from the start of the piece, events, its range and key."""

    def __init__(self, task: PhraseTask, encoding: Encoding) -> None:
        self.task = task
        self.begin = _step(task.starts[0])
        self._pitches = np.arange(task.low, task.high + 1)
        self._heard_as = _heard_as(self._pitches, task.key, encoding)
        self._degrees = degrees_of(self._pitches, task.key)
        self._due: dict[int, list[int]] = {}
        for i, start in enumerate(task.starts):
            self._due.setdefault(_step(start), []).append(i)
        self._ends = {_step(s + d) for s, d in zip(task.starts, task.durations, strict=True)}
        spans = {chord.start: chord for chord in (*(chord for _, chord in task.before), *task.chords)}
        self._spans = [spans[start] for start in sorted(spans)]
        self.sung = self._sung([tone for tone, _ in task.before], encoding)

    def _sung(self, tones: Sequence[Tone], encoding: Encoding) -> Mapping[int, int]:
        """The tune so far as events by step."""
        events: dict[int, int] = {}
        for tone in tones:
            pitch = _heard_as(np.array([tone.pitch]), self.task.key, encoding)
            events[_step(tone.start)] = int(pitch[0])
            events[_step(tone.start + tone.duration)] = OFF
        return {step: event for step, event in events.items() if step < self.begin}

    def due(self, step: int) -> list[int]:
        """Which notes begin at a step."""
        return self._due.get(step, [])

    def rests(self, step: int) -> int:
        """The event of a step where no note begins."""
        return OFF if step in self._ends else HOLD

    def chord_at(self, step: int) -> ChordSpan:
        i = bisect.bisect_right(self._spans, step * STEP + 1e-6, key=lambda chord: chord.start)
        return self._spans[max(i - 1, 0)]

    def events_of(self, pitches: Ints) -> Ints:
        return self._heard_as[pitches - self.task.low]

    def choose(self, logits: Array, i: int, previous: Ints | None, dice: np.random.Generator) -> Ints:
        """Draw note `i` of every candidate, as its place in the range: the network's opinion (batch, events)
        times how welcome each pitch is, times how well it follows the motif."""
        opinion = logits[:, self._heard_as] + np.log(welcome(self.task, i, self._pitches))
        bias = likeness(self.task, i, self._degrees)
        if bias is not None and previous is not None:
            opinion = opinion + np.log(bias[previous])
        drawn: Ints = (opinion + dice.gumbel(size=opinion.shape)).argmax(axis=1)
        return drawn


def _heard_as(pitches: Ints, key: tuple[int, str], encoding: Encoding) -> Ints:
    """The event each pitch is heard as. Networks that are told no chords learnt everything in C major and
    A minor, so they hear the tune in that key; octaves beyond their range are folded into it."""
    shift = 0 if encoding.chords else -_relative_major(key)
    shifted = pitches + (shift + 12 if shift < -6 else shift)
    low, high = encoding.low, encoding.high
    below, above = np.maximum(low - shifted, 0), np.maximum(shifted - high, 0)
    folded = shifted + 12 * (-(-below // 12)) - 12 * (-(-above // 12))
    events: Ints = np.clip(folded, low, high) - low + FIRST_PITCH
    return events


def _relative_major(key: tuple[int, str]) -> int:
    """The tonic of the major key with the same notes, 0…11."""
    notes = set(scale(*key))
    return next(tonic for tonic in range(12) if set(scale(tonic, "major")) == notes)


def _step(beat: float) -> int:
    return round(beat / STEP)
