/** <curl-line>: the request that was just made, for a shell, with a button that copies it ready to run. */

import { h } from "../dom.js";
import { token } from "../session.js";
import { STRINGS } from "../strings.js";

class CurlLine extends HTMLElement {
  show(command, outcome) {
    this.command = command;
    const note = h("span", { class: "note", role: "status" });
    const copy = h("button", { type: "button", class: "quiet", onclick: () => this.copy(note) }, "Copy");
    this.replaceChildren(
      h(
        "details",
        {},
        h("summary", {}, "The request, as curl", h("span", { class: "note" }, ` · ${outcome}`)),
        h("pre", { tabindex: "0" }, command),
      ),
      copy,
      note,
    );
  }

  async copy(note) {
    const runnable = this.command.includes("$TOKEN") ? `TOKEN='${token()}'\n${this.command}` : this.command;
    try {
      await navigator.clipboard.writeText(runnable);
      note.textContent = STRINGS.copied;
    } catch {
      this.querySelector("details").open = true;
      note.textContent = STRINGS.copyFailed;
    }
  }
}

customElements.define("curl-line", CurlLine);
