/** <music-panel>: tracks for a mood, each with its reason, and what the person thinks of them. */

import { clock, h } from "../dom.js";
import { moods, room, wear } from "../moods.js";
import { Panel } from "../parts/panel.js";
import { STRINGS } from "../strings.js";

const PAGE = 6;

class MusicPanel extends Panel {
  ready() {
    this.form = this.$("form");
    this.list = this.$(".tracks");
    this.more = this.$(".more");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.find();
    });
    this.form.addEventListener("change", () => {
      this.settle();
      this.find();
    });
    this.more.addEventListener("click", () => this.find({ cursor: this.cursor }));
    room.addEventListener("vocabulary", () => this.learnMoods());
    room.addEventListener("mood", ({ detail }) => this.follow(detail.reading));
  }

  learnMoods() {
    this.form.elements.mood.replaceChildren(...moods().map(({ name }) => h("option", {}, name)));
    this.form.elements.target.append(...moods().map(({ name }) => h("option", {}, name)));
  }

  /** A journey says where to go by itself, so the aim is off meanwhile. */
  settle() {
    this.$(".choices").disabled = this.form.elements.target.value !== "";
  }

  follow({ primary_mood: mood, recommendations = [] }) {
    this.form.elements.mood.value = mood;
    this.$(".mixes").replaceChildren(...recommendations.map((mix) => this.mix(mix)));
    this.find();
  }

  /** A list's address is a question of this very API: put its answers into the form. */
  mix({ name, reason, url }) {
    const choose = () => {
      for (const [field, value] of new URL(url, location.origin).searchParams) {
        if (this.form.elements[field]) this.form.elements[field].value = value;
      }
      this.settle();
      this.find();
    };
    const asksUs = url.startsWith("/api/v1/recommendations");
    const inside = [h("strong", {}, name), h("span", { class: "note" }, reason)];
    return h(
      "li",
      {},
      asksUs
        ? h("button", { type: "button", onclick: choose }, inside)
        : h("a", { href: url, rel: "noreferrer", target: "_blank" }, inside),
    );
  }

  find({ cursor = null } = {}) {
    const query = { ...Object.fromEntries(new FormData(this.form)), limit: PAGE, cursor };
    this.attempt(async () => {
      const page = await this.call("GET", "/recommendations", { query });
      const rows = page.items.map((track) => this.row(track, query.mood));
      cursor ? this.list.append(...rows) : this.list.replaceChildren(...rows);
      this.shown = cursor ? [...this.shown, ...page.items] : page.items;
      room.dispatchEvent(new CustomEvent("tracks", { detail: { mood: page.mood, tracks: this.shown } }));
      this.cursor = page.next_cursor;
      this.more.hidden = !this.cursor;
      if (!page.items.length) this.say(STRINGS.noTracks);
      else if (cursor) rows[0].querySelector("a")?.focus();
    }, this.$("button.main"));
  }

  row(track, mood) {
    const tile = wear(h("span", { class: "tile", "aria-hidden": "true" }), track.valence, track.energy * 2 - 1);
    const title = track.url
      ? h(
          "a",
          { href: track.url, rel: "noreferrer", target: "_blank", title: STRINGS.listen(track.title) },
          track.title,
        )
      : h("span", {}, track.title);
    const length = track.duration_ms ? ` · ${clock(track.duration_ms / 1000)}` : "";
    const about = h(
      "div",
      {},
      title,
      h("span", { class: "by" }, track.artists.join(", ") + length),
      h("span", { class: "note" }, track.reason),
    );
    const verdicts = [
      ["like", "+", STRINGS.like],
      ["dislike", "−", STRINGS.dislike],
    ].map(([verdict, sign, label]) =>
      h(
        "button",
        {
          type: "button",
          class: "round",
          "aria-pressed": "false",
          "aria-label": label(track.title),
          title: label(track.title),
          onclick: ({ currentTarget }) => this.judge(track, verdict, mood, currentTarget),
        },
        sign,
      ),
    );
    return h("li", {}, tile, about, h("span", { class: "verdicts" }, verdicts));
  }

  judge({ track_id }, verdict, mood, button) {
    this.attempt(async () => {
      await this.call("POST", "/recommendations/feedback", { json: { track_id, verdict, mood } });
      for (const each of button.parentElement.children)
        each.setAttribute("aria-pressed", String(each === button));
      this.say(STRINGS.noted);
    });
  }
}

customElements.define("music-panel", MusicPanel);
