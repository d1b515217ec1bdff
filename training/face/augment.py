"""What a camera does to a face: nearer, tilted, off centre, mirrored, darker, blurred, half covered."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F


def augment(faces: Tensor) -> Tensor:
    """`(n, 1, 48, 48)` in 0…1 -> the same shape, every face seen another way."""
    seen = _moved(faces)
    seen = _relit(seen)
    seen = torch.where(_chance(seen, 0.2), _blurred(seen), seen)
    seen = seen + torch.randn_like(seen) * 0.02 * torch.rand(len(seen), 1, 1, 1, device=seen.device)
    return _half_covered(seen)


def _moved(faces: Tensor) -> Tensor:
    """Scale 0.8…1.25, turn ±14°, shear, shift ±8 %, mirror every second one."""
    n, device = len(faces), faces.device
    angle = _between(n, -0.25, 0.25, device)
    zoom = torch.exp(_between(n, math.log(0.80), math.log(1.25), device))
    stretch = torch.exp(_between(n, -0.08, 0.08, device))
    mirror = torch.where(torch.rand(n, device=device) < 0.5, -1.0, 1.0)
    matrix = torch.zeros(n, 2, 3, device=device)
    matrix[:, 0, 0] = angle.cos() * zoom * stretch * mirror
    matrix[:, 0, 1] = -angle.sin() * zoom + _between(n, -0.06, 0.06, device)
    matrix[:, 1, 0] = angle.sin() * zoom * mirror
    matrix[:, 1, 1] = angle.cos() * zoom / stretch
    matrix[:, :, 2] = _between(2 * n, -0.16, 0.16, device).view(n, 2)
    grid = F.affine_grid(matrix, list(faces.shape), align_corners=False)
    return F.grid_sample(faces, grid, mode="bilinear", padding_mode="border", align_corners=False)


def _relit(faces: Tensor) -> Tensor:
    """Gamma 0.7…1.4, and a light from one side."""
    n, device = len(faces), faces.device
    gamma = torch.exp(_between(n, math.log(0.7), math.log(1.4), device)).view(n, 1, 1, 1)
    ramp = torch.linspace(-1, 1, faces.shape[-1], device=device)
    side = _between(n, -0.25, 0.25, device).view(n, 1, 1, 1) * ramp.view(1, 1, 1, -1)
    return faces.clamp(0, 1).pow(gamma) * (1 + side)


def _blurred(faces: Tensor) -> Tensor:
    """As a small face far away: halved and brought back."""
    small = F.avg_pool2d(faces, 2)
    return F.interpolate(small, size=faces.shape[-2:], mode="bilinear", align_corners=False)


def _half_covered(faces: Tensor) -> Tensor:
    """A hand, a microphone, hair: one rectangle of up to 0.4 of a side, on every fourth face."""
    n, size, device = len(faces), faces.shape[-1], faces.device
    at = torch.arange(size, device=device).view(1, -1)
    centre, half = (
        torch.rand(2, n, 1, device=device) * size,
        _between(2 * n, 2, 0.2 * size, device).view(2, n, 1),
    )
    column, row = ((at - c).abs() < h for c, h in zip(centre, half, strict=True))
    covered = (column[:, None, None, :] & row[:, None, :, None]) & _chance(faces, 0.25)
    return torch.where(covered, torch.rand(n, 1, 1, 1, device=device), faces)


def _between(n: int, low: float, high: float, device: torch.device) -> Tensor:
    return low + (high - low) * torch.rand(n, device=device)


def _chance(faces: Tensor, share: float) -> Tensor:
    return torch.rand(len(faces), 1, 1, 1, device=faces.device) < share
