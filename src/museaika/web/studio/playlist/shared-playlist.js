/**
 * A list that others edit at the same time, kept by a Socket.IO socket of the namespace `/realtime`:
 *
 *     const list = new SharedPlaylist(socket, playlistId, userId);
 *     list.addEventListener("change", () => draw(list.view));
 *     await list.open();
 *     list.add("ma_…", { after: null });
 *
 * Edits show at once and are sent one after the other, each under its `op_id` until it is acknowledged, so a lost
 * line neither loses nor doubles one. Offline they wait. Updates that were missed are fetched.
 *
 * Events: "change" (the view is another), "presence" (`users`), "state" ("joining", "live", "offline", "closed"),
 * "refused" (detail `{op_id, code, detail}`: one's own edit was taken out again), "closed" (detail `{code, detail}`:
 * the list is gone, or not open to us any more).
 */

import { Replica } from "./replica.js";

const PATIENCE_MS = 10_000;
const PAUSE_MS = 1000;
/** Errors that pass by themselves: the same edit is sent again. */
const PASSING = new Set(["rate_limited", "busy", "dependency_unavailable", "no_answer"]);
/** Errors that a new sign-in heals: we wait for the socket to come back. */
const SIGNED_OUT = new Set(["session_revoked", "unauthenticated", "token_invalid", "token_expired"]);

export class SharedPlaylist extends EventTarget {
  #socket;
  #id;
  #me;
  #replica = null;
  #newest = 0; // the highest version we heard of
  #busy = { joining: false, sending: false, syncing: false };
  #waiting = new Map(); // op_id → the promise's ends
  #state = "offline";
  #listeners;
  #opened;

