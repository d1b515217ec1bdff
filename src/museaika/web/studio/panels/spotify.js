/** <spotify-panel>: connect Spotify, see what one hears there, and take the list of tracks over. */

import { h } from "../dom.js";
import { room } from "../moods.js";
import { Panel } from "../parts/panel.js";
import { know, session } from "../session.js";
import { STRINGS } from "../strings.js";

const STEPS = "taste,playlists,player";

class SpotifyPanel extends Panel {
  ready() {
    this.found = { mood: "", tracks: [] };
    this.onClick("connect", () => this.connect());
    this.onClick("hear", () => this.hear());
    this.onClick("write", () => this.write());
    this.onClick("disconnect", () => this.disconnect());
    room.addEventListener("tracks", ({ detail }) => (this.found = detail));
    session.addEventListener("changed", () => this.look(), { once: true });
    if (new URLSearchParams(location.search).get("spotify") === "declined") this.say(STRINGS.spotifyDeclined);
    history.replaceState(null, "", location.pathname + location.hash);
  }

  onClick(name, work) {
    const button = this.$(`[data-do=${name}]`);
    button.addEventListener("click", () => this.attempt(work, button));
  }

  /** Show the panel where the server has an app, in the state that the person's account is in. */
  async look() {
    await this.guard(async () => {
      const account = await this.call("GET", "/auth/spotify");
      this.settle(account);
      this.hidden = !account.available;
      if (account.connected) know(await this.call("GET", "/auth/me")); // a guest has a name now
    });
  }

  settle({ connected, display_name: name, product, reconnect }) {
    const usable = connected && !reconnect;
    for (const button of this.$$("[data-do]")) button.hidden = (button.dataset.do === "connect") === usable;
    this.$("[data-do=disconnect]").hidden = !connected;
    this.$("[data-is=state]").textContent = reconnect
      ? STRINGS.spotifyEnded
      : connected
        ? STRINGS.spotifyConnected(name, product)
        : STRINGS.spotifyNot;
  }

  async connect() {
    const query = { steps: STEPS, return_to: "/#spotify" };
    const { authorize_url: address } = await this.call("GET", "/auth/spotify/login", { query });
    location.assign(address);
  }

  async hear() {
    const { items } = await this.call("GET", "/spotify/tracks");
    const row = ({ title, artists, track_id: known }) =>
      h("li", {}, h("strong", {}, title), ` ${artists.join(", ")} `, known && h("span", { class: "note" }, STRINGS.knownHere));
    this.$(".heard").replaceChildren(...items.map(row));
    this.say(STRINGS.heard(items.length, items.filter((one) => one.track_id).length));
  }

  /** The tracks above as a list of ours, and that list on Spotify; the same list again as they change. */
  async write() {
    const { mood, tracks } = this.found;
    if (!tracks.length) return this.say(STRINGS.findFirst);
    const title = STRINGS.listTitle(mood);
    const json = { title, tracks: tracks.map((track) => track.track_id), mood_tags: [mood] };
    const list = this.list
      ? await this.call("PUT", `/playlists/${this.list}`, { json })
      : await this.call("POST", "/playlists", { json });
    this.list = list.id;
    const told = await this.call("POST", `/playlists/${this.list}/export/spotify`, { json: {} });
    const link = h("a", { href: told.url, rel: "noreferrer", target: "_blank" }, title);
    this.$("[data-is=written]").replaceChildren(link, ` ${STRINGS.written(told)}`);
  }

  async disconnect() {
    await this.call("DELETE", "/auth/spotify");
    this.$(".heard").replaceChildren();
    this.settle({ connected: false });
    this.say(STRINGS.spotifyGone);
  }
}

customElements.define("spotify-panel", SpotifyPanel);
