"""The expression network: a small residual CNN on a gray face, any lighting."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

WIDTHS = (24, 48, 96, 160)


class Block(nn.Module):
    """Two 3 x 3 convolutions and a way around them."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.around = (
            nn.Identity()
            if same
            else nn.Sequential(
                nn.AvgPool2d(stride) if stride > 1 else nn.Identity(),
                nn.Conv2d(inputs, outputs, 1, bias=False),
                nn.BatchNorm2d(outputs),
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu(self.first_norm(self.first(x)))
        return F.relu(self.second_norm(self.second(inner)) + self.around(x))


class ExpressionNet(nn.Module):
    """`(n, 1, 48, 48)` gray, any scale of brightness -> `(n, 8)` logits and `(n, 7)` for FER2013's labels.

    Other sides that are multiples of 8 will do, too.
    """

    def __init__(self, classes: int = 8, second_opinion: int = 7) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.stem = nn.Sequential(nn.Conv2d(1, a, 3, 1, 1, bias=False), nn.BatchNorm2d(a), nn.ReLU())
        self.body = nn.Sequential(
            Block(a, b, 2), Block(b, c, 2), Block(c, c, 1), Block(c, d, 2), Block(d, d, 1)
        )
        self.dropout = nn.Dropout(0.2)
        self.votes = nn.Linear(d, classes)
        self.label = nn.Linear(d, second_opinion)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self.dropout(self.body(self.stem(standardise(x))).mean((2, 3)))
        return self.votes(features), self.label(features)


def standardise(x: Tensor) -> Tensor:
    """Each image to mean 0 and deviation 1: brightness and contrast say nothing about a face."""
    centred = x - x.mean((1, 2, 3), keepdim=True)
    return centred / (centred.square().mean((1, 2, 3), keepdim=True) + 1e-4).sqrt()


class Answer(nn.Module):
    """What is shipped: the probabilities of both heads, each with the temperature that calibrates it."""

    def __init__(self, net: ExpressionNet, temperatures: tuple[float, float]) -> None:
        super().__init__()
        self.net = net
        self.temperatures = temperatures

    def forward(self, face: Tensor) -> tuple[Tensor, ...]:
        return tuple((x / t).softmax(1) for x, t in zip(self.net(face), self.temperatures, strict=True))
