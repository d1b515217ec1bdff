"""TEXT_MODEL=hf:… with a tiny classifier of random weights: everything is real but the taste."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.unit.web.conftest import Person

from museaika.bootstrap import build_services, build_text_reader
from museaika.errors import Invalid, Unavailable
from museaika.mood.vocabulary import MOODS
from museaika.perception.hub import HubModel
from museaika.perception.text import TextReader
from museaika.settings import load_settings
from museaika.web.app import create_app

WHY = "the extra is not installed: pip install -e '.[hf]'"
torch = pytest.importorskip("torch", reason=WHY)
transformers = pytest.importorskip("transformers", reason=WHY)
tokenizers = pytest.importorskip("tokenizers", reason=WHY)

EKMAN = ("sadness", "joy", "anger", "fear", "surprise", "disgust", "neutral")
LONG = "the rain fell all day and nobody came. " * 30


def save_tiny_classifier(folder, labels=EKMAN, seed=0, **config):
    """A BERT in small that reads letters, up to 64 at once, with loud weights so that answers differ."""
    torch.manual_seed(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *letters,
        *("##" + letter for letter in letters),
    ]
    tokenizer = transformers.BertTokenizerFast(
        vocab={piece: number for number, piece in enumerate(vocabulary)}, model_max_length=64
    )
    tokenizer.save_pretrained(folder)
    network = transformers.BertForSequenceClassification(
        transformers.BertConfig(
            vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=32, max_position_embeddings=66, initializer_range=0.5,
            id2label=dict(enumerate(labels)), label2id={label: n for n, label in enumerate(labels)}, **config,
        )
    )  # fmt: skip
    network.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_classifier(tmp_path_factory.mktemp("tiny-classifier"))


@pytest.fixture(scope="module")
def reader(folder):
    return TextReader(model=HubModel(str(folder)))


def test_answers_are_those_of_the_network_by_the_vocabularys_names(folder, reader):
    text = "what a lovely day"
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        own = network(**tokenizer(text, return_tensors="pt")).logits.softmax(-1)[0].tolist()
    read = reader.read([text])[0]
    assert read.labels == pytest.approx(dict(zip(EKMAN, own, strict=True)), abs=1e-5)
    assert set(read.mood.moods) == set(MOODS)
    assert sum(read.mood.moods.values()) == pytest.approx(1, abs=1e-5)
    joy = read.labels["joy"]
    assert read.mood.moods["happy"] == pytest.approx(joy, abs=1e-5)
    assert read.mood.emotions["angry"] == pytest.approx(read.labels["anger"], abs=1e-5)
    assert read.sentiment.positive == pytest.approx(joy + 0.64 * read.labels["surprise"], abs=1e-4)
    assert (read.language, read.language_supported) == ("en", None)


def test_a_batch_reads_as_its_texts_do_alone(reader):
    texts = ["so tired", LONG, "a lovely evening with you, my love. and you?", "no"] * 6
    for together, text in zip(reader.read(texts), texts, strict=True):
        assert together.labels == pytest.approx(reader.read([text])[0].labels, abs=1e-5)


def test_a_long_text_is_read_to_its_end(reader):
    assert reader.read(["x " * 2000 + "lovely"])[0].labels != reader.read(["x " * 2000 + "terrible"])[0].labels
    highlights = reader.explain("a lovely day, a terrible night. so tired!")
    assert all(h.mood in MOODS and h.end > h.start for h in highlights)


def test_many_threads_get_the_same_answers(reader):
    texts = ["".join(letters) for letters in itertools.permutations("abcd")]
    alone = [reader.read([text])[0].labels for text in texts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: reader.read([text])[0].labels, texts * 4))
    for one, other in zip(alone * 4, together, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


@pytest.mark.parametrize("text", ["😀" * 5000, "\ud83d sad \udfff", "a\x00b\u202e", "שלום", "日本語" * 400])
def test_strange_texts_are_read_too(reader, text):
    assert sum(reader.read([text])[0].mood.moods.values()) == pytest.approx(1, abs=1e-5)


def test_a_model_of_many_labels_at_once_tells_each_for_itself(tmp_path):
    labels = ("admiration", "nervousness", "realization", "neutral")
    model = HubModel(str(save_tiny_classifier(tmp_path, labels, problem_type="multi_label_classification")))
    felt = model.feel(["a", "bee", "sea"])
    assert felt.labels.sum(1) != pytest.approx(1, abs=1e-3)
    assert felt.moods.sum(1) == pytest.approx(1, abs=1e-5)
    assert felt.sentiments.sum(1) == pytest.approx(1, abs=1e-5)


def test_a_model_that_knows_sentiments_alone_leaves_the_mood_open(tmp_path):
    reader = TextReader(model=HubModel(str(save_tiny_classifier(tmp_path, ("NEGATIVE", "POSITIVE")))))
    for text in ("a", "bee", "xyz", "lovely"):
        read = reader.read([text])[0]
        assert read.sentiment.positive == pytest.approx(read.labels["POSITIVE"], abs=1e-5)
        assert read.mood.primary_mood in ("happy", "sad")
        assert read.mood.confidence < 0.4


def test_a_model_that_was_trained_without_padding_reads_batches_too(tmp_path):
    torch.manual_seed(0)
    vocabulary = {"[EOS]": 0, "[UNK]": 1, "so": 2, "tired": 3, "happy": 4}
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, eos_token="[EOS]", unk_token="[UNK]", model_max_length=32
    )
    tokenizer.save_pretrained(tmp_path)
    config = transformers.GPT2Config(
        vocab_size=5, n_embd=16, n_layer=1, n_head=2, n_positions=32, bos_token_id=0, eos_token_id=0,
        initializer_range=0.5, id2label={0: "joy", 1: "sadness"}, label2id={"joy": 0, "sadness": 1},
    )  # fmt: skip
    transformers.GPT2ForSequenceClassification(config).save_pretrained(tmp_path)
    reader = TextReader(model=HubModel(str(tmp_path)))
    texts = ["so tired", "happy", "so so so happy"]
    for together, text in zip(reader.read(texts), texts, strict=True):
        assert together.labels == pytest.approx(reader.read([text])[0].labels, abs=1e-5)


def test_labels_that_mean_no_mood_are_refused_by_name(tmp_path):
    folder = save_tiny_classifier(tmp_path, ("LABEL_0", "joy", "spam"))
    with pytest.raises(Invalid, match="labels LABEL_0, spam mean no mood") as refused:
        HubModel(str(folder))
    assert refused.value.code == "unknown_labels"
    assert "admiration" in str(refused.value)
    assert "happiness" in str(refused.value)


def test_a_model_that_is_not_there_is_refused_in_words(tmp_path):
    with pytest.raises(Unavailable, match="TEXT_MODEL=hf:… names a text classifier"):
        HubModel(str(tmp_path / "nothing"))


def test_the_version_tells_one_model_from_another(folder, tmp_path, reader):
    other = HubModel(str(save_tiny_classifier(tmp_path, seed=1)))
    assert other.version != reader.version
    assert HubModel(str(folder)).version == reader.version
    assert reader.model_name == f"hf:{folder.name}"


def test_it_serves_when_the_settings_say_so(folder, tmp_path):
    settings = load_settings(
        flask_env="testing", data_dir=tmp_path, ratelimit_enabled=False, text_model=f"hf:{folder}"
    )
    assert build_text_reader(settings).model_name == f"hf:{folder.name}"
    person = Person(create_app(settings, build_services(settings)))
    asked = {"text": "what a day. and a night", "explain": True, "labels": True}
    read = person.post("/detect/sentiment", json=asked).get_json()["data"]
    assert set(read["labels"]) == set(EKMAN)
    assert read["model"]["name"] == f"hf:{folder.name}"
    assert read["language_supported"] is None
    assert len(read["sentences"]) == 2
