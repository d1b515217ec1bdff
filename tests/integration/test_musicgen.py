"""engine=musicgen with a tiny model of random weights: everything is real but the taste."""

import itertools
import time

import numpy as np
import pytest
from tests.calling_off import call_off_in_the_middle
from tests.unit.web.conftest import Person

from museaika.bootstrap import build_services, build_worker
from museaika.errors import Unavailable
from museaika.generation.asking import with_defaults
from museaika.generation.engines import Stopped
from museaika.generation.musicgen import FADE_S, WINDOW_S, Model, MusicGenEngine, load_model
from museaika.settings import load_settings
from museaika.web.app import create_app

WHY = "the extra is not installed: pip install -e '.[musicgen]'"
torch = pytest.importorskip("torch", reason=WHY)
transformers = pytest.importorskip("transformers", reason=WHY)

ASKED = {"mood": "calm", "length": 5, "seed": 7, "engine": "musicgen", "tempo": 90, "key": "A minor"}


def save_tiny_model(folder, channels=1):
    """MusicGen in small, at the real rates: 32 kHz, 50 frames a second, four codebooks for each channel."""
    torch.manual_seed(0)
    specials = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    letters = [(letter, -2.0) for letter in "▁abcdefghijklmnopqrstuvwxyz"]
    transformers.T5Tokenizer(vocab=specials + letters, extra_ids=0).save_pretrained(folder)
    books = 4 * channels
    config = transformers.MusicgenConfig(
        text_encoder=transformers.T5Config(
            vocab_size=64, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2
        ).to_dict() | {"model_type": "t5"},
        audio_encoder=transformers.EncodecConfig(
            target_bandwidths=[1.0], sampling_rate=32000, num_filters=4, num_residual_layers=1,
            upsampling_ratios=[8, 5, 4, 4], codebook_size=32, codebook_dim=16, hidden_size=16,
            num_lstm_layers=1, norm_type="weight_norm", use_causal_conv=False,
        ).to_dict() | {"model_type": "encodec"},
        decoder=transformers.MusicgenDecoderConfig(
            vocab_size=32, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=32,
            num_codebooks=books, audio_channels=channels, pad_token_id=32, bos_token_id=32,
        ).to_dict() | {"model_type": "musicgen_decoder"},
    )  # fmt: skip
    model = transformers.MusicgenForConditionalGeneration(config)
    model.generation_config.update(
        decoder_start_token_id=32, pad_token_id=32, bos_token_id=32, do_sample=True, max_length=1500
    )
    for layer in model.audio_encoder.quantizer.layers:
        layer.codebook.embed.normal_()  # they begin as zeros, and every code would sound the same
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny-musicgen"))


def samples_of(path):
    return np.frombuffer(path.read_bytes()[44:], dtype="<i2").reshape(-1, 2)


def make(folder, to, told=None, should_stop=lambda: False, **wishes):
    to.mkdir(exist_ok=True)

    def on_progress(stage, share):
        if told is not None:
            told.append((stage, share))

    engine = MusicGenEngine(str(folder))
    return engine.make(with_defaults(ASKED | wishes), 1, None, to, on_progress, should_stop)


def test_a_piece_is_exactly_as_long_as_asked_and_as_loud_as_all_others(folder, tmp_path):
    told = []
    made = make(folder, tmp_path, told, length=7.3)
    assert set(made.files) == {"mp3", "wav"}
    sound = samples_of(made.files["wav"])
    assert len(sound) == round(7.3 * 44100)
    assert made.metadata["duration_s"] == 7.3
    assert made.metadata["loudness_lufs"] == pytest.approx(-14, abs=0.5)
    assert made.metadata["prompt"].startswith("calm ")
    assert made.metadata["prompt"].endswith("90 bpm, 4/4, A minor")
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert list(dict.fromkeys(stage for stage, _ in told)) == ["loading", "generating", "mastering", "encoding"]
    assert shares[-1] == pytest.approx(1)


def test_a_seed_is_a_piece(folder, tmp_path):
    one, again, other = (
        make(folder, tmp_path / name, seed=seed).files["mp3"].read_bytes()
        for name, seed in (("one", 7), ("again", 7), ("other", 8))
    )
    assert one == again
    assert one != other


