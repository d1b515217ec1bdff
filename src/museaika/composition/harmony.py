"""Harmony: a walk through the key that knows where it must arrive.

Chords have functions. The tonic rests, the dominant wants to go home, the subdominants lead away; each mode has
its own habits, written below as a table of which chord likes to follow which (the weights lean on chord
statistics of 909 pop songs). A phrase fixes its beginning and its cadence and walks between them: backward
weights tell every step how likely it still reaches the cadence, so no walk ends in the wrong place.

The plain triads are then coloured: sevenths and ninths where the style likes them, a dominant borrowed from the
key of the next chord, the minor subdominant in a major key when it grows wistful, the Neapolitan and diminished
chords where it gets tense. Last, the bass may take a third or fifth so that it walks by step.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from museaika.composition.brief import Brief
from museaika.composition.form import Form, SectionPlan
from museaika.composition.score import ChordSpan
from museaika.composition.theory import (
    MINOR_LIKE,
    QUALITIES,
    chord_tones,
    is_minor_quality,
    roman,
    scale,
    symbol,
)

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
_TONIC = {mode: ("i" if mode in MINOR_LIKE else "I") for mode in GRAMMARS}
_OFF_TONIC: Mapping[str, Mapping[str, float]] = MappingProxyType(
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

Chord = tuple[int, str, int]
"""(root, quality, bass), all absolute pitch classes."""


def walk(
    grammar: Grammar, start: Mapping[str, float], ending: Sequence[str], length: int, rng: random.Random
) -> list[str]:
    """Draw a path of `length` degrees that begins by `start` and closes with `ending`, by the grammar's weights."""
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


class _Progressions:
    """Writes the chords of each theme once and recalls them, with a fresh cadence, whenever it returns."""

    def __init__(self, brief: Brief, rng: random.Random) -> None:
        self._brief, self._rng = brief, rng
        self._memory: dict[tuple[str, str, int], list[str]] = {}
        self._loops: dict[str, bool] = {}

    def phrase(self, section: SectionPlan, index: int, slots: int, cadence: str) -> list[str]:
        mode, theme = section.key[1], section.theme or "A"
        looping = self._loops.setdefault(theme, self._rng.random() < 0.55)
        key = (theme, mode, slots) if looping else (f"{theme}{index % 2}", mode, slots)
        grammar = grammar_of(mode, section.feel.tension)
        if key not in self._memory:
            on_tonic = theme in ("A", "D") or self._rng.random() < 0.25
            start = {_TONIC[mode]: 1.0} if on_tonic else _OFF_TONIC[mode]
            self._memory[key] = walk(
                grammar, start, self._ending(mode, "half" if looping else cadence), slots, self._rng
            )
        path = self._memory[key]
        if slots == 1:
            return [_TONIC[mode]]
        if cadence == "half" and (looping or section.occurrence):
            return list(path)
        ending = self._ending(mode, cadence)[-max(1, slots - 1) :]
        keep = max(1, slots - max(len(ending), 2))
        return path[:keep] + walk(grammar, grammar[path[keep - 1]], ending, slots - keep, self._rng)

    def _ending(self, mode: str, cadence: str) -> tuple[str, ...]:
        endings = CADENCES[mode][cadence]
        return self._rng.choices([e for e, _ in endings], [w for _, w in endings])[0]


def _slot_beats(brief: Brief, section: SectionPlan) -> float:
    """How long a chord lasts: by style, and longer when the pulse is fast or the mood is at rest."""
    bar = brief.bar_beats
    if bar == 3:
        return 3.0
    beats = brief.style.harmonic_rhythm
    if section.feel.tempo > 112 and beats < 4:
        beats = 4.0
    if section.feel.tempo < 76 and brief.style.name != "ambient" and section.theme == "B":
        beats = 2.0
    return beats


