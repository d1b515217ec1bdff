"""A page for people who judge: pieces of every mood with player, piano roll, chords, figures and spectrogram.

    make listen                                   every mood, three seeds, 30 seconds each
    python benchmarks/listening_page.py --moods calm angry --seeds 5 --length 60

Writes a folder of static files, build/listening by default; open its index.html, no server is needed. A figure
is marked when it lies outside of what 80 % of 909 pop songs do, which is no fault in itself.
"""

from __future__ import annotations

import argparse
import html
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from music import score_figures
from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from scipy.signal import stft

from museaika.composition.composer import compose
from museaika.composition.score import Score
from museaika.generation.asking import request_of, with_defaults
from museaika.mood.vocabulary import MOODS, Mood
from museaika.rendering.production import Produced, produce
from museaika.rendering.recording import RATE
from museaika.rendering.soundfont import BUNDLED, Bank

OUT = Path(__file__).resolve().parents[1] / "build" / "listening"
COLOURS = {"melody": "#c2410c", "counter": "#a16207", "chords": "#0f766e", "pad": "#6d8fb3", "bass": "#8b5cf6"}
SONGS: Mapping[str, tuple[str, float, float]] = {
    "notes_per_beat": ("notes a beat", 0.85, 1.79),
    "range": ("range, semitones", 12, 19),
    "steps": ("steps", 0.32, 0.57),
    "repeats": ("repeated notes", 0.10, 0.36),
    "leaps_over_4": ("leaps beyond a third", 0.08, 0.22),
    "leaps_resolved": ("leaps resolved", 0.47, 0.89),
    "chord_tone_duration": ("time on chord tones", 0.57, 0.83),
    "pitch_class_entropy": ("variety of notes, bits", 2.56, 2.86),
    "scale_consistency": ("notes of one scale", 0.96, 1.0),
    "notes_per_second": ("notes a second", 4.7, 9.1),
    "groove_consistency": ("groove kept", 0.74, 0.96),
    "polyphony": ("voices at once", 3.3, 4.5),
}
"""What each figure is called, and the 10th and 90th percentile of the songs as `music.py` measures them."""

WIDTH, ROLL, CHORDS, DRUMS = 1000, 190, 34, 16
"""Pixels of a piano roll: across, its notes, the names above them, the strokes beneath."""


Across = Callable[[float], float]
"""From beats to pixels."""


@dataclass(frozen=True)
class Piece:
    mood: Mood
    score: Score
    made: Produced
    figures: Mapping[str, float]
    cpu_s: float
    name: str
    """What its files are called, less their endings."""


def main() -> int:
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    bank = Bank.load(BUNDLED)
    wanted = [(mood, seed) for mood in options.moods for seed in range(1, options.seeds + 1)]
    console = Console()
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    pieces = []
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(wanted))
        for mood, seed in wanted:
            progress.update(task, description=f"{mood} {seed}")
            pieces.append(make_piece(MOODS[mood], seed, options.length, bank, options.out))
            progress.advance(task)
    (options.out / "index.html").write_text(page(pieces))
    took = sum(piece.cpu_s for piece in pieces) / sum(piece.made.duration_s for piece in pieces)
    console.print(
        f"{len(pieces)} pieces, {took:.3f} CPU-seconds a second of music: {options.out / 'index.html'}"
    )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moods", nargs="+", choices=list(MOODS), default=list(MOODS), metavar="MOOD")
    parser.add_argument("--seeds", type=int, default=3, help="pieces of each mood (default 3)")
    parser.add_argument("--length", type=float, default=30.0, help="seconds of each piece (default 30)")
    parser.add_argument("--out", type=Path, default=OUT, help="the folder to write (default build/listening)")
    return parser.parse_args()


def make_piece(mood: Mood, seed: int, length_s: float, bank: Bank, out: Path) -> Piece:
    """Compose and render; the MP3, the MIDI and the picture of the sound go to `out`."""
    name = f"{mood.name}-{seed}"
    began = time.process_time()
    asked = with_defaults({"mood": mood.name, "seed": seed, "length": length_s})
    score = compose(request_of(asked, material=None))
    with TemporaryDirectory(dir=out) as folder:
        made = produce(score, Path(folder), bank)
        cpu_s = time.process_time() - began
        spectrogram(made.files["wav"]).save(out / f"{name}.png", optimize=True)
        made.files["mp3"].rename(out / f"{name}.mp3")
        made.files["midi"].rename(out / f"{name}.mid")
    return Piece(mood, score, made, score_figures(score), cpu_s, name)