def test_longer_than_a_window_it_goes_on_from_what_it_said(folder, monkeypatch):
    monkeypatch.setattr("museaika.generation.musicgen.WINDOW_S", 3.0)
    monkeypatch.setattr("museaika.generation.musicgen.OVERLAP_S", 1.0)
    model = load_model(str(folder), None)
    heard = []
    watched = []
    generate = model.network.generate

    def listen(**asked):
        heard.append(asked.get("input_values"))
        return generate(**asked)

    monkeypatch.setattr(model.network, "generate", listen)
    frames = model.frames_in(8.0)
    sound = model.play("calm piano", frames, 7, watched.append)
    assert sound.shape == (1, frames * model.hop) == (1, 8 * 32000)
    assert [None if x is None else x.shape[-1] / model.rate for x in heard] == [None, 1.0, 1.0, 1.0]
    for before, window in itertools.pairwise([3, 5, 7]):
        prompt = heard[[3, 5, 7].index(before) + 1][0].numpy()
        end = before * 32000
        faded = round(FADE_S * 32000)
        np.testing.assert_array_equal(prompt[:, :-faded], sound[:, end - 32000 : end - faded])
        assert window > before
    assert watched == sorted(watched)
    assert WINDOW_S == 30


def test_a_stereo_model_is_heard_in_stereo(tmp_path):
    model = load_model(str(save_tiny_model(tmp_path / "stereo", channels=2)), None)
    sound = model.play("calm", model.frames_in(2.0), 7, lambda done: None)
    assert sound.shape == (2, 64000)
    assert not np.allclose(sound[0], sound[1])
    made = make(tmp_path / "stereo", tmp_path / "piece", length=5)
    left, right = samples_of(made.files["wav"]).T
    assert not np.array_equal(left, right)


def test_asked_to_stop_it_stops_at_the_next_frame(folder, tmp_path):
    told = []
    with pytest.raises(Stopped):
        make(folder, tmp_path, told, should_stop=lambda: len(told) >= 10)
    assert len(told) == 10
    assert told[-1][0] == "generating"


def test_a_slow_piece_that_is_called_off_is_left_within_a_second(folder, tmp_path, monkeypatch):
    settings = load_settings(
        flask_env="testing", data_dir=tmp_path / "data", ratelimit_enabled=False, musicgen_model=str(folder)
    )
    play = Model._go_on

    def slowly(self, prompt, heard, new, done, watch):
        return play(self, prompt, heard, new, done, lambda frames: (time.sleep(0.2), watch(frames)))

    monkeypatch.setattr(Model, "_go_on", slowly)
    person = Person(create_app(settings, build_services(settings)))
    done = call_off_in_the_middle(
        person, build_worker(settings), ASKED | {"length": 60}, lambda job: job["stage"] == "generating"
    )
    assert done.status == "cancelled"
    assert done.told_after_s < 1
    assert done.free_after_s < 1.5


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_model_that_cannot_be_loaded_is_said_in_a_sentence(name, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "empty").mkdir()
    with pytest.raises(Unavailable, match=f"'{name}' can't be loaded"):
        load_model(str(tmp_path / name), None)


def test_it_is_ordered_made_and_says_what_it_has_not(folder, tmp_path):
    settings = load_settings(
        flask_env="testing", data_dir=tmp_path / "data", ratelimit_enabled=False, musicgen_model=str(folder)
    )
    person = Person(create_app(settings, build_services(settings)))
    engines = person.get("/generate/options").get_json()["data"]["engines"]
    assert {engine["name"]: engine["installed"] for engine in engines}["musicgen"]
    refused = person.post("/generate", json=ASKED | {"chords": "Am F C G", "loop": True})
    assert refused.status_code == 422
    assert "can't do chords, loop" in refused.get_json()["error"]["detail"]

    job_id = person.post("/generate", json=ASKED | {"variations": 2}).get_json()["data"]["job_id"]
    assert build_worker(settings).run_one()
    job = person.get(f"/generate/{job_id}").get_json()["data"]
    assert (job["status"], job["error"]) == ("completed", None)
    assert job["result"]["midi_url"] is None
    assert set(job["result"]["downloads"]) == {"mp3", "wav"}
    assert person.get(f"/generate/{job_id}/download?format=wav").status_code == 200
    midi = person.get(f"/generate/{job_id}/download?format=midi")
    assert midi.status_code == 404
    assert "comes as mp3, wav" in midi.get_json()["error"]["detail"]
    extended = person.post("/generate", json={"mood": "calm", "extend": job_id})
    assert extended.status_code == 422
    assert "has no score" in extended.get_json()["error"]["detail"]


def test_a_model_knows_its_frames():
    model = Model(None, None, rate=32000, hop=640)
    assert [model.frames_in(s) for s in (0.02, 1.0, 7.3, 7.301)] == [1, 50, 365, 366]