  constructor(socket, playlistId, userId = null) {
    super();
    this.#socket = socket;
    this.#id = playlistId;
    this.#me = userId;
    this.#listeners = {
      connect: () => this.#join(),
      disconnect: () => this.#enter("offline"),
      playlist_update: (update) => update.playlist_id === this.#id && this.#hear(update),
      playlist_presence: (told) => told.playlist_id === this.#id && this.#see(told.users),
    };
  }

  /** The list with one's own edits in it, as `GET /playlists/{id}` tells it; null before it is open. */
  get view() {
    return this.#replica?.view ?? null;
  }

  get state() {
    return this.#state;
  }

  /** Edits that are on their way or wait for the line. */
  get pending() {
    return this.#replica?.pending ?? [];
  }

  get canUndo() {
    return this.#replica?.canUndo ?? false;
  }

  get canRedo() {
    return this.#replica?.canRedo ?? false;
  }

  /** The user_ids of those who may edit and have the list open. */
  users = [];

  /** Join, now or once the socket is connected. @throws {Refusal} where the list is not open to us. */
  open() {
    for (const [name, hear] of Object.entries(this.#listeners)) this.#socket.on(name, hear);
    this.#opened = ends();
    if (this.#socket.connected) this.#join();
    return this.#opened.promise;
  }

  /** Leave; edits that were not acknowledged are dropped. */
  close() {
    for (const [name, hear] of Object.entries(this.#listeners)) this.#socket.off(name, hear);
    if (this.#socket.connected) this.#socket.emit("playlist_leave", { playlist_id: this.#id });
    this.#end({ code: "left", detail: "The list was closed here." }, false);
  }

  /**
   * Each edit gives a promise of the server's acknowledgement, `{version, op_id, entry_id?}`, which is rejected
   * with a Refusal. The view shows the edit at once. `track` is a track_id, or an object with `track_id`, `title`
   * and `artists`.
   */
  add(track, { after, moodContext = null } = {}) {
    const { track_id, title, artists = [] } = typeof track === "string" ? { track_id: track } : track;
    const data = { track_id, mood_context: moodContext, ...(after !== undefined && { after }) };
    return this.#edit("add_track", data, title === undefined ? {} : { title, artists });
  }

  /** Behind the entry `after`; null is the head, without it the end. */
  move(entryId, after) {
    return this.#edit("move_track", { entry_id: entryId, ...(after !== undefined && { after }) });
  }

  remove(entryId) {
    return this.#edit("remove_track", { entry_id: entryId });
  }

  rename(title) {
    return this.#edit("rename", { title });
  }

  describe(description) {
    return this.#edit("describe", { description });
  }

  setPublic(isPublic) {
    return this.#edit("set_public", { is_public: isPublic });
  }

  /** `null`: the moods of the tracks, now and later. */
  tag(moodTags) {
    return this.#edit("tag", { mood_tags: moodTags });
  }

  /** Take back one's own last edit, by its inverse; whatever others did since stays. */
  undo() {
    return this.#promised((replica) => replica.undo());
  }

  redo() {
    return this.#promised((replica) => replica.redo());
  }

  #edit(action, data, shown) {
    return this.#promised((replica) => replica.edit(action, data, shown));
  }

  #promised(work) {
    if (this.#replica === null || this.#state === "closed") {
      return Promise.reject(new Refusal({ code: "not_open", detail: "This list is not open." }));
    }
    const opId = work(this.#replica);
    if (opId === null) {
      return Promise.reject(new Refusal({ code: "entry_gone", detail: "This entry is no longer in the list." }));
    }
    const promise = new Promise((resolve, reject) => this.#waiting.set(opId, { resolve, reject }));
    promise.catch(() => {}); // "refused" tells of it, too; who does not look at the promise is not warned
    this.#changed();
    this.#send();
    return promise;
  }

  // --- with the server

  async #join() {
    if (this.#busy.joining || this.#state === "closed") return;
    this.#busy.joining = true;
    this.#enter("joining");
    const since = this.#replica ? { since: this.#replica.version } : {};
    const answer = await this.#ask("playlist_join", since);
    this.#busy.joining = false;
    if (answer.ok) {
      this.#take(answer);
      this.#see(answer.users);
      this.#enter("live");
      this.#opened.resolve(this);
      this.#sync();
      this.#send();
    } else if (PASSING.has(answer.error.code)) {
      setTimeout(() => this.#socket.connected && this.#state !== "live" && this.#join(), PAUSE_MS);
    } else if (SIGNED_OUT.has(answer.error.code)) {
      this.#enter("offline");
    } else {
      this.#end(answer.error);
    }
  }

  /** One edit after the other; what has no answer stays the next one. */
  async #send() {
    if (this.#busy.sending) return;
    this.#busy.sending = true;
    let pause = 0;
    for (let edit; this.#state === "live" && (edit = this.#replica.next()); ) {
      const answer = await this.#ask("playlist_edit", edit);
      if (answer.ok) {
        this.#replica.answered(edit.op_id, answer);
        this.#keepPromise(answer);
        this.#changed();
      } else if (PASSING.has(answer.error.code)) {
        pause = PAUSE_MS;
        break;
      } else if (answer.error.code === "playlist_not_found") {
        this.#end(answer.error);
      } else if (SIGNED_OUT.has(answer.error.code)) {
        break;
      } else {
        this.#refuse(edit.op_id, answer.error);
      }
    }
    this.#busy.sending = false;
    if (pause) setTimeout(() => this.#send(), pause);
  }

  /** Fetch what was missed, until we know all that we heard of. */
  async #sync() {
    if (this.#busy.syncing) return;
    this.#busy.syncing = true;
    while (this.#state === "live" && this.#replica.version < this.#newest) {
      const answer = await this.#ask("playlist_sync", { since: this.#replica.version });
      if (answer.ok) this.#take(answer);
      else if (PASSING.has(answer.error.code)) await new Promise((go) => setTimeout(go, PAUSE_MS));
      else break;
    }
    this.#busy.syncing = false;
  }

  async #ask(name, data) {
    try {
      return await this.#socket.timeout(PATIENCE_MS).emitWithAck(name, { playlist_id: this.#id, ...data });
    } catch {
      return { ok: false, error: { code: "no_answer", detail: "The server did not answer." } };
    }
  }

  #hear(update) {
    this.#newest = Math.max(this.#newest, update.version);
    if (this.#replica === null || this.#busy.joining) return; // the list that is on its way is newer, or we sync
    if (this.#learn(update) === "gap") this.#sync();
    else this.#changed();
  }

  #learn(update) {
    const how = this.#replica.hear(update);
    if (how !== "gap") this.#keepPromise({ ...update, entry_id: update.data.entry_id });
    return how;
  }

  /** Whichever comes first, the acknowledgement or the news of the edit. */
  #keepPromise({ version, op_id, entry_id }) {
    this.#waiting.get(op_id)?.resolve({ version, op_id, entry_id });
    this.#waiting.delete(op_id);
  }

  #take({ playlist, edits }) {
    if (!playlist) for (const update of edits) this.#learn(update);
    else if (this.#replica) this.#replica.reset(playlist);
    else this.#replica = new Replica(playlist, this.#me);
    this.#newest = Math.max(this.#newest, this.#replica.version);
    this.#changed();
  }

  #refuse(opId, error) {
    for (const one of [opId, ...this.#replica.refused(opId)]) {
      this.#waiting.get(one)?.reject(new Refusal(error));
      this.#waiting.delete(one);
      this.#tell("refused", { op_id: one, ...error });
    }
    this.#changed();
  }

  #end(error, surprise = true) {
    for (const { reject } of this.#waiting.values()) reject(new Refusal(error));
    this.#waiting.clear();
    this.#opened?.promise.catch(() => {});
    this.#opened?.reject(new Refusal(error));
    this.#enter("closed");
    if (surprise) this.#tell("closed", error);
  }

  #see(users) {
    this.users = users;
    this.#tell("presence", users);
  }

  #enter(state) {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.#tell("state", state);
  }

  #changed() {
    this.#tell("change");
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** What the server, or the list as it is, does not let be done; `code` is the API's. */
export class Refusal extends Error {
  constructor({ code, detail }) {
    super(detail);
    this.code = code;
  }
}

/** A promise with its ends outside. */
function ends() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