def _colour(
    degree: str, following: str | None, section: SectionPlan, brief: Brief, rng: random.Random
) -> tuple[int, str]:
    """Dress a degree: (root, quality), its root an absolute pitch class."""
    tonic, mode = section.key
    offset, quality = roman(degree)
    taste, feel = brief.style.colour, section.feel
    wistful = mode in ("major", "mixolydian") and -0.3 < feel.valence < 0.62 and feel.arousal < 0.1
    if degree == "IV" and wistful and following in ("I", "vi") and rng.random() < 0.30:
        quality = "min"
    if brief.style.name == "rock" and feel.valence < 0 and quality in ("maj", "min") and rng.random() < 0.6:
        quality = "5"
    elif degree == "V" and following in ("I", "i", None) and rng.random() < 0.25 + 0.6 * taste:
        quality = "7"
    elif degree == "V" and rng.random() < 0.12:
        quality = "sus4"
    elif degree == "i" and feel.tension > 0.45 and rng.random() < 0.22 * feel.tension:
        quality = "minmaj7"
    elif rng.random() < taste * 0.8:
        quality = _extended(degree, quality, mode, rng)
    return (tonic + offset) % 12, quality


def _extended(degree: str, quality: str, mode: str, rng: random.Random) -> str:
    if quality == "maj":
        dominant = (
            degree in ("V", "bVII")
            or (degree == "I" and mode == "mixolydian")
            or (degree == "IV" and mode == "dorian")
        )
        if degree == "II":
            return "maj"
        return rng.choice(("7", "9") if dominant else ("maj7", "maj7", "add9", "maj9"))
    if quality == "min":
        return (
            "min7"
            if degree in ("iii", "v") or mode == "phrygian"
            else rng.choice(("min7", "min7", "min9", "minadd9"))
        )
    return "min7b5" if quality == "dim" else quality


def _secondary_dominants(
    chords: list[tuple[int, str]], section: SectionPlan, brief: Brief, rng: random.Random
) -> None:
    """Now and then turn a chord into the dominant of the one that follows (A7 before D minor in C)."""
    tonic, mode = section.key
    if mode not in ("major", "minor") or section.feel.tension > 0.6:
        return
    chance = 0.05 + 0.16 * brief.style.colour
    for i in range(1, len(chords) - 2):
        target, quality = chords[i + 1]
        inside = set(scale(tonic, mode))
        if target == tonic or target not in inside or quality.startswith(("dim", "min7b5", "5")):
            continue
        if (target - tonic) % 12 in (2, 9, 7, 5, 8) and rng.random() < chance:
            chords[i] = ((target + 7) % 12, "7")


def write_harmony(brief: Brief, form: Form, rng: random.Random) -> tuple[ChordSpan, ...]:
    """Choose every chord of the piece, gap-free from beat 0 to the end of the last chord."""
    given = brief.chords is not None
    slots = _given(brief, form) if given else _invented(brief, form, rng)
    if form.final_beats:
        tonic, mode = form.sections[-1].key
        slots.append((form.end, form.final_beats, (tonic, _final_quality(brief, mode, rng), tonic)))
    chords = slots if given else _walking_basses(slots, form, brief, rng)
    return tuple(
        ChordSpan(start, beats, root, quality, bass, symbol(root, quality, bass, *form.section_at(start).key))
        for start, beats, (root, quality, bass) in _merged(chords, brief.bar_beats)
    )


Slot = tuple[float, float, Chord]


def _invented(brief: Brief, form: Form, rng: random.Random) -> list[Slot]:
    memory, slots = _Progressions(brief, rng), []
    for section in form.sections:
        if section.start >= form.end:
            continue
        for index, (first_bar, bars) in enumerate(section.phrases()):
            start = section.start + first_bar * form.bar_beats
            beats = min(bars * form.bar_beats, form.end - start)
            slot = min(_slot_beats(brief, section), beats)
            count = max(1, round(beats / slot))
            last = first_bar + bars >= section.bars
            cadence = section.cadence if last else "half"
            path = memory.phrase(section, index, count, cadence)
            dressed = [_colour(d, n, section, brief, rng) for d, n in zip(path, [*path[1:], None], strict=True)]
            _secondary_dominants(dressed, section, brief, rng)
            for i, (root, quality) in enumerate(dressed):
                at = start + i * slot
                end = start + beats if i == count - 1 else at + slot
                slots.append((at, end - at, (root, quality, root)))
    return slots


