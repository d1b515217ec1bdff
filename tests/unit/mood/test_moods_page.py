"""The page about moods says what the vocabulary says."""

from pathlib import Path

from museaika.mood.vocabulary import MOODS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "moods.md").read_text()


def test_every_mood_stands_on_the_page_with_its_place_and_synonyms() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| mood |")]
    assert len(rows) == len(MOODS)
    for row, mood in zip(rows, MOODS.values(), strict=True):
        name, valence, arousal, synonyms, tempo, modes = (cell.strip() for cell in row.strip("|").split("|"))
        assert (name, float(valence), float(arousal)) == (mood.name, mood.valence, mood.arousal)
        assert tuple(synonyms.split(", ")) == mood.synonyms
        assert tempo == "–".join(map(str, mood.music.tempo))
        assert tuple(modes.split(", ")) == mood.music.modes
