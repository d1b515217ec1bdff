/** <feel-panel>: three doors in (a sentence, a face, a place), and what was read. */

import { h, percent, signed } from "../dom.js";
import { moods, nearest, room, tell, wear } from "../moods.js";
import { Panel } from "../parts/panel.js";
import { session } from "../session.js";
import { STRINGS } from "../strings.js";
import { FaceDoor } from "./face.js";

class FeelPanel extends Panel {
  ready() {
    this.plane = this.$("mood-plane");
    this.doors = this.$("door-tabs");
    this.answer = Object.fromEntries(this.$$(".answer [data-is]").map((part) => [part.dataset.is, part]));
    this.face = new FaceDoor(this, this.$("#door-show form"));
    this.listenToWords();
    this.listenToPlaces();
    this.$(".correct").addEventListener("submit", (event) => this.correct(event));
    room.addEventListener("vocabulary", () => this.learnMoods());
    session.addEventListener("replaced", () => (this.$(".correct").hidden = true));
  }

  learnMoods() {
    this.plane.label();
    this.$("#better").replaceChildren(...moods().map(({ name }) => h("option", {}, name)));
  }

  listenToWords() {
    const form = this.$("#door-say form");
    const words = form.elements.text;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = words.value.trim();
      this.attempt(async () => {
        const reading = await this.call("POST", "/detect/sentiment", { json: { text, explain: true } });
        this.show(reading, { text });
      }, form.querySelector("button"));
    });
    words.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
  }

  listenToPlaces() {
    const form = this.$("#door-place form");
    const axes = ["valence", "arousal"].map((name) => form.elements[name]);
    const echo = () => {
      axes[0].value = this.plane.valence;
      axes[1].value = this.plane.arousal;
      this.placed();
    };
    for (const axis of axes) {
      axis.addEventListener("input", () => {
        this.plane.place(...axes.map(({ value }) => Number(value)));
        this.placed();
      });
    }
    this.doors.addEventListener("door", () => this.enter(this.doors.door, echo));
    this.plane.addEventListener("pick", echo);
    this.plane.addEventListener("touch", () => this.doors.open("place"));
    this.plane.addEventListener("choose", () => form.requestSubmit());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { valence, arousal } = this.plane;
      this.attempt(async () => {
        this.show(await this.call("POST", "/detect/manual", { json: { valence, arousal } }), { own: true });
      }, form.querySelector("button"));
    });
  }

  enter(door, echo) {
    this.plane.editable = door === "place";
    if (door !== "show") this.face.stop();
    if (door !== "place") return;
    this.plane.place(this.plane.valence, this.plane.arousal);
    echo();
  }

  /** The point is somewhere new, and nothing is asked yet. */
  placed() {
    const { valence, arousal } = this.plane;
    const [first, second] = this.$$("#door-place output");
    [first.value, second.value] = [signed(valence), signed(arousal)];
    this.answer.mood.textContent = nearest(valence, arousal)?.name ?? "";
    this.answer.sure.textContent = STRINGS.place(
      signed(valence),
      signed(arousal),
      this.answer.mood.textContent,
    );
    wear(document.documentElement, valence, arousal);
  }

  /** Show a reading, and let the other panels know. */
  show(reading, { text = "", own = false } = {}) {
    this.reading = reading;
    const { primary_mood: mood, valence, arousal } = reading;
    this.answer.mood.textContent = mood;
    this.answer.sure.textContent = own
      ? STRINGS.place(signed(valence), signed(arousal), mood)
      : certainty(reading);
    this.plane.place(valence, arousal, mood);
    this.$("mood-bars").show(reading.moods);
    this.mark(text, reading.highlights ?? []);
    const { language, language_supported: supported } = reading;
    const strange = supported === false && STRINGS.otherLanguage(languageName(language));
    this.answer.notice.textContent = [strange, reading.notice, reading.mood_id ? STRINGS.kept : STRINGS.notKept]
      .filter(Boolean)
      .join(" ");
    this.$(".correct").hidden = !reading.mood_id;
    this.$("#better").value = mood;
    wear(document.documentElement, valence, arousal);
    tell("mood", { reading });
    tell("diary");
  }

  /** The sentence again, the words that weighed most marked in the colour of their mood. */
  mark(text, highlights) {
    const letters = [...text]; // places are counted in characters, not in UTF-16 units
    const slice = (start, end) => letters.slice(start, end).join("");
    const parts = [];
    let end = 0;
    for (const part of strongest(highlights)) {
      const place = moods().find(({ name }) => name === part.mood);
      const marked = h("mark", { title: part.mood }, slice(part.start, part.end));
      parts.push(slice(end, part.start), place ? wear(marked, place.valence, place.arousal) : marked);
      end = part.end;
    }
    this.answer.words.replaceChildren(...parts, slice(end));
    this.answer.words.hidden = !text;
  }

  correct(event) {
    event.preventDefault();
    const mood = this.$("#better").value;
    this.attempt(async () => {
      const entry = await this.call("PATCH", `/detect/history/${this.reading.mood_id}`, { json: { mood } });
      this.show(
        { ...this.reading, ...entry, highlights: [], recommendations: [], notice: null },
        { own: true },
      );
      this.say(STRINGS.corrected(mood));
    }, event.target.querySelector("button"));
  }
}

/** The highlights that weigh at least half as much as the heaviest, in reading order. */
function strongest(highlights) {
  const least = Math.max(...highlights.map(({ weight }) => weight)) / 2;
  return highlights.filter(({ weight }) => weight >= least).sort((a, b) => a.start - b.start);
}

function certainty({ primary_mood: mood, confidence, moods: shares, ambiguous, sentiment }) {
  const second = Object.entries(shares)
    .sort(([, a], [, b]) => b - a)
    .find(([name]) => name !== mood)?.[0];
  const words = [`${STRINGS.sure(percent(confidence))}.`];
  if (ambiguous && second) words.push(STRINGS.alsoLikely(mood, second));
  if (sentiment) {
    const { label, score, mixed } = sentiment;
    words.push(`${STRINGS.sentiment(label, percent(score), mixed)}.`);
  }
  return words.join(" ");
}

/** What people call the language of an ISO 639 code. */
function languageName(code) {
  return code === "und" ? "another language" : new Intl.DisplayNames(["en"], { type: "language" }).of(code);
}

customElements.define("feel-panel", FeelPanel);
