"""The readers that benchmarks/text.py compares, each behind `(text) -> (mood, sentiment, confidence)`.

    python benchmarks/text_readers.py VADER < sentences.json     one reader alone in its process: JSON out

Some peers need data that their packages do not carry (NLTK's stop words, its sentence model, WordNet). Where
NLTK's data folder lacks it, they get what comes closest without it, and `shims` says so: NLTK's own rules for
splitting words, WordNet's own rules for endings over the peer's own lexicon, and a list of small words.
"""

from __future__ import annotations

import importlib
import json
import re
import resource
import sys
import time
from collections.abc import Callable, Container, Sequence
from types import SimpleNamespace
from typing import Any

Answer = tuple[str | None, str | None, float | None]
"""Mood, sentiment and how sure of the mood; None where the reader does not answer."""

Reader = Callable[[Sequence[str]], list[Answer]]

SMALL_WORDS = frozenset(
    "i me my myself we our ours ourselves you your yours he him his she her hers it its they them their what "
    "which who whom this that these those am is are was were be been being have has had having do does did "
    "doing a an the and but if or because as until while of at by for with about against between into through "
    "during before after above below to from up down in out on off over under again further then once here "
    "there when where why how all any both each few more most other some such no nor not only own same so than "
    "too very s t can will just don should now d ll m o re ve y".split()
)

BY_RULES = "words split and brought to their lemma by NLTK's rules"

shims: list[str] = []
"""What the reader was given in place of what it lacks."""


def of_score(score: float) -> str:
    """VADER's own rule for what is neutral."""
    return "positive" if score >= 0.05 else "negative" if score <= -0.05 else "neutral"


def ours() -> Reader:
    from museaika.perception.text import LARGEST_BATCH, TextReader

    reader = TextReader()

    def answer(texts: Sequence[str]) -> list[Answer]:
        runs = [texts[n : n + LARGEST_BATCH] for n in range(0, len(texts), LARGEST_BATCH)]
        read = [reading for run in runs for reading in reader.read(run)]
        return [(r.mood.primary_mood, r.sentiment.label, r.mood.confidence) for r in read]

    return answer


def vader() -> Reader:
    analyser = importlib.import_module("vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()
    return one_by_one(lambda text: (None, of_score(analyser.polarity_scores(text)["compound"]), None))


def textblob() -> Reader:
    blob = importlib.import_module("textblob").TextBlob
    return one_by_one(lambda text: (None, of_score(blob(text).sentiment.polarity), None))


def nrclex() -> Reader:
    make = importlib.import_module("nrclex").NRCLex
    names = {
        "joy": "happy", "sadness": "sad", "anger": "angry", "fear": "fear", "disgust": "disgust",
        "surprise": "surprise",
    }  # fmt: skip
    lexicon = make()
    words = lexicon.__lexicon__
    if lacks("tokenizers/punkt_tab") or lacks("corpora/wordnet"):
        shims.append(
            "words split and brought to their lemma by NLTK's rules, without its sentence model and WordNet"
        )

        def load(text: str) -> None:
            tokens = tokens_of(text.lower())
            lexicon.load_token_list([lemma(word, words, "n") for word in tokens])  # nouns, TextBlob's default
    else:
        load = lexicon.load_raw_text

    def answer(text: str) -> Answer:
        load(text)
        scores = lexicon.raw_emotion_scores
        best = max(names, key=lambda name: scores.get(name, 0))
        polarity = scores.get("positive", 0) - scores.get("negative", 0)
        return (names[best] if scores.get(best) else "neutral"), of_score(polarity), None

    return one_by_one(answer)


def text2emotion() -> Reader:
    module = _import_text2emotion()
    names = {"Happy": "happy", "Angry": "angry", "Surprise": "surprise", "Sad": "sad", "Fear": "fear"}

    def answer(text: str) -> Answer:
        scores: dict[str, Any] = module.get_emotion(text)
        best = max(scores, key=lambda name: scores[name])
        return (names[best] if scores[best] > 0 else "neutral"), None, None

    return one_by_one(answer)


def _import_text2emotion() -> Any:
    """With what it downloads when it is imported replaced, where it can't be had."""
    nltk, emoji = importlib.import_module("nltk"), importlib.import_module("emoji")
    missing = [name for name in ("corpora/stopwords", "corpora/wordnet", "tokenizers/punkt_tab") if lacks(name)]
    nltk.download = lambda *_, **__: not missing
    shims.append("emoji.UNICODE_EMOJI, which emoji no longer has as it was")
    emoji.UNICODE_EMOJI = emoji.EMOJI_DATA
    module = importlib.import_module("text2emotion")
    if missing:
        shims.append(f"{BY_RULES}, and a list of small words")
        constants = [found for found in module.get_emotion.__code__.co_consts if isinstance(found, tuple)]
        words = frozenset(next(found for found in constants if "abhorrence" in found))
        module.word_tokenize = tokens_of
        module.stopwords = SimpleNamespace(words=lambda *_: SMALL_WORDS)
        module.WordNetLemmatizer = lambda: SimpleNamespace(
            lemmatize=lambda word, kind: lemma(word, words, kind)
        )
    return module


def lacks(name: str) -> bool:
    """Whether NLTK's data folder has no such thing."""
    try:
        importlib.import_module("nltk").data.find(name)
    except LookupError:
        return True
    return False


def tokens_of(text: str) -> list[str]:
    """NLTK's rules for words, sentence by sentence."""
    split = importlib.import_module("nltk.tokenize").NLTKWordTokenizer().tokenize
    return [word for sentence in re.split(r"(?<=[.!?])\s+", text) for word in split(sentence)]


def lemma(word: str, known: Container[str], kind: str) -> str:
    """The word; or, if it is not known, what WordNet's endings for nouns (n) or verbs (v) make of it and is."""
    if word in known:
        return word
    endings = importlib.import_module(
        "nltk.corpus.reader.wordnet"
    ).WordNetCorpusReader.MORPHOLOGICAL_SUBSTITUTIONS
    made = (word.removesuffix(old) + new for old, new in endings[kind] if word.endswith(old))
    return next((candidate for candidate in made if candidate in known), word)


def one_by_one(answer: Callable[[str], Answer]) -> Reader:
    return lambda texts: [answer(text) for text in texts]


READERS = {
    "MuseAIka": ours, "VADER": vader, "TextBlob": textblob, "NRCLex": nrclex, "text2emotion": text2emotion,
}  # fmt: skip


def alone(name: str) -> None:
    """Read the sentences on standard input in this process, and write answers, cost and shims as JSON."""
    texts = json.load(sys.stdin)
    read = READERS[name]()
    read(["Warm up, so that what is missing shows here."])
    loaded = time.process_time()
    answers = [answer for text in texts for answer in read([text])]
    spent = (time.process_time() - loaded) / len(texts)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    told = {
        "answers": answers,
        "ms": spent * 1000,
        "mb": memory / 1e6,
        "shims": shims,
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    alone(sys.argv[1])
