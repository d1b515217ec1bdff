/** Calls as the signed-in person: an access token that ran out is renewed, and the call made again. */

import { request, send } from "./http.js";
import { renew, token } from "./session.js";

/** Ask and get the data. @throws {import("./http.js").ApiError} */
export async function ask(method, path, body) {
  return (await exchange(request(method, path, body))).data;
}

/** The same with everything around it: `{data, response, ms}`. */
export async function exchange(asked) {
  try {
    return await send(asked, token());
  } catch (error) {
    if (error.status !== 401) throw error;
    await renew();
    return send(asked, token());
  }
}
