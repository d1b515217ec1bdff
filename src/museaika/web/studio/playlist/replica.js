/**
 * One person's copy of a list that others edit at the same time: what the server confirmed, and on top of it one's
 * own edits that it has not confirmed yet. Whenever somebody else's edit arrives, one's own are settled anew on the
 * list as it is then. No page and no socket: whoever has a Replica carries its edits to the server.
 */

import { apply, before, change, inverse, settle } from "./list.js";

const MOST_GONE = 1000;
const MOST_UNDO = 100;

export class Replica {
  #confirmed;
  #pending = [];
  #gone = new Map();
  #names = new Map(); // from our own names for entries that we added to the server's
  #undo = [];
  #redo = [];
  #me;

  /** `snapshot` is a whole list; `me` the user_id that one's own edits carry. */
  constructor(snapshot, me = null) {
    this.#confirmed = snapshot;
    this.#me = me;
    this.#look();
  }

  /** The list as its reader should see it, with one's own edits in it. */
  view;

  get version() {
    return this.#confirmed.version;
  }

  /** One's own edits that the server has not confirmed, the oldest first. */
  get pending() {
    return this.#pending.map(({ op_id, action, data }) => ({ op_id, action, data }));
  }

  get canUndo() {
    return this.#undo.length > 0;
  }

  get canRedo() {
    return this.#redo.length > 0;
  }

  /**
   * Do an edit here at once; returns its op_id, or null where it meets nothing (the entry is gone). `shown` is what
   * an added track is shown with until the server tells: `{title, artists}`.
   */
  edit(action, data, shown = {}) {
    return this.#do({ action, data, shown }, this.#undo, () => (this.#redo = []));
  }

  /** Take back one's own last edit, by its inverse. Null where there is none, or its entry is gone. */
  undo() {
    return this.#back(this.#undo, this.#redo);
  }

  /** Take back the last `undo`. */
  redo() {
    return this.#back(this.#redo, this.#undo);
  }

  /**
   * Take in an update of the server: "done", "known" (we had it), or "gap": updates before it are missing, and
   * nothing was done.
   */
  hear(update) {
    if (update.version <= this.version) return "known";
    if (update.version > this.version + 1) return "gap";
    if (update.action === "remove_track") this.#remember(update.data.entry_id);
    const own = this.#pending.find((edit) => edit.op_id === update.op_id);
    if (own) this.#settled(own, update.data.entry_id);
    this.#confirmed = apply(this.#confirmed, update);
    this.#look();
    return "done";
  }

  /** The edit to send next, as the server takes it, or null. The same one until it is answered. */
  next() {
    const edit = this.#pending.find((one) => one.answered === undefined);
    return edit ? { op_id: edit.op_id, action: edit.action, data: this.#named(edit.data) } : null;
  }

  /** The server acknowledged an edit; it is shown as confirmed once its update is heard. */
  answered(opId, { version, entry_id }) {
    const edit = this.#pending.find((one) => one.op_id === opId);
    if (!edit) return;
    edit.answered = version;
    if (edit.name) this.#names.set(edit.name, entry_id);
    if (version <= this.version) this.#settled(edit, entry_id);
    this.#look();
  }

  /** The server refused an edit: it is as if it had never been. Returns the op_ids of those that fall with it. */
  refused(opId) {
    const edit = this.#pending.find((one) => one.op_id === opId);
    if (!edit) return [];
    this.#drop(edit);
    const fallen = [];
    if (edit.name) {
      const theirs = this.#pending.filter((one) => one.data.entry_id === edit.name);
      for (const one of this.#pending) if (one.data.after === edit.name) one.data.after = edit.data.after ?? null;
      for (const one of theirs) fallen.push(one.op_id, ...this.refused(one.op_id));
    }
    this.#look();
    return fallen;
  }

  /** The whole list anew, where too much was missed to be told edit by edit. */
  reset(snapshot) {
    this.#confirmed = snapshot;
    for (const edit of this.#pending.filter((one) => one.answered <= snapshot.version)) this.#settled(edit);
    this.#look();
  }

  #do(wish, stack, first = () => {}) {
    const edit = settle(this.view, { action: wish.action, data: this.#named(wish.data) }, this.#gone);
    if (edit === null) return null;
    first();
    const op_id = `op_${random()}`;
    const own = { op_id, action: wish.action, data: this.#named(wish.data), shown: wish.shown };
    if (edit.action === "add_track") own.name = edit.data.entry_id = `new_${random()}`;
    if ("after" in edit.data) own.data.after = edit.data.after;
    own.back = { op_id, ...inverse(this.view, edit) };
    if (edit.action === "remove_track") own.back.stands_for = edit.data.entry_id;
    stack.push(own.back);
    if (stack.length > MOST_UNDO) stack.shift();
    this.#pending.push(own);
    this.#look();
    return op_id;
  }

  #back(from, to) {
    const wish = from.pop();
    if (wish === undefined) return null;
    const op_id = this.#do(wish, to);
    const own = this.#pending.find((edit) => edit.op_id === op_id);
    if (own?.name && wish.stands_for) this.#rename(wish.stands_for, own.name);
    return op_id;
  }

  /** What comes back comes under a new name: what is still to be taken back means that one. */
  #rename(old, name) {
    for (const { data } of [...this.#undo, ...this.#redo]) {
      const named = this.#named(data);
      for (const field of ["entry_id", "after"]) if (named[field] === old) data[field] = name;
    }
  }

  /** The list as confirmed, and one's own edits on it that meet something. */
  #look() {
    const at = new Date().toISOString();
    this.view = this.#pending.reduce((list, edit) => {
      const name = edit.name && { entry_id: edit.name };
      const data = this.#named({ ...edit.data, ...edit.shown, ...name });
      const settled = settle(list, { action: edit.action, data }, this.#gone);
      return settled ? change(list, { ...settled, user: this.#me, at }) : list;
    }, this.#confirmed);
  }

  #settled(edit, entryId) {
    if (edit.name && entryId) this.#names.set(edit.name, entryId);
    this.#pending = this.#pending.filter((one) => one !== edit);
  }

  #drop(edit) {
    this.#pending = this.#pending.filter((one) => one !== edit);
    this.#undo = this.#undo.filter((one) => one.op_id !== edit.op_id);
    this.#redo = this.#redo.filter((one) => one.op_id !== edit.op_id);
  }

  #remember(entryId) {
    this.#gone.set(entryId, before(this.#confirmed, entryId));
    if (this.#gone.size > MOST_GONE) this.#gone.delete(this.#gone.keys().next().value);
  }

  /** Data with the server's names for entries, where it has told them. */
  #named(data) {
    const named = { ...data };
    for (const field of ["entry_id", "after"]) {
      while (this.#names.has(named[field])) named[field] = this.#names.get(named[field]);
    }
    return named;
  }
}

/** Without `randomUUID`, which pages have only where they came over https or from this machine. */
function random() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
