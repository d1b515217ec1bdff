"""all-MiniLM-L6-v2 in sixty lines: six BERT layers, mean pooling, unit length.

Parameter names are those of the published checkpoint, so that it loads without a translation table.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH, HEADS, LAYERS, INNER, VOCABULARY, POSITIONS = 384, 12, 6, 1536, 30522, 512
DROPOUT = 0.1


def _norm() -> nn.LayerNorm:
    return nn.LayerNorm(WIDTH, eps=1e-12)


class Layer(nn.Module):
    """Self-attention and a feed-forward net, each added to its input and normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.ModuleDict(
            {
                "self": nn.ModuleDict({name: nn.Linear(WIDTH, WIDTH) for name in ("query", "key", "value")}),
                "output": nn.ModuleDict({"dense": nn.Linear(WIDTH, WIDTH), "LayerNorm": _norm()}),
            }
        )
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(WIDTH, INNER)})
        self.output = nn.ModuleDict({"dense": nn.Linear(INNER, WIDTH), "LayerNorm": _norm()})

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, length, _ = x.shape
        parts = [self.attention["self"][name] for name in ("query", "key", "value")]
        three = F.linear(x, torch.cat([p.weight for p in parts]), torch.cat([p.bias for p in parts]))
        q, k, v = three.view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        weights = torch.softmax(q @ k.transpose(-1, -2) / (WIDTH // HEADS) ** 0.5 + bias, dim=-1)
        mixed = (weights @ v).transpose(1, 2).reshape(batch, length, WIDTH)
        out = self.attention["output"]
        x = out["LayerNorm"](x + F.dropout(out["dense"](mixed), DROPOUT, self.training))
        inner = F.gelu(self.intermediate["dense"](x))
        return self.output["LayerNorm"](x + F.dropout(self.output["dense"](inner), DROPOUT, self.training))


class Encoder(nn.Module):
    """Ids and their mask, both (batch, length), to sentence vectors of length one, (batch, 384)."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = nn.ModuleDict(
            {
                "word_embeddings": nn.Embedding(VOCABULARY, WIDTH),
                "position_embeddings": nn.Embedding(POSITIONS, WIDTH),
                "token_type_embeddings": nn.Embedding(2, WIDTH),
                "LayerNorm": _norm(),
            }
        )
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList([Layer() for _ in range(LAYERS)])})

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        table = self.embeddings
        places = torch.arange(ids.shape[1], device=ids.device)
        x = table["word_embeddings"](ids) + table["position_embeddings"](places)
        x = table["LayerNorm"](x + table["token_type_embeddings"].weight[0])
        shown = mask.to(x.dtype)
        bias = (1.0 - shown)[:, None, None, :] * -10_000.0
        for layer in self.encoder["layer"]:
            x = layer(x, bias)
        pooled = (x * shown[:, :, None]).sum(1) / shown.sum(1, keepdim=True)
        return F.normalize(pooled, dim=-1)


def load_encoder(folder: Path) -> Encoder:
    """The published weights out of a folder that holds `model.safetensors`."""
    weights = load_file(folder / "model.safetensors")
    unused = {"embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"}
    encoder = Encoder()
    encoder.load_state_dict({name: value for name, value in weights.items() if name not in unused})
    return encoder.eval()
