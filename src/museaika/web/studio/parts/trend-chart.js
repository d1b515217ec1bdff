/** <trend-chart>: the days of a diary as a small chart, with the same numbers as a table beneath. */

import { day, h, s, signed } from "../dom.js";
import { wear } from "../moods.js";
import { STRINGS } from "../strings.js";

const [NARROWEST, HEIGHT, EDGE, FOOT] = [260, 190, 18, 22];

class TrendChart extends HTMLElement {
  /** `buckets` as the API gives them: {start, count, valence, arousal, moods}, oldest first. */
  show(buckets) {
    const days = buckets.filter(({ count }) => count > 0);
    if (days.length === 0) return this.replaceChildren(h("p", { class: "note" }, STRINGS.noTrend));
    this.replaceChildren(chart(days, Math.max(NARROWEST, this.clientWidth)), legend(), table(days));
  }
}

function chart(days, width) {
  const first = Date.parse(days[0].start);
  const span = Date.parse(days.at(-1).start) - first;
  const x = ({ start }) =>
    span ? EDGE + ((Date.parse(start) - first) / span) * (width - 2 * EDGE) : width / 2;
  const middle = (HEIGHT - FOOT) / 2;
  const y = (value) => middle - value * (middle - EDGE);
  const line = (axis) =>
    days.map((each, i) => `${i ? "L" : "M"}${x(each).toFixed(1)} ${y(each[axis]).toFixed(1)}`).join("");
  const dots = days.map((each) => {
    const dot = s(
      "circle",
      { cx: x(each), cy: y(each.valence), r: Math.min(11, 4 + Math.sqrt(each.count)) },
      s("title", {}, words(each)),
    );
    return wear(dot, each.valence, each.arousal);
  });
  return s(
    "svg",
    {
      viewBox: `0 0 ${width} ${HEIGHT}`,
      role: "img",
      "aria-label": STRINGS.trendSummary(days.length, day(days[0].start), day(days.at(-1).start)),
    },
    s("path", { class: "zero", d: `M0 ${middle}H${width}` }),
    s("path", { class: "arousal", d: line("arousal") }),
    s("path", { class: "valence", d: line("valence") }),
    dots,
    dates(days, width),
  );
}

/** The first and the last day under the line; a single one in the middle. */
function dates(days, width) {
  const places =
    days.length > 1
      ? [
          [EDGE, "start", days[0]],
          [width - EDGE, "end", days.at(-1)],
        ]
      : [[width / 2, "middle", days[0]]];
  return places.map(([x, anchor, { start }]) =>
    s("text", { x, y: HEIGHT - 8, "text-anchor": anchor }, day(start)),
  );
}

const legend = () =>
  h(
    "p",
    { class: "legend note", "aria-hidden": "true" },
    h("span", { class: "key valence" }),
    "valence, unpleasant to pleasant ",
    h("span", { class: "key arousal" }),
    "arousal, quiet to activated",
  );

const strongest = ({ moods }) => Object.entries(moods).sort(([, a], [, b]) => b - a)[0]?.[0] ?? "";
const words = (each) =>
  `${day(each.start)}: ${each.count} × mostly ${strongest(each)}, valence ${signed(each.valence)}`;

function table(days) {
  const head = ["Day", "Moods", "Mostly", "Valence", "Arousal"].map((name) => h("th", { scope: "col" }, name));
  const rows = days.map((each) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, day(each.start)),
      [each.count, strongest(each), signed(each.valence), signed(each.arousal)].map((cell) =>
        h("td", {}, String(cell)),
      ),
    ),
  );
  return h(
    "details",
    {},
    h("summary", {}, "As a table"),
    h(
      "div",
      { class: "scroll", tabindex: "0" },
      h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows)),
    ),
  );
}

customElements.define("trend-chart", TrendChart);
