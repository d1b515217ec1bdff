/** <piece-player>: one finished piece: its sound and shape, what it is made of, and its files. */

import { ask } from "../api.js";
import { clock, h, size } from "../dom.js";
import { request, send } from "../http.js";
import { STRINGS } from "../strings.js";

class PiecePlayer extends HTMLElement {
  connectedCallback() {
    this.audio = h("audio", { preload: "auto" });
    this.wave = h("sound-wave");
    this.button = h(
      "button",
      { type: "button", class: "main play", onclick: () => this.toggle() },
      STRINGS.play,
    );
    this.time = h("span", { class: "note time" });
    this.sections = h("ol", { class: "sections", "aria-label": "Sections" });
    this.facts = h("dl", { class: "facts" });
    this.files = h("ul", { class: "files", "aria-label": "Downloads" });
    this.append(
      this.audio,
      h("div", { class: "deck" }, this.button, this.wave, this.time),
      this.sections,
      this.facts,
      this.files,
    );
    for (const name of ["play", "pause", "ended"]) this.audio.addEventListener(name, () => this.tellState());
    this.audio.addEventListener("timeupdate", () => this.follow());
    this.audio.addEventListener("durationchange", () => this.follow());
    this.wave.addEventListener("seek", ({ detail }) => (this.audio.currentTime = detail.seconds));
  }

  /** Load a completed job: sound that plays from memory, so no link can run out while it is heard. */
  async open(job) {
    this.close();
    this.job = job;
    const { result } = job;
    const { data: sound } = await send(request("GET", result.downloads.mp3.url));
    this.audio.src = URL.createObjectURL(sound);
    this.describe(result.metadata);
    this.list(result.downloads);
    this.hidden = false;
    await this.wave.draw(await sound.arrayBuffer()).catch(() => {
      throw new Error(STRINGS.notDecoded);
    });
  }

  close() {
    this.audio.pause();
    URL.revokeObjectURL(this.audio.src);
    this.audio.removeAttribute("src");
    this.hidden = true;
    this.job = null;
  }

  toggle() {
    return this.audio.paused ? this.audio.play() : this.audio.pause();
  }

  tellState() {
    this.button.textContent = this.audio.paused ? STRINGS.play : STRINGS.pause;
    if (!this.audio.paused) this.draw();
  }

  /** The head glides while it plays; "timeupdate" alone would make it hop. */
  draw() {
    this.follow();
    if (!this.audio.paused) requestAnimationFrame(() => this.draw());
  }

  follow() {
    const { currentTime: now, duration } = this.audio;
    this.wave.at(now);
    this.time.textContent = `${clock(now)} / ${clock(duration || this.wave.length)}`;
    const starts = this.starts.findLastIndex((start) => start <= now + 0.05);
    [...this.sections.children].forEach((section, index) =>
      section.toggleAttribute("data-now", index === starts),
    );
  }

  describe(metadata) {
    const { sections } = metadata;
    this.starts = sections.map(({ start_s: start }) => start);
    this.sections.replaceChildren(...sections.map((section) => this.section(section)));
    const facts = {
      Style: metadata.style?.replaceAll("_", " "),
      Key: metadata.key,
      Metre: metadata.time_signature,
      Tempo: `${Math.round(metadata.tempo * 10) / 10} bpm`,
      Bars: metadata.bars,
      Played_by: [...new Set(metadata.instruments)].join(", ").replaceAll("_", " "),
      Loudness: `${metadata.loudness_lufs.toFixed(1).replace("-", "−")} LUFS`,
    };
    const rows = Object.entries(facts)
      .filter(([, value]) => value != null)
      .map(([name, value]) => h("div", {}, h("dt", {}, name.replace("_", " ")), h("dd", {}, String(value))));
    const keep = h(
      "button",
      { type: "button", class: "quiet", onclick: () => this.tellSeed(metadata.seed) },
      "Use again",
    );
    this.facts.replaceChildren(
      ...rows,
      h("div", {}, h("dt", {}, "Seed"), h("dd", {}, String(metadata.seed), " ", keep)),
    );
  }

  section({ name, start_s: start, chords }) {
    const jump = () => (this.audio.currentTime = start);
    const inside = [h("strong", {}, name), h("span", {}, chords.join(" "))];
    return h(
      "li",
      {},
      h("button", { type: "button", title: `${clock(start)} ${chords.join(" ")}`, onclick: jump }, inside),
    );
  }

  tellSeed(seed) {
    this.dispatchEvent(new CustomEvent("seed", { detail: { seed } }));
  }

  list(downloads) {
    const links = Object.entries(STRINGS.formats)
      .filter(([format]) => format in downloads)
      .map(([format, name]) =>
        h(
          "li",
          {},
          h(
            "a",
            {
              href: downloads[format].url,
              download: true,
              "data-format": format,
              onclick: (event) => this.fetchFresh(event, format),
            },
            name,
            h("span", { class: "note" }, size(downloads[format].bytes)),
          ),
        ),
      );
    this.files.replaceChildren(...links);
  }

  /** The links are good for a while; one that ran out is asked for anew before it is followed. */
  async fetchFresh(event, format) {
    if (Date.parse(this.job.result.downloads[format].expires_at) > Date.now() + 5000) return;
    event.preventDefault();
    this.job = await ask("GET", `/generate/${this.job.job_id}`);
    this.list(this.job.result.downloads);
    this.files.querySelector(`[data-format="${format}"]`).click();
  }
}

customElements.define("piece-player", PiecePlayer);
