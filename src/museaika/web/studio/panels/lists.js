/** <lists-panel>: lists that several people edit at the same time, each seeing at once what the others do. */

import { ask } from "../api.js";
import { h } from "../dom.js";
import { line, live } from "../live.js";
import { room } from "../moods.js";
import { Panel } from "../parts/panel.js";
import { SharedPlaylist } from "../playlist/shared-playlist.js";
import { user } from "../session.js";
import { STRINGS } from "../strings.js";

const INVITED = /^#invitation=(.+)$/;

class ListsPanel extends Panel {
  ready() {
    this.list = null;
    this.mood = "calm";
    this.choice = this.$("select");
    this.$("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.add(event.target.elements.track);
    });
    this.choice.addEventListener("change", () => this.attempt(() => this.open(this.choice.value)));
    this.$("[name=title]").addEventListener("change", ({ target }) => this.do(() => this.list.rename(target.value)));
    const doing = { make: () => this.make(), invite: () => this.invite() };
    for (const [name, act] of Object.entries(doing))
      this.$(`[data-do=${name}]`).addEventListener("click", ({ target }) => this.attempt(act, target));
    for (const name of ["undo", "redo"])
      this.$(`[data-do=${name}]`).addEventListener("click", () => this.do(() => this.list[name]()));
    room.addEventListener("mood", ({ detail }) => (this.mood = detail.reading.primary_mood ?? this.mood));
    live.addEventListener("connected", () => this.guard(() => this.begin()));
  }

  /** Whoever came by an invitation is let in first. */
  async begin() {
    const [, token] = INVITED.exec(location.hash) ?? [];
    let id = this.choice.value;
    if (token) {
      history.replaceState(null, "", location.pathname);
      const card = await this.call("POST", "/invitations/accept", { json: { token: decodeURIComponent(token) } });
      id = card.id;
      this.say(STRINGS.letIn(card.title));
      this.scrollIntoView();
    }
    await this.choose(id);
  }

  /** Read which lists there are, and open one of them. */
  async choose(id) {
    const { items } = await ask("GET", "/playlists?limit=100");
    const options = items.map((card) => h("option", { value: card.id }, card.title));
    this.choice.replaceChildren(h("option", { value: "" }, STRINGS.noList), ...options);
    this.choice.value = items.some((card) => card.id === id) ? id : "";
    await this.open(this.choice.value);
  }

  async make() {
    const json = { title: STRINGS.newList(this.mood), from_mood: this.mood };
    await this.choose((await this.call("POST", "/playlists", { json })).id);
  }

  async invite() {
    const path = `/playlists/${this.list.view.id}/invitations`;
    const { url } = await this.call("POST", path, { json: { role: "collaborator" } });
    this.$("[data-is=link]").replaceChildren(h("a", { href: url }, url));
    this.say(STRINGS.invited);
  }

  async open(id) {
    this.list?.close();
    this.list = this.painted = null;
    this.$(".shared").hidden = true;
    this.$("[data-is=link]").replaceChildren();
    if (!id) return;
    const list = (this.list = new SharedPlaylist(line(), id, user().user_id));
    list.addEventListener("change", () => this.show(list));
    list.addEventListener("presence", () => this.showState(list));
    list.addEventListener("state", () => this.showState(list));
    list.addEventListener("refused", ({ detail }) => this.complain(new Error(detail.detail)));
    list.addEventListener("closed", ({ detail }) => list === this.list && this.complain(new Error(detail.detail)));
    await list.open();
    this.$(".shared").hidden = false;
  }

  add(field) {
    const track = field.value.trim();
    if (track) this.do(() => this.list.add(track)).then(() => (field.value = ""));
  }

  /** An edit shows at once; what the server refuses is said, and taken out again. */
  do(edit) {
    this.clear();
    return edit().catch((refusal) => this.complain(refusal));
  }

  show(list) {
    if (list !== this.list) return;
    const { title, tracks, version } = list.view;
    const named = this.$("[name=title]");
    if (document.activeElement !== named) named.value = title;
    const focused = document.activeElement?.dataset;
    const [entry, act] = [focused?.entry, focused?.act];
    this.$("ol").replaceChildren(...tracks.map((track, place) => this.row(track, place, tracks)));
    if (entry) this.$(`[data-entry="${entry}"][data-act="${act}"]`)?.focus();
    this.$("[data-do=undo]").disabled = !list.canUndo;
    this.$("[data-do=redo]").disabled = !list.canRedo;
    this.showState(list);
    if (version !== this.painted) this.guard(() => this.paint(list, version));
  }

  row({ entry_id: entry, track_id, title, artists, mood_context }, place, tracks) {
    const name = title ?? track_id;
    const button = (act, sign, label, work, disabled = false) =>
      h(
        "button",
        {
          type: "button",
          class: "round",
          "aria-label": label,
          "data-entry": entry,
          "data-act": act,
          disabled,
          onclick: () => this.do(work),
        },
        sign,
      );
    const up = () => this.list.move(entry, tracks[place - 2]?.entry_id ?? null);
    const down = () => this.list.move(entry, tracks[place + 1].entry_id);
    const words = [artists.join(", "), mood_context].filter(Boolean).join(" · ");
    return h(
      "li",
      {},
      h("div", {}, h("strong", {}, name), h("span", { class: "note" }, words)),
      h(
        "div",
        { class: "verdicts" },
        button("up", "↑", STRINGS.moveUp(name), up, place === 0),
        button("down", "↓", STRINGS.moveDown(name), down, place === tracks.length - 1),
        button("remove", "×", STRINGS.remove(name), () => this.list.remove(entry)),
      ),
    );
  }

  showState({ users, pending, state }) {
    this.$("[data-is=here]").textContent = STRINGS.here(users.length, state, pending.length);
  }

  async paint(list, version) {
    this.painted = version;
    const picture = await ask("GET", `/playlists/${list.view.id}/cover`);
    const image = this.$("img");
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(picture);
  }
}

customElements.define("lists-panel", ListsPanel);
