/** Following a piece in the making: told by the live line, and asked for now and then in case it is silent. */

import { ask } from "../api.js";
import { isLive, live } from "../live.js";

const SILENT_MS = 1000;
const LIVE_MS = 5000;
const ENDED = ["completed", "failed", "cancelled"];
const TOLD = ["generate_progress", "generate_complete", "generate_failed"];

export const hasEnded = (job) => ENDED.includes(job.status);

/**
 * Call `onStep(job)` with every new state until the job ended, or `onError(error)` once it can't be read.
 * A server that is away for a while is waited for; `onStep` gets its sentence as the stage.
 *
 * @returns {{stop: () => void, hurry: () => void}} hurry asks at once, and every second from then on
 */
export function follow(job, onStep, onError) {
  const known = { ...job };
  let timer = null;
  let over = false;
  let hurried = false;

  const later = () => (timer = setTimeout(look, isLive() && !hurried ? LIVE_MS : SILENT_MS));
  const stop = () => {
    over = true;
    clearTimeout(timer);
    for (const name of TOLD) live.removeEventListener(name, hear);
  };
  const look = async () => {
    clearTimeout(timer);
    try {
      step(await ask("GET", `/generate/${job.job_id}`));
    } catch (error) {
      fail(error);
    }
  };
  const step = (state) => {
    if (over) return;
    Object.assign(known, state);
    if (hasEnded(known)) stop();
    else later();
    onStep(known);
  };
  const fail = (error) => {
    if (over) return;
    if (error.status === 0) {
      later();
      return onStep({ ...known, status: "processing", stage: error.message });
    }
    stop();
    onError(error);
  };
  const hear = ({ type, detail }) => {
    if (detail.job_id !== job.job_id || over) return;
    if (type !== "generate_progress") return look();
    onStep(Object.assign(known, { status: "processing", progress: detail.progress, stage: detail.stage }));
  };

  for (const name of TOLD) live.addEventListener(name, hear);
  step(job);
  return {
    stop,
    hurry: () => {
      hurried = true;
      look();
    },
  };
}