def spectrogram(path: Path) -> Image.Image:
    """Time across, 40 Hz to 16 kHz upwards in equal octaves, the loudest 70 dB from dark to bright."""
    sound = np.frombuffer(path.read_bytes()[44:], dtype="<i2").reshape(-1, 2).mean(axis=1) / 32768
    hz, _, waves = stft(sound, RATE, nperseg=4096, noverlap=4096 - max(len(sound) // WIDTH, 256))
    level = 20 * np.log10(np.abs(waves) + 1e-7)
    rows = np.geomspace(16000, 40, 150)
    level = np.stack([np.interp(rows, hz, column) for column in level.T], axis=1)
    bright = np.clip((level - level.max() + 70) / 70, 0, 1)
    stops = np.array([[20, 16, 34], [66, 32, 96], [158, 48, 90], [232, 108, 54], [252, 232, 172]])
    colours = np.stack(
        [np.interp(bright, np.linspace(0, 1, len(stops)), stops[:, i]) for i in range(3)], axis=2
    )
    return Image.fromarray(colours.astype(np.uint8)).resize((WIDTH, 150)).quantize(64)


def piano_roll(score: Score) -> str:
    """An SVG: every player's notes in a colour of their own, sections and chords above, drums beneath."""
    pitched = [(part, note) for part in score.parts if not part.is_drums for note in part.notes]
    low, high = min(n.pitch for _, n in pitched) - 1, max(n.pitch for _, n in pitched) + 1
    height = ROLL / (high - low)

    def across(beat: float) -> float:
        return score.seconds_at(beat) / score.length_s * WIDTH

    shapes = [*_sections(score, across), *_chords(score, across)]
    for part, note in sorted(pitched, key=lambda pair: pair[0].role == "melody"):
        left = across(note.start)
        width = max((across(note.start + note.duration) - left) * note.gate, 1.0)
        top = CHORDS + (high - note.pitch - 1) * height
        shapes.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{max(height - 0.4, 1):.1f}" '
            f'rx="1" fill="{COLOURS[part.role]}" opacity="{0.3 + 0.7 * note.velocity / 127:.2f}"/>'
        )
    shapes += _strokes(score, across)
    total = CHORDS + ROLL + DRUMS
    return (
        f'<svg viewBox="0 0 {WIDTH} {total}" role="img" aria-label="Piano roll">{"".join(shapes)}'
        f'<line class="now" y1="0" y2="{total}"/></svg>'
    )


def _sections(score: Score, across: Across) -> Iterable[str]:
    for i, section in enumerate(score.sections):
        left = across(section.start)
        width = across(section.start + section.bars * score.bar_beats) - left
        size = f'width="{width:.1f}" height="{CHORDS + ROLL + DRUMS}"'
        yield f'<rect class="section s{i % 2}" x="{left:.1f}" {size}/>'
        yield f'<text class="name" x="{left + 3:.1f}" y="11">{html.escape(section.name)}</text>'


def _chords(score: Score, across: Across) -> Iterable[str]:
    """Symbols where the chord changes, as far as there is room for them."""
    free, last = 0.0, ""
    for chord in score.chords:
        left = across(chord.start)
        if chord.symbol != last and left >= free:
            yield f'<text class="chord" x="{left + 3:.1f}" y="27">{html.escape(chord.symbol)}</text>'
            free = left + 6.2 * len(chord.symbol) + 8
        last = chord.symbol


def _strokes(score: Score, across: Across) -> Iterable[str]:
    for part in score.parts:
        for note in part.notes if part.is_drums else ():
            row = {35: 2, 36: 2, 37: 1, 38: 1, 39: 1, 40: 1}.get(note.pitch, 0)
            top = CHORDS + ROLL + 1 + row * DRUMS / 3
            yield f'<rect class="stroke" x="{across(note.start):.1f}" y="{top:.1f}" width="2" height="4"/>'


def page(pieces: list[Piece]) -> str:
    moods = {piece.mood.name: piece.mood for piece in pieces}
    links = " ".join(f'<a href="#{name}">{name}</a>' for name in moods)
    legend = " ".join(f'<span><i style="background:{c}"></i>{role}</span>' for role, c in COLOURS.items())
    body = "".join(
        f'<section id="{mood.name}"><h2>{mood.name}</h2><p class="place">valence {mood.valence:+.2f}, '
        f"arousal {mood.arousal:+.2f}</p>"
        f"{''.join(card(piece) for piece in pieces if piece.mood is mood)}</section>"
        for mood in moods.values()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>MuseAIka, to listen to</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style>'
        f"<header><h1>To listen to, and to judge</h1><p>{len(pieces)} pieces as they come: nothing was chosen. "
        "Click into a piano roll or a spectrogram to hear from there.</p>"
        f'<nav>{links}</nav><p class="legend">{legend}</p></header><main>{body}</main>'
        f"<script>{SCRIPT}</script></html>\n"
    )


def card(piece: Piece) -> str:
    score, made, name = piece.score, piece.made, html.escape(piece.name)
    facts = [
        score.key_name, f"{score.tempo[0].bpm:.0f} bpm", f"{score.metre[0]}/{score.metre[1]}",
        score.style.replace("_", " "), ", ".join(part.name for part in score.parts),
    ]  # fmt: skip
    sound = (
        f"seed {score.seed}, {made.duration_s:.1f} s, {made.loudness_lufs:.1f} LUFS, "
        f"{made.peak_dbtp:.1f} dBTP, {piece.cpu_s:.2f} CPU-seconds"
    )
    return (
        f'<article><h3>{html.escape(score.title)}</h3><p class="facts">{html.escape(" · ".join(facts))}</p>'
        f'<audio controls preload="none" src="{name}.mp3" data-seconds="{made.duration_s}"></audio>'
        f'<div class="seek">{piano_roll(score)}</div>'
        f'<div class="seek"><img src="{name}.png" alt="Spectrogram, 40 Hz to 16 kHz" loading="lazy" '
        f'width="{WIDTH}" height="150"></div>'
        f"<dl>{''.join(_figure(key, piece.figures) for key in SONGS)}</dl>"
        f'<p class="sound">{sound} · <a href="{name}.mp3">MP3</a> <a href="{name}.mid">MIDI</a></p></article>'
    )


def _figure(key: str, figures: Mapping[str, float]) -> str:
    """A figure on a bar that shades what most songs do."""
    name, low, high = SONGS[key]
    if key not in figures:
        return ""
    value, begin, end = figures[key], low - (high - low), high + (high - low)
    place = 100 * min(max((value - begin) / (end - begin), 0.0), 1.0)
    state = "in" if low <= value <= high else "out"
    told = f"{value:.0f}" if high > 10 else f"{value:.2f}"
    return (
        f'<div class="{state}" title="most songs: {low:g} to {high:g}"><dt>{name}</dt><dd>{told}'
        f'<span class="band"><b style="left:{place:.0f}%"></b></span></dd></div>'
    )


STYLE = """
:root{color-scheme:light dark;--paper:light-dark(#f6f4ef,#17151a);--card:light-dark(#fffdf9,#211e25);
--ink:light-dark(#292530,#ece7ee);--soft:light-dark(#6d6575,#a79fae);--line:light-dark(#e2dcd2,#3a3540);
--accent:light-dark(#b3400e,#ff9a66)}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.5 ui-sans-serif,system-ui,sans-serif}header,main{max-width:1080px;margin:auto;padding:0 20px}
h1,h2,h3{font-family:ui-serif,Charter,Georgia,serif;font-weight:600;margin:0}h1{font-size:34px;padding-top:36px}
h2{font-size:27px;text-transform:capitalize;padding-top:36px}h3{font-size:19px}
header p,.place,.facts,.sound{color:var(--soft);margin:2px 0 10px}.sound{font-size:13px;margin:10px 0 0}
a{color:var(--accent)}nav{display:flex;flex-wrap:wrap;gap:4px 14px;margin:12px 0}
nav a{text-transform:capitalize;text-decoration:none}
.legend{display:flex;flex-wrap:wrap;gap:14px;font-size:13px}
.legend i{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:5px}
article{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:18px 20px;
margin:0 0 18px}
audio{width:100%;height:40px;margin-bottom:8px}.seek{position:relative;cursor:pointer;line-height:0}
svg{width:100%;height:auto;display:block}.seek img{width:100%;height:110px;border-radius:6px;margin-top:6px}
.section{fill:var(--ink);opacity:.025}.s1{opacity:.07}.name{font-size:10.5px;fill:var(--soft)}
.chord{font-size:11.5px;font-weight:600;fill:var(--ink)}.stroke{fill:var(--soft)}
.now{stroke:var(--accent);stroke-width:1.5;visibility:hidden}.playing .now{visibility:visible}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(165px,42%),1fr));gap:8px 22px;margin:14px 0 0;
font-size:13px}dl div{border-top:1px solid var(--line);padding-top:4px}dt{color:var(--soft)}
dd{margin:0;display:flex;align-items:center;gap:9px;font-variant-numeric:tabular-nums}
.out dd{color:var(--accent);font-weight:600}.band{flex:1;height:6px;border-radius:3px;position:relative;
background:linear-gradient(90deg,var(--line) 33.3%,var(--soft) 33.3% 66.6%,var(--line) 66.6%)}
.band b{position:absolute;top:-3px;width:3px;height:12px;margin-left:-1px;
border-radius:2px;background:var(--ink)}
.out .band b{background:var(--accent)}
"""
SCRIPT = """
const all=[...document.querySelectorAll('article')];
for(const card of all){const audio=card.querySelector('audio'),now=card.querySelector('.now');
const total=+audio.dataset.seconds;
const move=()=>{const x=audio.currentTime/total*1000;now.setAttribute('x1',x);now.setAttribute('x2',x);
if(!audio.paused)requestAnimationFrame(move)};
audio.onplay=()=>{for(const other of all)if(other!==card)other.querySelector('audio').pause();
card.classList.add('playing');move()};audio.onseeked=move;
for(const place of card.querySelectorAll('.seek'))place.onclick=event=>{const box=place.getBoundingClientRect();
audio.currentTime=(event.clientX-box.left)/box.width*total;audio.play()}}
"""

if __name__ == "__main__":
    sys.exit(main())
