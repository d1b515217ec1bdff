"""The tracks that come with the package: well-known recordings, facts written down by hand.

How `starter.tsv` was placed: every track got two to five tags first, at least one of them a mood word of
the vocabulary; then a point, as one listener hears it, in steps of 0.05. Valence follows mode, harmony and
what the words say; arousal follows tempo, density and loudness, not how stirring the words are. Where music
and words disagree (a sunny tune about loss) the music leads and a tag tells the other half. It is one
person's ear, not a poll: a track's `confidence` is at most 0.8, and less where its tags and its point tell
different stories. Years are those of the first release of that recording; of composed works, the year
commonly given for composition, first performance or publication. Songs that are about suicide are left out.
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
