"""Feel: a mood in a player's terms.

Listeners read a mood off a handful of cues, and they add up: mode, tempo, register, dynamics, articulation,
in about that order of weight, nearly without interaction (Eerola, Friberg & Bresin 2013). Valence lives mostly
in what is written (mode, harmony, direction of the tune), arousal mostly in how it is played (tempo, density,
loudness, articulation). So a feel is a sum: where the named mood usually stands, plus a slope for each step
that the point on the plane lies away from it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from museaika.composition.theory import MINOR_LIKE
from museaika.mood.vocabulary import Mood


@dataclass(frozen=True, slots=True)
class Feel:
    """How it should feel at one moment, in a player's terms.

    `tempo` bpm; `velocity` mean MIDI velocity and `spread` how far it swings to either side; `density` melody
    notes a second; `articulation` 0 legato … 1 staccato; `register` semitones from the middle; `tension` 0
    consonant … 1 harsh; `direction` −1 falling … 1 rising; `energy` 0…1.
    """

    valence: float
    arousal: float
    tempo: float
    velocity: float
    spread: float
    density: float
    articulation: float
    register: float
    tension: float
    direction: float

    @property
    def energy(self) -> float:
        return min(1.0, max(0.0, 0.5 + 0.5 * self.arousal))


def feel_of(mood: Mood, valence: float, arousal: float, draw: float) -> Feel:
    """Sum the cues for a point of the plane; `draw` 0…1 picks a place in the mood's own ranges."""
    up, bright = arousal - mood.arousal, valence - mood.valence
    music = mood.music
    tempo = music.tempo[0] + draw * (music.tempo[1] - music.tempo[0]) + 38 * up + 8 * bright
    spread = 0.5 * (music.velocity[1] - music.velocity[0])
    velocity = 0.35 * sum(music.velocity) + 0.3 * (68 + 40 * mood.arousal) + 24 * up + 2 * bright
    energy = min(1.0, max(0.0, 0.5 + 0.5 * arousal))
    return Feel(
        valence=valence,
        arousal=arousal,
        tempo=min(190.0, max(46.0, tempo)),
        velocity=min(116.0, max(34.0, velocity + 0.3 * max(0.0, spread - 12))),
        spread=spread,
        density=1.15 + 1.2 * energy + 0.9 * energy**2,
        articulation=min(0.85, max(0.02, music.articulation + 0.25 * up)),
        register=music.register + 3 * valence + 1.5 * up,
        tension=min(1.0, max(0.0, -0.55 * valence + 0.45 * max(0.0, arousal) - 0.12)),
        direction=min(1.0, max(-1.0, 0.6 * valence + 0.4 * arousal)),
    )


def with_tempo(feel: Feel, tempo: float) -> Feel:
    """Keep a given tempo and move a part of its share of the arousal into the other cues.

    Only a part: notes are divided more finely when the pulse is slow, but not so finely that as many sound in
    a second, and the slower piece stays the calmer one.
    """
    octaves = math.log2(feel.tempo / tempo)
    return replace(
        feel,
        tempo=tempo,
        velocity=min(118.0, max(32.0, feel.velocity + 4 * octaves)),
        density=feel.density * 2 ** (-0.4 * octaves),
        articulation=min(0.9, max(0.0, feel.articulation + 0.08 * octaves)),
        register=feel.register + 1.5 * octaves,
    )


def with_mode(feel: Feel, mode: str) -> Feel:
    """Keep a given mode and move its share of the valence into register, direction and consonance."""
    miss = (feel.valence > 0.2 and mode in MINOR_LIKE) - (feel.valence < -0.2 and mode not in MINOR_LIKE)
    return replace(
        feel,
        register=feel.register + 3 * miss,
        direction=min(1.0, max(-1.0, feel.direction + 0.4 * miss)),
        tension=min(1.0, max(0.0, feel.tension - 0.2 * miss)),
        articulation=min(0.9, max(0.0, feel.articulation + 0.1 * miss)),
    )
