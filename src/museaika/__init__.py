"""MuseAIka answers feelings with music: it reads a mood, recommends for it and composes for it."""

__version__ = "0.1.0"
