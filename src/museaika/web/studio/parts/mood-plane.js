/**
 * <mood-plane>: valence from left to right, arousal from bottom to top, a point among the moods.
 *
 * While `editable`, the point is dragged, or moved by the arrow keys (with Shift, farther; Home, the middle),
 * and "pick" tells each new place; Enter tells "choose".
 */

import { clamp, h, s, signed, vary } from "../dom.js";
import { colour, moods, nearest, wear } from "../moods.js";
import { STRINGS } from "../strings.js";

const FIELD = 24;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
const SLIDER = {
  tabindex: "0",
  "aria-roledescription": "two-dimensional slider",
  "aria-valuemin": "-1",
  "aria-valuemax": "1",
  "aria-valuenow": "0",
  "aria-valuetext": "",
};

class MoodPlane extends HTMLElement {
  valence = 0;
  arousal = 0;
  mood = null;

  connectedCallback() {
    this.field = h("canvas", { width: FIELD, height: FIELD, "aria-hidden": "true" });
    this.names = h("div", { class: "names", "aria-hidden": "true" });
    this.point = h("div", { class: "point", hidden: true });
    this.append(this.field, axes(), this.names, this.point, ...edges());
    this.addEventListener("pointerdown", (event) => this.grab(event));
    this.addEventListener(
      "pointermove",
      (event) => this.hasPointerCapture(event.pointerId) && this.follow(event),
    );
    this.addEventListener("keydown", (event) => this.step(event));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
    this.paint();
    this.editable = false;
  }

  get editable() {
    return this.hasAttribute("editable");
  }

  set editable(on) {
    this.toggleAttribute("editable", on);
    for (const [name, value] of Object.entries(SLIDER))
      on ? this.setAttribute(name, value) : this.removeAttribute(name);
    this.describe();
  }

  /** The names of the vocabulary, each at its place. */
  label() {
    this.names.replaceChildren(
      ...moods().map(({ name, valence, arousal }) => at(h("span", {}, name), valence, arousal)),
    );
  }

  /** Put the point somewhere without telling anyone; without a mood of its own, the nearest names it. */
  place(valence, arousal, mood = null) {
    [this.valence, this.arousal, this.mood] = [clamp(valence), clamp(arousal), mood];
    this.point.hidden = false;
    wear(at(this.point, this.valence, this.arousal), this.valence, this.arousal);
    this.describe();
  }

  describe() {
    const mood = this.mood ?? nearest(this.valence, this.arousal)?.name ?? "";
    const words = this.point.hidden ? "" : STRINGS.place(signed(this.valence), signed(this.arousal), mood);
    this.setAttribute("role", this.editable ? "slider" : "img");
    this.setAttribute("aria-label", this.editable ? STRINGS.yourPlace : `${STRINGS.map} ${words}`);
    if (this.editable) {
      this.setAttribute("aria-valuenow", this.valence.toFixed(2));
      this.setAttribute("aria-valuetext", words);
    }
    for (const name of this.names.children) {
      const here = !this.point.hidden && name.textContent === mood;
      name.toggleAttribute("data-near", here);
      name.toggleAttribute("data-covered", here && this.covers(mood));
    }
  }

  /** Whether the point lies on the name of a mood, so that the name should step aside. */
  covers(mood) {
    const { valence, arousal } = moods().find(({ name }) => name === mood);
    return Math.abs(valence - this.valence) < 0.22 && Math.abs(arousal - this.arousal) < 0.14;
  }

  grab(event) {
    if (!this.editable) return this.dispatchEvent(new Event("touch"));
    this.setPointerCapture(event.pointerId);
    this.follow(event);
  }

  follow({ clientX, clientY }) {
    const box = this.getBoundingClientRect();
    this.pick(((clientX - box.left) / box.width) * 2 - 1, 1 - ((clientY - box.top) / box.height) * 2);
  }

  step(event) {
    if (!this.editable) return;
    if (event.key === "Enter") return this.dispatchEvent(new Event("choose"));
    if (event.key !== "Home" && !STEPS[event.key]) return;
    event.preventDefault();
    if (event.key === "Home") return this.pick(0, 0);
    const [right, up] = STEPS[event.key].map((way) => way * (event.shiftKey ? 0.25 : 0.05));
    this.pick(this.valence + right, this.arousal + up);
  }

  pick(valence, arousal) {
    this.place(Math.round(valence * 100) / 100, Math.round(arousal * 100) / 100);
    this.dispatchEvent(new Event("pick"));
  }

  /** The colours of all places, few and smoothed by the browser. */
  paint() {
    const pen = this.field.getContext("2d");
    const light = matchMedia("(prefers-color-scheme: dark)").matches ? 0.3 : 0.925;
    for (let x = 0; x < FIELD; x++) {
      for (let y = 0; y < FIELD; y++) {
        const { h: hue, c } = colour(((x + 0.5) / FIELD) * 2 - 1, 1 - ((y + 0.5) / FIELD) * 2);
        pen.fillStyle = `oklch(${light} ${c * 0.45} ${hue})`;
        pen.fillRect(x, y, 1, 1);
      }
    }
  }
}

const at = (element, valence, arousal) => vary(element, { "--x": (valence + 1) / 2, "--y": (1 - arousal) / 2 });

const axes = () =>
  s(
    "svg",
    { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("path", { d: "M50 3V97M3 50H97", "vector-effect": "non-scaling-stroke" }),
  );

const edges = () =>
  ["activated", "quiet", "unpleasant", "pleasant"].map((word) =>
    h("span", { class: `edge ${word}`, "aria-hidden": "true" }, word),
  );

customElements.define("mood-plane", MoodPlane);
