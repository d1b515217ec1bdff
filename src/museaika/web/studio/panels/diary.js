/** <diary-panel>: what was kept, its course over the days, and a person's say over all of it. */

import { ask } from "../api.js";
import { h, save, when } from "../dom.js";
import { room, wear } from "../moods.js";
import { Panel } from "../parts/panel.js";
import { know, leave, session, start, user } from "../session.js";
import { STRINGS } from "../strings.js";

const PAGE = 8;

class DiaryPanel extends Panel {
  ready() {
    this.list = this.$(".entries");
    this.more = this.$(".more");
    this.more.addEventListener("click", () => this.attempt(() => this.read(this.cursor)));
    const doing = {
      export: (button) => this.export(button),
      erase: (button) => this.erase(button),
      "forget-all": (button) => this.forgetAll(button),
    };
    for (const [name, act] of Object.entries(doing))
      this.$(`[data-do=${name}]`).addEventListener("click", ({ target }) => act(target));
    this.listLevels();
    room.addEventListener("vocabulary", () => this.guard(() => this.refresh()));
    room.addEventListener("diary", () => this.guard(() => this.refresh()));
    session.addEventListener("changed", () => this.markLevel());
    session.addEventListener("replaced", () => this.guard(() => this.refresh()));
  }

  /** Read it anew; quietly, where the request to show is another one. */
  async refresh({ quietly = false } = {}) {
    await this.read(null, quietly ? ask : undefined);
    const { items } = await ask("GET", "/detect/history?bucket=day&limit=100");
    this.$("trend-chart").show(items.toSorted((a, b) => a.start.localeCompare(b.start)));
  }

  async read(cursor, get = (...asked) => this.call(...asked)) {
    const page = await get("GET", "/detect/history", { query: { limit: PAGE, cursor } });
    const rows = page.items.map((entry) => this.entry(entry));
    cursor ? this.list.append(...rows) : this.list.replaceChildren(...rows);
    const empty = !this.list.children.length;
    if (empty) this.list.append(h("li", { class: "note" }, STRINGS.emptyDiary));
    this.$("[data-do=forget-all]").hidden = empty;
    this.cursor = page.next_cursor;
    this.more.hidden = !this.cursor;
  }

  entry({ mood_id: id, primary_mood: mood, source, valence, arousal, timestamp: time, text }) {
    const dot = wear(h("span", { class: "dot", "aria-hidden": "true" }), valence, arousal);
    const forget = h(
      "button",
      {
        type: "button",
        class: "quiet",
        "aria-label": STRINGS.forget(mood, when(time)),
        onclick: ({ currentTarget }) => this.forget(id, currentTarget),
      },
      "Forget",
    );
    return h(
      "li",
      {},
      dot,
      h(
        "div",
        {},
        h("strong", {}, mood),
        h("span", { class: "note" }, `${when(time)} · ${source}`),
        text && h("q", {}, text),
      ),
      forget,
    );
  }

  forget(id, button) {
    this.attempt(async () => {
      await this.call("DELETE", `/detect/history/${id}`);
      await this.refresh({ quietly: true });
      this.say(STRINGS.forgotten);
    }, button);
  }

  async forgetAll(button) {
    if (!(await this.sure("Erase every entry of your diary?"))) return;
    this.attempt(async () => {
      await this.call("DELETE", "/detect/history");
      await this.refresh({ quietly: true });
      this.say(STRINGS.forgottenAll);
    }, button);
  }

  listLevels() {
    const levels = Object.entries(STRINGS.levels).map(([level, words]) =>
      h(
        "label",
        { class: "check" },
        h("input", { type: "radio", name: "level", value: level, onchange: () => this.setLevel(level) }),
        h("span", {}, words),
      ),
    );
    this.$(".levels").replaceChildren(...levels);
  }

  markLevel() {
    for (const radio of this.$$(".levels input")) radio.checked = radio.value === user()?.privacy_level;
  }

  setLevel(level) {
    this.attempt(async () => {
      know(await this.call("PATCH", "/users/me", { json: { privacy_level: level } }));
      this.say(STRINGS.levelSaved(level));
    }).then(() => this.markLevel());
  }

  export(button) {
    this.attempt(async () => {
      save(await this.call("GET", "/users/me/export"), "museaika-export.zip");
      this.say(STRINGS.exported);
    }, button);
  }

  async erase(button) {
    if (!(await this.sure("Erase your account with everything in it?"))) return;
    this.attempt(async () => {
      await this.call("DELETE", "/users/me");
      leave();
      await start();
      session.dispatchEvent(new CustomEvent("replaced", { detail: STRINGS.erased }));
    }, button);
  }

  /** Ask once more; the answer is whether to go on. */
  sure(question) {
    const dialog = this.$("dialog");
    dialog.querySelector("[data-is=question]").textContent = question;
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((answer) =>
      dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }),
    );
  }
}

customElements.define("diary-panel", DiaryPanel);