def _given(brief: Brief, form: Form) -> list[Slot]:
    """The caller's chords, bar by bar, round and round up to the last chord."""
    slots: list[Slot] = []
    bar = form.bar_beats
    for number, chords in zip(itertools.count(), itertools.cycle(brief.chords or ())):
        start = number * bar
        if start >= form.end - 1e-6:
            return slots
        share = bar / len(chords)
        for i, chord in enumerate(chords):
            at = start + round(i * share * 4) / 4
            until = min(start + round((i + 1) * share * 4) / 4, form.end)
            if until > at:
                slots.append((at, until - at, chord))
    return slots


def _final_quality(brief: Brief, mode: str, rng: random.Random) -> str:
    minor = mode in MINOR_LIKE
    if brief.style.name == "rock" and minor:
        return "5"
    if brief.style.colour > 0.5:
        return (
            "min9" if minor and mode != "phrygian" else "min7" if minor else rng.choice(("maj7", "6", "maj9"))
        )
    return "min" if minor else rng.choice(("maj", "maj", "add9"))


def _walking_basses(slots: list[Slot], form: Form, brief: Brief, rng: random.Random) -> list[Slot]:
    """Let the bass take a third or fifth where that makes it pass by step between its neighbours."""
    result = list(slots)
    for i in range(1, len(slots) - 1):
        at, beats, (root, quality, _) = slots[i]
        before, after = result[i - 1][2][2], slots[i + 1][2][0]
        if (at % form.bar_beats == 0 and form.section_at(at).start == at) or quality == "5" or root == before:
            continue
        options = [root, *chord_tones(root, quality)[1:3]]

        def roughness(bass: int, before: int = before, after: int = after) -> float:
            return sum(min((a - b) % 12, (b - a) % 12) for a, b in ((before, bass), (bass, after)))

        best = min(options, key=roughness)
        if best != root and roughness(best) <= 4 and before != after and rng.random() < 0.55:
            result[i] = (at, beats, (root, quality, best))
    return result


def _merged(slots: list[Slot], bar: float) -> list[Slot]:
    """Join equal neighbours inside a bar; across a barline the chord is named again."""
    merged: list[Slot] = []
    for slot in slots:
        if merged and merged[-1][2] == slot[2] and slot[0] % bar and merged[-1][0] // bar == slot[0] // bar:
            merged[-1] = (merged[-1][0], merged[-1][1] + slot[1], slot[2])
        else:
            merged.append(slot)
    return merged


def voicings(root: int, quality: str, low: int, high: int, voices: int) -> list[tuple[int, ...]]:
    """Every close position of a chord between two pitches, doubled or thinned to `voices` notes, lowest first."""
    tones = list(dict.fromkeys(chord_tones(root, quality)))
    if len(tones) > voices and 7 in QUALITIES[quality]:
        tones.remove((root + 7) % 12)
    if len(tones) > voices:
        tones.remove(root)
    tones = tones[: max(voices, 1)]
    found = []
    for bottom in range(low, high + 1):
        if bottom % 12 not in tones:
            continue
        stack = [bottom]
        while len(stack) < voices:
            stack.append(next(p for p in range(stack[-1] + 1, stack[-1] + 13) if p % 12 in tones))
        if stack[-1] <= high:
            found.append(tuple(stack))
    return found


def lead_voices(chords: Sequence[ChordSpan], low: int, high: int, voices: int) -> list[tuple[int, ...]]:
    """Voice a progression so that each hand moves little: common tones stay, the others go to the nearest place.

    Nothing closer than a fourth stands below C3 (48), where thirds turn to mud.
    """
    middle, previous, result = (low + high) / 2, None, []
    for chord in chords:
        options = voicings(chord.root, chord.quality, low, high, voices) or voicings(
            chord.root, chord.quality, low, low + 24, voices
        )

        def effort(v: tuple[int, ...], previous: tuple[int, ...] | None = previous) -> float:
            centred = 0.25 * abs(sum(v) / len(v) - middle)
            muddy = sum(6.0 for a, b in itertools.pairwise(v) if a < 48 and b - a < 5)
            clash = sum(1.5 for a, b in itertools.pairwise(v) if b - a == 1)
            if previous is None:
                return centred + muddy + clash
            moved = sum(abs(a - b) for a, b in zip(v, previous, strict=False))
            return moved + centred + muddy + clash

        previous = min(options, key=effort)
        result.append(previous)
    return result


def sounds_minor(chord: ChordSpan) -> bool:
    return is_minor_quality(chord.quality)
