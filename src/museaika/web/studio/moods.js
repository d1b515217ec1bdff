/** The vocabulary of moods, the colour of a place among them, and what the panels tell each other. */

import { ask } from "./api.js";
import { vary } from "./dom.js";

/** The panels' common room: "mood" {reading} when one was read, "diary" when it changed, "vocabulary" once. */
export const room = new EventTarget();
export const tell = (name, detail) => room.dispatchEvent(new CustomEvent(name, { detail }));

let vocabulary = [];
export const moods = () => vocabulary;

export async function loadMoods() {
  vocabulary = (await ask("GET", "/moods")).items;
  tell("vocabulary");
}

export function nearest(valence, arousal) {
  const far = (mood) => Math.hypot(mood.valence - valence, mood.arousal - arousal);
  return vocabulary.reduce((best, mood) => (best && far(best) <= far(mood) ? best : mood), null);
}

/** Hue in degrees at each eighth of the circle: pleasant, excited, active, tense, unpleasant, low, sleepy, at rest. */
const HUES = [75, 58, 38, 20, -35, -95, -130, -185, -285];

/** The colour of a place on the plane as `{h, c}` of OKLCH: its angle is the hue, its distance the chroma. */
export function colour(valence, arousal) {
  const angle = (Math.atan2(arousal, valence) / (2 * Math.PI) + 1) % 1;
  const [step, rest] = [Math.floor(angle * 8), (angle * 8) % 1];
  const hue = HUES[step] + rest * (HUES[step + 1] - HUES[step]);
  return {
    h: Math.round((hue + 720) % 360),
    c: (0.035 + 0.1 * Math.min(1, Math.hypot(valence, arousal) / 0.8)).toFixed(3),
  };
}

/** Let an element, or the whole page, wear the colour of a place. */
export function wear(element, valence, arousal) {
  const { h, c } = colour(valence, arousal);
  return vary(element, { "--h": h, "--c": c });
}
