/** <mood-bars>: shares of moods as bars, the largest first; what rounds to nothing is left out. */

import { h, percent, vary } from "../dom.js";
import { moods, wear } from "../moods.js";

class MoodBars extends HTMLElement {
  /** `shares` is {mood: 0…1}; the `most` largest are shown. */
  show(shares, most = 5) {
    const largest = Object.entries(shares)
      .filter(([, share]) => share >= 0.005)
      .sort(([, a], [, b]) => b - a)
      .slice(0, most);
    this.replaceChildren(
      h(
        "ul",
        {},
        largest.map(([name, share]) => bar(name, share)),
      ),
    );
  }
}

function bar(name, share) {
  const place = moods().find((mood) => mood.name === name) ?? { valence: 0, arousal: 0 };
  const fill = vary(h("span", { class: "fill" }), { "--share": share });
  return wear(
    h(
      "li",
      {},
      h("span", {}, name),
      h("span", { class: "rail" }, fill),
      h("span", { class: "number" }, percent(share)),
    ),
    place.valence,
    place.arousal,
  );
}

customElements.define("mood-bars", MoodBars);
