"""A musician who listens note by note: two LSTM layers, and three opinions on the next pitch.

One opinion is on its place in the octave above the tonic, one on the step from the last note, one on its
height in the tune's range. A pitch's score is their sum, so what is learnt of a step in one place of the
scale is known in all.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from museaika.composition.hearing import INPUTS, OPINIONS

UNITS, LAYERS = 384, 2


class MelodyNet(nn.Module):
    """(notes, batch, INPUTS) and a state of two (LAYERS, batch, UNITS) → opinions (notes, batch, OPINIONS)."""

    def __init__(self, units: int = UNITS, dropout: float = 0.4) -> None:
        super().__init__()
        self.lstm = nn.LSTM(INPUTS, units, LAYERS, dropout=dropout)
        self.drop = nn.Dropout(dropout)
        self.exit = nn.Linear(units, OPINIONS)

    def forward(
        self, heard: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        said, state = self.lstm(heard, state)
        return self.exit(self.drop(said)), state


def scores(opinions: Tensor, places: Tensor) -> Tensor:
    """Log-probabilities (…, pitches) from opinions; `places` (…, pitches, 3) says where to look each one up."""
    flat = torch.gather(opinions.float(), -1, places.flatten(-2))
    return flat.unflatten(-1, places.shape[-2:]).sum(-1).log_softmax(-1)
