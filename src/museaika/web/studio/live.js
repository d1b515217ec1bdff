/** What the server tells by itself, over Socket.IO. `live` passes on its events and says when it comes or goes. */

import { renew, token } from "./session.js";
import { io } from "./vendor/socket.io.esm.min.js";

const EVENTS = ["mood_update", "generate_progress", "generate_complete", "generate_failed"];
const LONGEST_WAIT_MS = 30_000;

export const live = new EventTarget();
export const isLive = () => socket?.connected ?? false;
/** The socket itself, for parts that hold a talk of their own with the server; "connected" says that it is another. */
export const line = () => socket;

let socket = null;
let wait = 1000;

/** Connect as whoever we are now; once more to connect as somebody else. */
export function connect() {
  socket?.disconnect();
  wait = 1000;
  socket = io("/realtime", { auth: (give) => give({ token: token() }) });
  const own = socket;
  for (const name of EVENTS) own.on(name, (detail) => live.dispatchEvent(new CustomEvent(name, { detail })));
  own.on("connect", () => {
    wait = 1000;
    tellState();
  });
  own.on("disconnect", () => comeBack(own));
  own.on("connect_error", () => comeBack(own));
  live.dispatchEvent(new Event("connected"));
}

/** The library returns by itself after a lost line; a refusal needs a new token and a new try. */
function comeBack(own) {
  tellState();
  if (own !== socket || own.active) return;
  setTimeout(
    () =>
      own === socket &&
      renew().then(
        () => own.connect(),
        () => comeBack(own),
      ),
    wait,
  );
  wait = Math.min(wait * 2, LONGEST_WAIT_MS);
}

const tellState = () => live.dispatchEvent(new Event("state"));
