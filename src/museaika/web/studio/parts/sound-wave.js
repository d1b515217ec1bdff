/**
 * <sound-wave>: a piece drawn from its decoded sound, with a playhead that is also its slider.
 *
 * `draw(bytes)` decodes; `at(seconds)` moves the head; a click, a drag or the arrow keys tell "seek" {seconds}.
 */

import { clamp, clock } from "../dom.js";
import { STRINGS } from "../strings.js";

const BARS = 600;
const RATE = 8000;

class SoundWave extends HTMLElement {
  peaks = [];
  now = 0;
  length = 0;

  connectedCallback() {
    this.canvas = document.createElement("canvas");
    this.append(this.canvas);
    for (const [name, value] of Object.entries({
      role: "slider",
      tabindex: "0",
      "aria-label": "Place in the piece",
      "aria-valuemin": "0",
    })) {
      this.setAttribute(name, value);
    }
    this.addEventListener(
      "pointerdown",
      (event) => this.setPointerCapture(event.pointerId) ?? this.point(event),
    );
    this.addEventListener(
      "pointermove",
      (event) => this.hasPointerCapture(event.pointerId) && this.point(event),
    );
    this.addEventListener("keydown", (event) => this.key(event));
    this.sizes = new ResizeObserver(() => this.render());
    this.sizes.observe(this);
  }

  disconnectedCallback() {
    this.sizes.disconnect();
  }

  /** Decode compressed sound (an ArrayBuffer, used up) at a low rate, enough to see. */
  async draw(bytes) {
    const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes);
    this.length = sound.duration;
    this.peaks = loudest(sound.getChannelData(0));
    this.at(0);
  }

  at(seconds) {
    this.now = seconds;
    this.setAttribute("aria-valuemax", Math.round(this.length));
    this.setAttribute("aria-valuenow", Math.round(seconds));
    this.setAttribute("aria-valuetext", STRINGS.at(clock(seconds), clock(this.length)));
    this.render();
  }

  point({ clientX }) {
    const box = this.getBoundingClientRect();
    this.seek(((clientX - box.left) / box.width) * this.length);
  }

  key(event) {
    const moves = { ArrowLeft: this.now - 5, ArrowRight: this.now + 5, Home: 0, End: this.length };
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.seek(moves[event.key]);
  }

  seek(seconds) {
    this.at(clamp(seconds, 0, this.length));
    this.dispatchEvent(new CustomEvent("seek", { detail: { seconds: this.now } }));
  }

  render() {
    const sharp = devicePixelRatio || 1;
    const [width, height] = [this.clientWidth * sharp, this.clientHeight * sharp];
    if (!width || !height) return;
    Object.assign(this.canvas, { width, height });
    const pen = this.canvas.getContext("2d");
    pen.fillStyle = getComputedStyle(this).color;
    const step = 4 * sharp;
    const head = this.length ? (this.now / this.length) * width : 0;
    for (let x = 0; x < width; x += step) {
      const peak = this.peaks[Math.floor((x / width) * this.peaks.length)] ?? 0;
      const tall = Math.max(2 * sharp, peak * height * 0.92);
      pen.globalAlpha = x < head ? 1 : 0.38;
      pen.beginPath();
      pen.roundRect(x, (height - tall) / 2, step * 0.6, tall, step * 0.3);
      pen.fill();
    }
    pen.globalAlpha = 1;
    if (this.length) pen.fillRect(Math.min(head, width - 2 * sharp), 0, 2 * sharp, height);
  }
}

/** The loudest sample of each of BARS stretches, the loudest of all being 1. */
function loudest(samples) {
  const stretch = Math.max(1, Math.floor(samples.length / BARS));
  const peaks = Array.from({ length: BARS }, (_, bar) => {
    let peak = 0;
    for (let i = bar * stretch; i < (bar + 1) * stretch && i < samples.length; i++)
      peak = Math.max(peak, Math.abs(samples[i]));
    return peak;
  });
  const top = Math.max(...peaks) || 1;
  return peaks.map((peak) => peak / top);
}

customElements.define("sound-wave", SoundWave);
