"""MuseAIka answers feelings with music: it reads a mood, recommends for it and composes for it."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("museaika")
except PackageNotFoundError:  # run from a source tree that was not installed
    __version__ = "0.1.0"
