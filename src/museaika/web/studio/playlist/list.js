/**
 * What edits do to a list: pure functions, without page or socket. A list is what `GET /playlists/{id}` answers,
 * and is never changed: each function gives back a new one. An edit is `{action, data}`; an update is an edit as
 * the server did it, `{version, op_id, action, data, user, at}`.
 */

const without = (people, who) => people.filter((one) => one !== who);
const SEATS = { add_collaborator: "collaborators", add_reader: "readers" };
const LEFT = { remove_collaborator: "collaborators", remove_reader: "readers" };

/** The list after the next update. @throws {RangeError} where the update is not the next one. */
export function apply(list, update) {
  if (update.version !== list.version + 1) {
    throw new RangeError(`version ${update.version} can't follow ${list.version}`);
  }
  return { ...change(list, update), version: update.version, updated_at: update.at };
}

/** What an edit makes of a list; the version stays. Anchors and entries have to be living ones: see `settle`. */
export function change(list, { action, data, user, at }) {
  if (action === "add_track") {
    const { entry_id, track_id, title = null, artists = [], mood_context = null } = data;
    const entry = { entry_id, track_id, title, artists, added_by: user, added_at: at, mood_context };
    return retagged(withTracks(list, put(list.tracks, entry, data.after)), data);
  }
  if (action === "remove_track") {
    return retagged(withTracks(list, except(list.tracks, data.entry_id)), data);
  }
  if (action === "move_track") {
    const rest = except(list.tracks, data.entry_id);
    return withTracks(list, put(rest, list.tracks[placeOf(list, data.entry_id)], data.after));
  }
  if (action in SEATS) {
    const seats = {
      collaborators: without(list.collaborators, data.user_id),
      readers: without(list.readers, data.user_id),
    };
    return { ...list, ...seats, [SEATS[action]]: [...seats[SEATS[action]], data.user_id] };
  }
  if (action in LEFT) return { ...list, [LEFT[action]]: without(list[LEFT[action]], data.user_id) };
  if (action === "hand_over") {
    const collaborators = [...without(list.collaborators, data.user_id), list.owner_id];
    return { ...list, owner_id: data.user_id, collaborators };
  }
  if (action === "tag" && data.mood_tags === null) return { ...list, tags_from_tracks: true };
  return { ...list, ...data };
}

/**
 * What an edit comes to on the list as it is now: its anchor named, or the nearest one where that is gone. `gone`
 * says of entries that left which stood before each. Null: what was to be moved or removed is not there.
 */
export function settle(list, { action, data }, gone = new Map()) {
  if (action === "remove_track" || action === "move_track") {
    if (placeOf(list, data.entry_id) < 0) return null;
  }
  if (action === "move_track") {
    const after = anchor(list, data, gone);
    return { action, data: { ...data, after: after === data.entry_id ? before(list, after) : after } };
  }
  if (action === "add_track") return { action, data: { ...data, after: anchor(list, data, gone) } };
  return { action, data };
}

/** The edit that takes back a settled one; `list` is as it was before. */
export function inverse(list, { action, data }) {
  const { entry_id, user_id } = data;
  switch (action) {
    case "add_track":
      return { action: "remove_track", data: { entry_id } };
    case "remove_track": {
      const { track_id, mood_context } = list.tracks[placeOf(list, entry_id)];
      return { action: "add_track", data: { track_id, after: before(list, entry_id), mood_context } };
    }
    case "move_track":
      return { action, data: { entry_id, after: before(list, entry_id) } };
    case "tag":
      return { action, data: { mood_tags: list.tags_from_tracks ? null : list.mood_tags } };
    case "hand_over":
      return { action, data: { user_id: list.owner_id } };
    case "add_collaborator":
    case "add_reader": {
      const seat = Object.keys(SEATS).find((one) => list[SEATS[one]].includes(user_id));
      return { action: seat ?? action.replace("add_", "remove_"), data: { user_id } };
    }
    case "remove_collaborator":
    case "remove_reader":
      return { action: action.replace("remove_", "add_"), data: { user_id } };
    default: {
      const [field] = Object.keys(data);
      return { action, data: { [field]: list[field] } };
    }
  }
}

/** Who stands before an entry; null at the head. */
export function before(list, entryId) {
  const place = placeOf(list, entryId);
  return place > 0 ? list.tracks[place - 1].entry_id : null;
}

export const placeOf = (list, entryId) => list.tracks.findIndex((track) => track.entry_id === entryId);

function anchor(list, { after }, gone) {
  if (after === null) return null;
  while (after !== undefined && after !== null && placeOf(list, after) < 0) after = gone.get(after);
  return after === undefined ? (list.tracks.at(-1)?.entry_id ?? null) : after;
}

const withTracks = (list, tracks) => ({ ...list, tracks, track_count: tracks.length });
const retagged = (list, { mood_tags }) => (mood_tags ? { ...list, mood_tags } : list);
const except = (tracks, entryId) => tracks.filter((track) => track.entry_id !== entryId);

function put(tracks, entry, after) {
  const place = after === null ? 0 : tracks.findIndex((track) => track.entry_id === after) + 1;
  return tracks.toSpliced(place, 0, entry);
}
