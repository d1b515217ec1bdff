/** One request: what is sent, what comes back, and the same thing as a curl command. */

import { STRINGS } from "./strings.js";

export const BASE = "/api/v1";

/** An answer that says no, or no answer: `message` is the API's sentence for people. */
export class ApiError extends Error {
  constructor(problem) {
    super(problem.detail);
    Object.assign(this, { status: 0, code: "unreachable", errors: [], request_id: null }, problem);
  }
}

/**
 * Describe a request. `json` or `form` (a FormData) is its body; empty values of `query` are left out.
 * `path` starts after /api/v1, or is a whole path of this server.
 */
export function request(method, path, { json, form, query } = {}) {
  const url = new URL(path.startsWith(BASE) ? path : BASE + path, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== "" && value != null) url.searchParams.set(name, value);
  }
  return { method, url, json, form };
}

/**
 * Send it. Answers `{data, response, ms}`; `data` is what the envelope holds, or a Blob for files.
 *
 * @throws {ApiError}
 */
export async function send({ method, url, json, form }, token) {
  const headers = { Accept: "application/json, */*;q=0.5" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (json !== undefined) headers["Content-Type"] = "application/json";
  const began = performance.now();
  let response;
  try {
    response = await fetch(url, { method, headers, body: json === undefined ? form : JSON.stringify(json) });
  } catch {
    throw new ApiError({ detail: STRINGS.unreachable });
  }
  const data = await unwrap(response);
  return { data, response, ms: Math.round(performance.now() - began) };
}

async function unwrap(response) {
  if (response.status === 204) return null;
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  if (response.ok && !isJson) return response.blob();
  const body = isJson ? await response.json().catch(() => null) : null;
  if (body === null) throw new ApiError({ status: response.status, detail: STRINGS.notJson(response.status) });
  if (!response.ok) throw new ApiError({ status: response.status, ...body.error });
  return body.data;
}

/** The request for a shell; `token` stands in it as $TOKEN. */
export function curl({ method, url, json, form }, signedIn = true) {
  const words = ["curl"];
  if (method !== "GET") words.push("-X", method);
  words.push(quoted(url.href));
  if (signedIn) words.push("-H", '"Authorization: Bearer $TOKEN"');
  if (json !== undefined)
    words.push("-H", quoted("Content-Type: application/json"), "-d", quoted(JSON.stringify(json)));
  for (const [name, value] of form ?? []) {
    words.push("-F", quoted(`${name}=${value instanceof Blob ? `@${value.name ?? "photo.jpg"}` : value}`));
  }
  return words.join(" ");
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
