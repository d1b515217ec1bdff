/** The studio starts here: the parts, the panels in them, then a guest, the moods and the live line. */

import "./parts/curl-line.js";
import "./parts/door-tabs.js";
import "./parts/mood-bars.js";
import "./parts/mood-plane.js";
import "./parts/sound-wave.js";
import "./parts/trend-chart.js";
import "./panels/piece-player.js";
import "./panels/feel.js";
import "./panels/lists.js";
import "./panels/music.js";
import "./panels/compose.js";
import "./panels/diary.js";
import "./panels/spotify.js";

import { h } from "./dom.js";
import { connect, isLive, live } from "./live.js";
import { loadMoods } from "./moods.js";
import { session, start, user } from "./session.js";
import { STRINGS } from "./strings.js";

const who = document.getElementById("who");
const gate = document.getElementById("gate");

function tellWho() {
  const state = h("span", { class: isLive() ? "live" : "live off" }, isLive() ? STRINGS.live : STRINGS.notLive);
  who.replaceChildren(user() ? STRINGS.guest(user().display_name) : STRINGS.signingIn, " ", state);
}

async function begin() {
  try {
    await start();
    await loadMoods();
    connect();
  } catch (error) {
    gate.textContent = error.message;
  }
}

session.addEventListener("changed", tellWho);
session.addEventListener("replaced", ({ detail }) => {
  gate.textContent = detail;
  connect();
});
live.addEventListener("state", tellWho);
begin();
