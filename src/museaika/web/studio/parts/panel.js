/** What every panel of the studio does alike: ask, show the request, show what went wrong, say what is going on. */

import { exchange } from "../api.js";
import { h } from "../dom.js";
import { curl, request } from "../http.js";
import { STRINGS } from "../strings.js";

export class Panel extends HTMLElement {
  connectedCallback() {
    this.receipt = h("curl-line");
    this.trouble = h("p", { class: "trouble", role: "alert" });
    this.news = h("p", { class: "news", role: "status" });
    (this.$(".says") ?? this).append(this.news, this.trouble);
    this.append(this.receipt);
    this.ready();
  }

  $(selector) {
    return this.querySelector(selector);
  }

  $$(selector) {
    return [...this.querySelectorAll(selector)];
  }

  /** Ask the API; the panel shows the request as curl, and is busy meanwhile. @throws ApiError */
  async call(method, path, body) {
    const asked = request(method, path, body);
    this.setAttribute("aria-busy", "true");
    try {
      const { data, response, ms } = await exchange(asked);
      this.receipt.show(curl(asked), STRINGS.took(response.status, ms));
      return data;
    } catch (error) {
      this.receipt.show(curl(asked), error.status || "—");
      throw error;
    } finally {
      this.removeAttribute("aria-busy");
    }
  }

  /** Do something a person asked for: what was said before goes, and a control stays off meanwhile. */
  async attempt(work, control = null) {
    this.clear();
    const focused = control !== null && document.activeElement === control;
    if (control) control.disabled = true;
    await this.guard(work);
    if (control) control.disabled = false;
    if (focused && document.activeElement === document.body) control.focus(); // off, it had lost the focus
  }

  /** Do something by ourselves; an error becomes its sentence here. */
  async guard(work) {
    try {
      await work();
    } catch (error) {
      this.complain(error);
    }
  }

  complain(error) {
    const more = error.errors?.map(({ msg }) => msg).filter((msg) => !error.message.includes(msg)) ?? [];
    const id = error.request_id && h("small", {}, STRINGS.requestId(error.request_id));
    this.trouble.replaceChildren(h("span", {}, [error.message, ...more].join(" ")), id || "");
  }

  say(sentence) {
    this.news.textContent = sentence;
  }

  clear() {
    this.trouble.replaceChildren();
    this.say("");
  }
}
