"""The catalogue seen from the side: one array a fact, so that a million tracks are ranked at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from museaika.catalogue.track import Track, fold
from museaika.mood.vocabulary import MOODS

ARTISTS_SEEN, TAGS_SEEN = 4, 8
"""How many of a track's artists and tags count."""

AROUND = 0.30
"""How wide a place spreads over the moods around it, where tags say nothing."""

NOWHERE = -2
"""The code of a word that no track carries."""

MOODS_OF_TAG = {tag: name for name, mood in MOODS.items() for tag in mood.tags}
"""Which mood each tag word of the vocabulary speaks for."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Row i is track i of the catalogue.

    `valence`, `arousal`: float32, −1…1. `moods`: float32 (n, 14), the share of a track's mood tags that
    speak for each mood of the vocabulary, in its order; of a track without such tags, the moods around its
    place. `artists`: int32 (n, 4), −1 where there are fewer.
    `tags`: int32 (n, 8), likewise; `tag_share`: float32, 1/√ of how many there are, 0 for none.
    `genre`, `language`: int32 codes; `language_codes`, `genre_codes` and `tag_codes` map words to codes.
    `decade`: int32, year over 10, −1 unknown. `explicit`: bool, False also where nobody has said. `key`:
    uint64, a number that stays with the track whatever its row.
    """

    valence: NDArray[np.float32]
    arousal: NDArray[np.float32]
    moods: NDArray[np.float32]
    artists: NDArray[np.int32]
    tags: NDArray[np.int32]
    tag_share: NDArray[np.float32]
    genre: NDArray[np.int32]
    language: NDArray[np.int32]
    decade: NDArray[np.int32]
    explicit: NDArray[np.bool_]
    key: NDArray[np.uint64]
    language_codes: dict[str, int]
    genre_codes: dict[str, int]
    tag_codes: dict[str, int]

    def __len__(self) -> int:
        return len(self.valence)

    def take(self, rows: NDArray[np.intp]) -> Columns:
        """The columns of some rows alone, in the order of `rows`."""
        return Columns(
            self.valence[rows],
            self.arousal[rows],
            self.moods[rows],
            self.artists[rows],
            self.tags[rows],
            self.tag_share[rows],
            self.genre[rows],
            self.language[rows],
            self.decade[rows],
            self.explicit[rows],
            self.key[rows],
            self.language_codes,
            self.genre_codes,
            self.tag_codes,
        )

    def tagged(self, word: str) -> NDArray[np.bool_]:
        """Which tracks carry a word as a tag or are of that genre, (n,)."""
        by_tag: NDArray[np.bool_] = (self.tags == self.tag_codes.get(word, NOWHERE)).any(axis=1)
        by_genre: NDArray[np.bool_] = self.genre == self.genre_codes.get(word, NOWHERE)
        return by_tag | by_genre


def columns_of(tracks: Sequence[Track]) -> Columns:
    """Lay tracks out as columns; the order is kept."""
    genres: dict[str, int] = {}
    languages: dict[str, int] = {}
    tag_codes: dict[str, int] = {}
    tags = _codes([track.tags[:TAGS_SEEN] for track in tracks], TAGS_SEEN, tag_codes)
    told = (tags >= 0).sum(axis=1)
    valence = np.array([track.valence for track in tracks], np.float32)
    arousal = np.array([track.arousal for track in tracks], np.float32)
    moods = np.array([_mood_shares(track.tags) for track in tracks], np.float32).reshape(-1, len(MOODS))
    untold = ~moods.any(axis=1)
    moods[untold] = _moods_around(valence[untold], arousal[untold])
    return Columns(
        valence=valence,
        arousal=arousal,
        moods=moods,
        artists=_codes([list(map(fold, track.artists[:ARTISTS_SEEN])) for track in tracks], ARTISTS_SEEN, {}),
        tags=tags,
        tag_share=np.where(told > 0, 1 / np.sqrt(np.maximum(told, 1)), 0).astype(np.float32),
        genre=np.array([genres.setdefault(track.genre or "", len(genres)) for track in tracks], np.int32),
        language=np.array(
            [languages.setdefault(track.language or "", len(languages)) for track in tracks], np.int32
        ),
        decade=np.array([track.year // 10 if track.year else -1 for track in tracks], np.int32),
        explicit=np.array([bool(track.explicit) for track in tracks], np.bool_),
        key=np.array([_key(track.track_id) for track in tracks], np.uint64),
        language_codes=languages,
        genre_codes=genres,
        tag_codes=tag_codes,
    )


def _codes(words: Sequence[Sequence[str]], width: int, known: dict[str, int]) -> NDArray[np.int32]:
    """A number for each different word, row by row, −1 where a row has fewer than `width`; noted in `known`."""
    codes = np.full((len(words), width), -1, np.int32)
    for row, some in enumerate(words):
        codes[row, : len(some)] = [known.setdefault(word, len(known)) for word in some]
    return codes


def _mood_shares(tags: Sequence[str]) -> list[float]:
    named = [MOODS_OF_TAG[tag] for tag in tags if tag in MOODS_OF_TAG]
    return [named.count(name) / len(named) if named else 0.0 for name in MOODS]


def _moods_around(valence: NDArray[np.float32], arousal: NDArray[np.float32]) -> NDArray[np.float32]:
    """`moods_at` of many points at once, (n, 14)."""
    across = valence[:, None] - np.array([mood.valence for mood in MOODS.values()], np.float32)
    along = arousal[:, None] - np.array([mood.arousal for mood in MOODS.values()], np.float32)
    weights = np.exp((across**2 + along**2) * np.float32(-0.5 / AROUND**2))
    shares: NDArray[np.float32] = weights / weights.sum(axis=1, keepdims=True)
    return shares


def _key(track_id: str) -> int:
    return int.from_bytes(track_id.encode()[-8:], "big")
