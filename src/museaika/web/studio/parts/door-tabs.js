/** <door-tabs>: buttons with role tab and, for each, the panel it controls; arrow keys go from one to the next. */

class DoorTabs extends HTMLElement {
  connectedCallback() {
    this.tabs = [...this.querySelectorAll("[role=tab]")];
    for (const tab of this.tabs) {
      tab.addEventListener("click", () => this.open(tab.dataset.door));
      tab.addEventListener("keydown", (event) => this.walk(event));
    }
    this.open(this.tabs[0].dataset.door);
  }

  /** Open the door of that name, and tell "door". */
  open(door) {
    for (const tab of this.tabs) {
      const here = tab.dataset.door === door;
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !here;
    }
    this.door = door;
    this.dispatchEvent(new Event("door"));
  }

  walk({ key }) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!way) return;
    const next =
      this.tabs[
        (this.tabs.findIndex((tab) => tab.dataset.door === this.door) + way + this.tabs.length) %
          this.tabs.length
      ];
    this.open(next.dataset.door);
    next.focus();
  }
}

customElements.define("door-tabs", DoorTabs);
