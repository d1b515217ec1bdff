/** Following a piece in the making: told by the live line, and asked for now and then in case it is silent. */

import { ask } from "../api.js";
import { isLive, live } from "../live.js";

const SILENT_MS = 1000;
const LIVE_MS = 5000;
const ENDED = ["completed", "failed", "cancelled"];

export const hasEnded = (job) => ENDED.includes(job.status);

/** Call `onStep(job)` with every new state until the job ended; answers a function that stops following. */
export function follow(job, onStep, onError) {
  let timer = null;
  let over = false;
  const known = { ...job };

  const stop = () => {
    over = true;
    clearTimeout(timer);
    for (const name of ["generate_progress", "generate_complete", "generate_failed"]) live.removeEventListener(name, hear);
  };
  const look = async () => {
    clearTimeout(timer);
    try {
      step(await ask("GET", `/generate/${job.job_id}`));
    } catch (error) {
      if (over) return;
      stop();
      onError(error);
    }
  };
  const step = (state) => {
    if (over) return;
    Object.assign(known, state);
    if (hasEnded(known)) stop();
    else timer = setTimeout(look, isLive() ? LIVE_MS : SILENT_MS);
    onStep(known);
  };
  const hear = ({ type, detail }) => {
    if (detail.job_id !== job.job_id || over) return;
    if (type !== "generate_progress") return look();
    onStep(Object.assign(known, { status: "processing", progress: detail.progress, stage: detail.stage }));
  };

  for (const name of ["generate_progress", "generate_complete", "generate_failed"]) live.addEventListener(name, hear);
  step(job);
  return stop;
}
