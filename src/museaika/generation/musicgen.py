"""MusicGen as an engine: words become sound, in the order mood, style, instrument, tempo, key.

The model continues itself: it was trained on half a minute, so a longer piece is made in windows, each of which
hears the last ten seconds of what there is. What it makes is sound without a score, hence no MIDI, no stems and
no sheet. Transformers and PyTorch are an optional extra; they are imported when the first piece is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.signal import butter, resample_poly, sosfilt

from museaika.errors import Unavailable
from museaika.generation.asking import plan_of, request_of
from museaika.generation.engines import Made, OnProgress, Stopped
from museaika.rendering.production import Cancelled, Produced, finish
from museaika.rendering.recording import RATE, Wave

if TYPE_CHECKING:
    import torch

WINDOW_S, OVERLAP_S, FADE_S = 30.0, 10.0, 0.02
LOWEST_HZ = 25.0
GUIDANCE = 3.0
"""How much more the words count than what the model would play without any (classifier-free guidance)."""

_STAGES = {"generating": (0.02, 0.95), "mastering": (0.95, 0.97), "encoding": (0.97, 1.0)}

Watch = Callable[[int], None]
"""Told how many frames of codes there are; raises Stopped."""


def prompt_of(parameters: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    """What the model is told, from what was asked and what was decided for it."""
    mood, target = parameters["mood"], parameters.get("target_mood")
    style, lead = (str(plan[name]).replace("_", " ") for name in ("style", "lead"))
    journey = f"{mood}, turning {target}" if target and target != mood else mood
    return f"{journey} {style} with {lead}, {plan['tempo']:.0f} bpm, {plan['time_signature']}, {plan['key']}"


class MusicGenEngine:
    """Generates with one model: its name on the Hugging Face hub, or a folder it was saved to."""

    def __init__(self, model: str, token: str | None = None) -> None:
        self._name, self._token = model, token
        self._model: Model | None = None

    def make(
        self,
        parameters: Mapping[str, Any],
        variation: int,
        material: Mapping[str, Any] | None,
        folder: Path,
        on_progress: OnProgress,
        should_stop: Callable[[], bool],
    ) -> Made:
        plan = plan_of(request_of(parameters, variation=variation, material=None))
        prompt, seed = prompt_of(parameters, plan), int(parameters["seed"]) + variation - 1
        seconds = float(parameters["length"])

        def reached(stage: str, share: float) -> None:
            begin, end = _STAGES[stage]
            on_progress(stage, begin + share * (end - begin))

        on_progress("loading", 0.0)
        self._model = self._model or load_model(self._name, self._token)
        frames = self._model.frames_in(seconds)

        def watch(done: int) -> None:
            if should_stop():
                raise Stopped
            reached("generating", min(done / frames, 1.0))

        sound = _stereo(self._model.play(prompt, frames, seed, watch), self._model.rate, seconds)
        tags = {"TIT2": plan["title"], "TPE1": "MuseAIka", "TBPM": f"{plan['tempo']:.0f}"}
        try:
            produced = finish(sound, tags, folder, on_progress=reached, should_stop=should_stop)
        except Cancelled:
            raise Stopped from None
        return Made(produced.files, _metadata(parameters, plan, prompt, seed, self._name, produced), {})


@dataclass(frozen=True)
class Model:
    """A loaded MusicGen with its tokenizer, on the GPU where there is one. `rate` in Hz, `hop` in samples of
    one frame of codes."""

    network: Any
    tokenizer: Any
    rate: int
    hop: int

    def frames_in(self, seconds: float) -> int:
        return math.ceil(seconds * self.rate / self.hop)

    def play(self, prompt: str, frames: int, seed: int, watch: Watch) -> Wave:
        """Sound for a prompt, (channels, frames · hop) at `rate`; the same seed gives the same."""
        import torch

        window, overlap = self.frames_in(WINDOW_S), self.frames_in(OVERLAP_S)
        channels = int(self.network.decoder.config.audio_channels)
        sound = np.zeros((channels, 0), dtype=np.float32)
        with torch.random.fork_rng(), torch.inference_mode():
            torch.manual_seed(seed)
            while (done := sound.shape[1] // self.hop) < frames:
                heard = sound[:, -overlap * self.hop :] if done else sound
                new = min(frames - done, window - heard.shape[1] // self.hop)
                piece = self._go_on(prompt, heard, new, done, watch)
                sound = _joined(sound, piece, heard.shape[1], round(FADE_S * self.rate))
        return sound

    def _go_on(self, prompt: str, heard: Wave, new: int, done: int, watch: Watch) -> Wave:
        """`heard` as the model repeats it, and `new` frames more."""
        import torch
        from transformers import StoppingCriteriaList

        device = self.network.device
        asked = dict(self.tokenizer([prompt], return_tensors="pt").to(device))
        if heard.shape[1]:
            asked["input_values"] = torch.from_numpy(heard[np.newaxis].copy()).to(device, self.network.dtype)
        made = self.network.generate(
            **asked,
            do_sample=True,
            guidance_scale=GUIDANCE,
            max_new_tokens=new + self.network.decoder.num_codebooks,
            stopping_criteria=StoppingCriteriaList([_Watching(done, new, watch)]),
        )
        piece: Wave = made[0].float().cpu().numpy()
        return piece[:, : heard.shape[1] + new * self.hop]


class _Watching:
    """A stopping criterion that never stops by itself: it tells how far it is, once a frame. The last steps,
    in which the codebooks that run late catch up, count for nothing."""

    def __init__(self, done: int, new: int, watch: Watch) -> None:
        self._frames, self._last, self._watch = done, done + new, watch

    def __call__(self, codes: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
        self._frames = min(self._frames + 1, self._last)
        self._watch(self._frames)
        return codes.new_zeros(codes.shape[0], dtype=bool)


def load_model(name: str, token: str | None) -> Model:
    """Load a MusicGen from the hub or a folder; half precision on a GPU.

    Raises:
        Unavailable: it can't be found, reached or opened.
    """
    import torch
    from transformers import AutoTokenizer, MusicgenForConditionalGeneration
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, token=token)
        network = MusicgenForConditionalGeneration.from_pretrained(
            name, token=token, dtype=torch.float16 if device == "cuda" else torch.float32
        )
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"The MusicGen model '{Path(name).name}' can't be loaded. MUSICGEN_MODEL names one on the Hugging "
            "Face hub, or a folder it was saved to; a closed one needs HF_TOKEN."
        ) from error
    codec = network.config.audio_encoder
    return Model(
        network.to(device).eval(), tokenizer, int(codec.sampling_rate), math.prod(codec.upsampling_ratios)
    )


def _joined(sound: Wave, piece: Wave, heard: int, fade: int) -> Wave:
    """`piece` repeats the last `heard` samples of `sound` and goes on: cross over at the end of the repeat."""
    if not heard:
        return piece
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    bridge = sound[:, -fade:] * (1 - ramp) + piece[:, heard - fade : heard] * ramp
    return np.concatenate((sound[:, :-fade], bridge, piece[:, heard:]), axis=1)


def _stereo(sound: Wave, rate: int, seconds: float) -> Wave:
    """(2, frames) at RATE, exactly as long as asked, freed of what is too low to be heard."""
    common = math.gcd(RATE, rate)
    wave = resample_poly(sound, RATE // common, rate // common, axis=1)[:, : round(seconds * RATE)]
    wave = sosfilt(butter(2, LOWEST_HZ, "highpass", fs=RATE, output="sos"), wave, axis=1)
    return np.ascontiguousarray(np.broadcast_to(wave, (2, wave.shape[1])), dtype=np.float32)


def _metadata(
    parameters: Mapping[str, Any],
    plan: Mapping[str, Any],
    prompt: str,
    seed: int,
    name: str,
    produced: Produced,
) -> dict[str, Any]:
    """What people want to know; key and tempo are what the model was told, not what it played."""
    return {
        "title": plan["title"],
        "mood": parameters["mood"],
        "style": plan["style"],
        "key": plan["key"],
        "time_signature": plan["time_signature"],
        "tempo": plan["tempo"],
        "prompt": prompt,
        "model": Path(name).name,
        "seed": seed,
        "loudness_lufs": round(produced.loudness_lufs, 2),
        "duration_s": round(produced.duration_s, 3),
    }
