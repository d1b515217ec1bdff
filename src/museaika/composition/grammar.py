"""Which chord likes to follow which.

Chords have functions. The tonic rests, the dominant wants to go home, the subdominants lead away; each mode
has its own habits, written here as tables (the weights lean on chord statistics of 909 pop songs). A walk
through a table knows where it must arrive: backward weights tell every step how likely it still reaches the
cadence, so that no walk ends in the wrong place.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from museaika.composition.theory import MINOR_LIKE

Grammar = Mapping[str, Mapping[str, float]]

GRAMMARS: Mapping[str, Grammar] = MappingProxyType(
    {
        "major": {
            "I": {"V": 5, "IV": 5, "vi": 5, "ii": 2.5, "iii": 2},
            "ii": {"V": 8, "IV": 1, "vi": 0.8, "iii": 0.5, "I": 0.5},
            "iii": {"vi": 5, "IV": 5, "ii": 1},
            "IV": {"V": 6, "I": 4, "ii": 1.5, "iii": 1.5, "vi": 1.2},
            "V": {"I": 6, "vi": 5, "IV": 2, "iii": 0.8},
            "vi": {"IV": 6, "ii": 4, "V": 3, "iii": 1.2, "I": 0.6},
        },
        "minor": {
            "i": {"bVI": 5, "iv": 4, "bVII": 4, "bIII": 2, "v": 1.5, "V": 1.5},
            "bIII": {"bVII": 4, "bVI": 4, "iv": 2, "i": 1},
            "iv": {"V": 5, "i": 4, "bVII": 3, "bVI": 1},
            "v": {"i": 3, "bVI": 4, "iv": 1},
            "V": {"i": 8, "bVI": 2.5},
            "bVI": {"bVII": 5, "iv": 2.5, "V": 3.5, "i": 2, "bIII": 2},
            "bVII": {"i": 6, "bVI": 2.5, "bIII": 2, "v": 0.8},
        },
        "dorian": {
            "i": {"IV": 7, "bVII": 3, "bIII": 2, "ii": 2, "v": 1},
            "ii": {"i": 3, "v": 2, "bIII": 2},
            "bIII": {"IV": 4, "i": 2, "bVII": 2},
            "IV": {"i": 6, "bVII": 3, "v": 1},
            "v": {"i": 4, "IV": 2},
            "bVII": {"i": 4, "IV": 4},
        },
        "lydian": {
            "I": {"II": 6, "V": 3, "vi": 2.5, "iii": 2},
            "II": {"I": 5, "V": 3, "vi": 2, "iii": 1},
            "iii": {"vi": 3, "II": 3, "I": 1},
            "V": {"I": 6, "vi": 2, "II": 1},
            "vi": {"II": 4, "V": 3, "I": 2},
        },
        "mixolydian": {
            "I": {"bVII": 6, "IV": 5, "v": 1.5, "ii": 1.5, "vi": 1.5},
            "ii": {"IV": 3, "bVII": 2, "I": 2},
            "IV": {"I": 6, "bVII": 3, "ii": 1},
            "v": {"IV": 3, "I": 2, "bVII": 2},
            "vi": {"IV": 4, "bVII": 3},
            "bVII": {"IV": 5, "I": 5},
        },
        "phrygian": {
            "i": {"bII": 6, "bvii": 2, "iv": 3, "bVI": 3},
            "bII": {"i": 6, "bvii": 2, "bIII": 1.5, "iv": 1},
            "bIII": {"bII": 4, "iv": 2, "i": 1},
            "iv": {"i": 3, "bII": 4, "bVI": 1},
            "bVI": {"bII": 3, "i": 3, "bvii": 2},
            "bvii": {"i": 5, "bVI": 2},
        },
    }
)

CADENCES: Mapping[str, Mapping[str, tuple[tuple[tuple[str, ...], float], ...]]] = MappingProxyType(
    {
        "major": {
            "half": ((("V",), 6), (("ii", "V"), 3), (("IV", "V"), 3), (("IV",), 1.5)),
            "full": ((("V", "I"), 7), (("IV", "V", "I"), 3), (("ii", "V", "I"), 4), (("IV", "I"), 2)),
            "final": ((("ii", "V"), 4), (("IV", "V"), 4), (("V",), 3), (("IV",), 1.5)),
        },
        "minor": {
            "half": ((("V",), 5), (("iv", "V"), 3), (("bVI", "bVII"), 3), (("bVII",), 2)),
            "full": ((("V", "i"), 5), (("iv", "V", "i"), 3), (("bVI", "bVII", "i"), 4), (("iv", "i"), 2)),
            "final": ((("iv", "V"), 4), (("V",), 4), (("bVI", "V"), 2), (("bVI", "bVII"), 1.5)),
        },
        "dorian": {
            "half": ((("IV",), 4), (("bVII",), 2), (("v",), 1)),
            "full": ((("IV", "i"), 4), (("bVII", "i"), 3), (("v", "i"), 1)),
            "final": ((("IV",), 3), (("bVII",), 2), (("v",), 1.5)),
        },
        "lydian": {
            "half": ((("II",), 4), (("V",), 2)),
            "full": ((("II", "I"), 3), (("V", "I"), 4), (("II", "V", "I"), 2)),
            "final": ((("V",), 4), (("II", "V"), 3)),
        },
        "mixolydian": {
            "half": ((("bVII",), 3), (("IV",), 3)),
            "full": ((("bVII", "I"), 3), (("bVII", "IV", "I"), 4), (("IV", "I"), 2)),
            "final": ((("bVII", "IV"), 3), (("IV",), 2), (("bVII",), 2)),
        },
        "phrygian": {
            "half": ((("bII",), 4), (("bvii",), 1)),
            "full": ((("bII", "i"), 5), (("bvii", "i"), 2)),
            "final": ((("bII",), 4), (("iv", "bII"), 2)),
        },
    }
)
TONICS = {mode: ("i" if mode in MINOR_LIKE else "I") for mode in GRAMMARS}
OFF_TONIC: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "major": {"IV": 4, "vi": 4, "ii": 1.5, "iii": 0.7},
        "minor": {"bVI": 4, "iv": 2.5, "bIII": 3},
        "dorian": {"IV": 3, "bIII": 2, "bVII": 2},
        "lydian": {"II": 2, "vi": 3},
        "mixolydian": {"IV": 3, "bVII": 3},
        "phrygian": {"bVI": 3, "iv": 2, "bII": 1},
    }
)
_TENSE: Mapping[str, Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "minor": {
            "i": {"bII": 3, "#ivdim7": 2, "bvi": 1.2}, "bII": {"i": 4, "V": 5}, "#ivdim7": {"V": 4, "i": 2},
            "bvi": {"i": 4}, "iv": {"bII": 2, "iidim": 1}, "iidim": {"V": 4, "i": 1}, "bVI": {"bII": 1.5},
        },
        "phrygian": {"i": {"bvdim": 2}, "bvdim": {"i": 3, "bII": 3}, "bII": {"bvdim": 1}},
    }
)  # fmt: skip


def walk(
    grammar: Grammar, start: Mapping[str, float], ending: Sequence[str], length: int, rng: random.Random
) -> list[str]:
    """Draw a path of `length` degrees that begins by `start` and closes with `ending`, by the grammar's
    weights."""
    ending = tuple(ending)[-length:]
    free = length - len(ending)
    if free == 0:
        return list(ending)
    reach = [dict.fromkeys(grammar, 1.0) for _ in range(free)]
    reach[-1] = {node: grammar[node].get(ending[0], 0.0) for node in grammar}
    for i in range(free - 2, -1, -1):
        for node, follows in grammar.items():
            reach[i][node] = sum(weight * reach[i + 1].get(n, 0.0) for n, weight in follows.items())
    path: list[str] = []
    for i in range(free):
        options = grammar[path[-1]] if path else start
        weights = [weight * reach[i].get(node, 0.0) for node, weight in options.items()]
        nodes = list(options) if sum(weights) else list(grammar)
        path.append(rng.choices(nodes, weights if sum(weights) else [reach[i][n] + 1e-9 for n in nodes])[0])
    return path + list(ending)


def grammar_of(mode: str, tension: float) -> Grammar:
    """The mode's table; where it gets tense (above 0.35) its darker roads open."""
    extra = _TENSE.get(mode, {}) if tension > 0.35 else {}
    plain = GRAMMARS[mode]
    return {
        node: {**plain.get(node, {}), **{n: w * tension for n, w in extra.get(node, {}).items()}}
        for node in (*plain, *(n for n in extra if n not in plain))
    }
