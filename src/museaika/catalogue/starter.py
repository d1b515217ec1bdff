"""The tracks that come with the package: well-known recordings, facts written down by hand.

How `starter.tsv` was placed: every track got one to four tags first, at least one of them a mood word of the
vocabulary; then a point, by ear, in steps of 0.05. Valence follows mode, harmony and what the words say;
arousal follows tempo, density and loudness, not how stirring the words are. Where music and words disagree
(a sunny tune about loss) the music leads and a tag tells the other half. Years are those of the first
release of that recording; of composed works without a reference recording, of the composition.
"""

from __future__ import annotations

from importlib.resources import files

from museaika.catalogue.importing import read_tracks
from museaika.catalogue.memory import InMemoryCatalogue

SOURCE = "starter"


def load_starter() -> InMemoryCatalogue:
    """Return the packaged catalogue.

    Raises:
        Invalid: code `bad_catalogue_row`, with the line numbers, when the file was damaged.
    """
    text = files("museaika.catalogue").joinpath("starter.tsv").read_text(encoding="utf-8")
    return InMemoryCatalogue(read_tracks(text.splitlines(), SOURCE))
