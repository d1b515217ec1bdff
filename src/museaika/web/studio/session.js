/** Who we are: a guest by itself, remembered for as long as the tab lives. */

import { request, send } from "./http.js";
import { STRINGS } from "./strings.js";

const KEY = "museaika.session";

let held = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
let renewing = null;

/** Tells "changed" (the user is new or was changed) and "replaced" (we are somebody else now; the detail says why). */
export const session = new EventTarget();

export const user = () => held?.user ?? null;
export const token = () => held?.access_token ?? null;

/** Sign in as a guest unless we still are somebody. */
export async function start() {
  if (held) return session.dispatchEvent(new Event("changed"));
  await signIn();
}

/** New tokens, once for however many callers ask at the same time. */
export function renew() {
  renewing ??= refresh().finally(() => (renewing = null));
  return renewing;
}

/** The person as the server knows them after a change of their profile. */
export function know(changed) {
  hold({ ...held, user: changed });
}

/** Nobody any more; the next start is a new guest. */
export function leave() {
  held = null;
  sessionStorage.removeItem(KEY);
}

async function refresh() {
  if (!held) return signIn();
  try {
    const { data } = await send(
      request("POST", "/auth/refresh", { json: { refresh_token: held.refresh_token } }),
    );
    hold({ ...held, ...data });
  } catch (error) {
    if (error.status !== 401 && error.status !== 422) throw error;
    leave();
    await signIn();
    session.dispatchEvent(new CustomEvent("replaced", { detail: STRINGS.newGuest }));
  }
}

async function signIn() {
  const { data } = await send(request("POST", "/auth/guest", { json: {} }));
  hold(data);
}

function hold(signedIn) {
  held = signedIn;
  sessionStorage.setItem(KEY, JSON.stringify(held));
  session.dispatchEvent(new Event("changed"));
}
