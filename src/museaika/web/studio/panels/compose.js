/** <compose-panel>: wishes for a piece, its making as it goes on, and the pieces made before. */

import { ask } from "../api.js";
import { h, percent, when } from "../dom.js";
import { room } from "../moods.js";
import { Panel } from "../parts/panel.js";
import { session } from "../session.js";
import { STRINGS } from "../strings.js";
import { follow, hasEnded } from "./jobs.js";

const CHOICES = {
  mood: "moods",
  target_mood: "moods",
  style: "styles",
  instrument: "instruments",
  key: "keys",
  engine: "engines",
};
const UNSET = {
  target_mood: STRINGS.stay,
  style: STRINGS.byMood,
  instrument: STRINGS.byMood,
  key: STRINGS.byMood,
};
const NUMBERS = ["length", "tempo", "seed"];

class ComposePanel extends Panel {
  ready() {
    this.form = this.$("form");
    this.player = this.$("piece-player");
    this.making = this.$(".making");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.compose();
    });
    this.$("[data-do=cancel]").addEventListener("click", ({ target }) => this.cancel(target));
    this.player.addEventListener("seed", ({ detail }) => this.again(detail));
    room.addEventListener("vocabulary", () => this.guard(() => this.learn()));
    room.addEventListener(
      "mood",
      ({ detail }) => (this.form.elements.mood.value = detail.reading.primary_mood),
    );
    session.addEventListener("replaced", () => this.startAnew());
  }

  startAnew() {
    this.following?.stop();
    this.making.hidden = true;
    this.player.close();
    this.listEarlier();
  }

  async learn() {
    const options = await ask("GET", "/generate/options");
    for (const [field, list] of Object.entries(CHOICES)) {
      const empty = field in UNSET ? [h("option", { value: "" }, UNSET[field])] : [];
      this.form.elements[field].replaceChildren(...empty, ...options[list].map(choice));
    }
    await this.listEarlier();
  }

  compose() {
    const wishes = Object.fromEntries([...new FormData(this.form)].filter(([, value]) => value !== ""));
    for (const name of NUMBERS) if (name in wishes) wishes[name] = Number(wishes[name]);
    this.attempt(async () => {
      const job = await this.call("POST", "/generate", { json: wishes });
      this.player.close();
      this.watch(job);
    }, this.$("button.main"));
  }

  watch(job) {
    this.following?.stop();
    this.job = job;
    this.making.hidden = false;
    this.following = follow(
      job,
      (state) => this.step(state),
      (error) => {
        this.making.hidden = true;
        this.complain(error);
      },
    );
  }

  step(job) {
    const bar = this.$("progress");
    bar.value = job.progress ?? 0;
    this.$("[data-is=stage]").textContent = stage(job);
    if (!hasEnded(job)) return;
    this.making.hidden = true;
    if (job.status === "completed") this.present(job, STRINGS.done);
    else this.say(job.status === "cancelled" ? STRINGS.cancelled : STRINGS.failed(reason(job)));
    this.listEarlier();
  }

  present(job, words) {
    this.say(words);
    return this.guard(() => this.player.open(job));
  }

  cancel(button) {
    this.attempt(async () => {
      await this.call("DELETE", `/generate/${this.job.job_id}`);
      this.following.hurry();
    }, button);
  }

  /** Put a finished piece's seed into the form: composing again makes the same piece. */
  again({ seed }) {
    this.form.elements.seed.value = seed;
    this.form.elements.seed.closest("details").open = true;
    this.form.elements.seed.focus();
  }

  listEarlier() {
    return this.guard(async () => {
      const { items } = await ask("GET", "/generate?limit=20");
      this.$(".earlier").hidden = items.length === 0;
      this.$(".earlier ul").replaceChildren(...items.map((job) => this.earlier(job)));
      const running = items.find((job) => !hasEnded(job));
      if (running && this.making.hidden) this.watch(running);
    });
  }

  earlier(job) {
    const name = STRINGS.piece(job.parameters.mood, when(job.created_at));
    const open = h("button", { type: "button", class: "plain", onclick: () => this.reopen(job) }, name);
    const remove = h(
      "button",
      {
        type: "button",
        class: "quiet",
        "aria-label": STRINGS.remove(name),
        onclick: ({ currentTarget }) => this.discard(job, currentTarget),
      },
      "Remove",
    );
    return h(
      "li",
      {},
      job.status === "completed" ? open : h("span", {}, name),
      h("span", { class: "note" }, job.status),
      hasEnded(job) && remove,
    );
  }

  reopen({ job_id }) {
    this.attempt(async () => this.present(await this.call("GET", `/generate/${job_id}`), ""));
  }

  discard({ job_id }, button) {
    this.attempt(async () => {
      await this.call("DELETE", `/generate/${job_id}`);
      if (this.player.job?.job_id === job_id) this.player.close();
      await this.listEarlier();
      this.say(STRINGS.removed);
    }, button);
  }
}

const reason = ({ error }) => error?.detail ?? error ?? "";

function stage({ status, stage: name, progress, queue_position: before, estimated_time: seconds }) {
  if (status !== "queued") return STRINGS.working(name, percent(progress ?? 0));
  const words = STRINGS.queued(before ?? 0);
  return seconds ? `${words}, ${STRINGS.roughly(Math.ceil(seconds))}` : words;
}

/** An option is a bare name, or an object with one and whether it is installed. */
function choice(option) {
  const { name, installed = true } = typeof option === "string" ? { name: option } : option;
  const words = name.replaceAll("_", " ");
  return h("option", { value: name, disabled: !installed }, installed ? words : STRINGS.notInstalled(words));
}

customElements.define("compose-panel", ComposePanel);
