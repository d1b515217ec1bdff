"""The recurrent networks of Magenta.js, as `music_rnn/model.ts` and `attention.ts` compute them.

A stack of LSTM cells reads one event a sixteenth and says how likely each next event is. With attention, the
stack also looks back at what it said lately (40 steps, say) and takes in what it finds there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
FORGET_BIAS = np.float32(1.0)


@dataclass(frozen=True, slots=True)
class Cell:
    """One LSTM layer: `kernel` (inputs + units, 4 · units) and `bias` (4 · units), gates in the order input,
    candidate, forget, output (`tf.basicLSTMCell`)."""

    kernel: Array
    bias: Array

    @property
    def units(self) -> int:
        return len(self.bias) // 4

    def step(self, inputs: Array, c: Array, h: Array) -> tuple[Array, Array]:
        gates = np.concatenate((inputs, h), axis=1) @ self.kernel + self.bias
        enter, candidate, forget, leave = np.split(gates, 4, axis=1)
        c = _sigmoid(enter) * np.tanh(candidate) + c * _sigmoid(forget + FORGET_BIAS)
        return c, np.tanh(c) * _sigmoid(leave)


@dataclass(frozen=True, slots=True)
class Attention:
    """What the wrapper adds: `entry` mixes the input with what was last found, `key` and `query` are compared
    through `score` (a vector), `exit` mixes the top layer with what is found; `entry` and `exit` are (kernel,
    bias). TensorFlow has a bias in `query` too, which Magenta.js leaves out, and so do we."""

    length: int
    entry: tuple[Array, Array]
    key: Array
    query: Array
    score: Array
    exit: tuple[Array, Array]


@dataclass(frozen=True, slots=True)
class State:
    """What a network remembers, for a batch: `c` and `h` by layer (batch, units); with attention, `found`
    (batch, units) and its latest outputs `past` (batch, length, units), oldest first."""

    c: tuple[Array, ...]
    h: tuple[Array, ...]
    found: Array
    past: Array

    def repeated(self, count: int) -> State:
        """The state of a batch of one, `count` times."""
        return State(
            tuple(np.repeat(c, count, axis=0) for c in self.c),
            tuple(np.repeat(h, count, axis=0) for h in self.h),
            np.repeat(self.found, count, axis=0),
            np.repeat(self.past, count, axis=0),
        )


class Network:
    """`cells` from below, then one `exit` layer (kernel, bias) to the logits of the next event."""

    def __init__(self, cells: Sequence[Cell], exit: tuple[Array, Array], attention: Attention | None) -> None:
        self.cells = tuple(cells)
        self.exit = exit
        self.attention = attention

    @property
    def inputs(self) -> int:
        """How many numbers it takes a step."""
        if self.attention:
            return len(self.attention.entry[0]) - self.cells[0].units
        return len(self.cells[0].kernel) - self.cells[0].units

    @property
    def events(self) -> int:
        """How many different events it tells apart."""
        return len(self.exit[1])

    def start(self, batch: int = 1) -> State:
        """Nothing heard yet."""
        layers = tuple(np.zeros((batch, cell.units), dtype=np.float32) for cell in self.cells)
        length = self.attention.length if self.attention else 0
        units = self.cells[0].units
        past = np.zeros((batch, length, units), dtype=np.float32)
        return State(layers, layers, np.zeros((batch, units), dtype=np.float32), past)

    def step(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Hear one event, (batch, inputs); returns the logits of the next, (batch, events)."""
        if self.attention is None:
            c, h = self._climb(inputs, state)
            return h[-1] @ self.exit[0] + self.exit[1], State(c, h, state.found, state.past)
        said, state = self._attend(self.attention, inputs, state)
        return said @ self.exit[0] + self.exit[1], state

    def _climb(self, inputs: Array, state: State) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        cs, hs = [], []
        for cell, c, h in zip(self.cells, state.c, state.h, strict=True):
            c, inputs = cell.step(inputs, c, h)
            cs.append(c)
            hs.append(inputs)
        return tuple(cs), tuple(hs)

    def _attend(self, attention: Attention, inputs: Array, state: State) -> tuple[Array, State]:
        entered = _linear(np.concatenate((inputs, state.found), axis=1), attention.entry)
        c, h = self._climb(entered, state)
        asked = np.concatenate([part for layer in zip(c, h, strict=True) for part in layer], axis=1)
        likeness = np.tanh(state.past @ attention.key + (asked @ attention.query)[:, np.newaxis])
        weights = _softmax(likeness @ attention.score)
        found = np.einsum("bl,blu->bu", weights, state.past)
        said = _linear(np.concatenate((h[-1], found), axis=1), attention.exit)
        past = np.concatenate((state.past[:, 1:], said[:, np.newaxis]), axis=1)
        return said, State(c, h, found, past)


def _linear(inputs: Array, layer: tuple[Array, Array]) -> Array:
    result: Array = inputs @ layer[0] + layer[1]
    return result


def _sigmoid(x: Array) -> Array:
    result: Array = np.float32(0.5) * (np.tanh(np.float32(0.5) * x) + np.float32(1.0))
    return result


def _softmax(x: Array) -> Array:
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    result: Array = powers / powers.sum(axis=1, keepdims=True)
    return result
