// The pane beside a list with the details of one of its entries.
import { h, say } from "./dom.js";

/** A list and its pane. `closed()` is called when the reader closes it. */
export class Split {
  constructor(parent, list, closed) {
    this.closed = closed;
    this.title = h("h2", { tabindex: "-1" });
    this.body = h("div", { class: "pane-body" });
    this.pane = h(
      "aside",
      { class: "pane", "aria-label": "Details", hidden: true },
      h(
        "header",
        {},
        this.title,
        h("button", {
          type: "button",
          class: "quiet icon",
          "aria-label": "Close the details",
          text: "✕",
          onclick: () => this.close(),
        }),
      ),
      this.body,
    );
    this.pane.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.element = h("div", { class: "split" }, list, this.pane);
    parent.append(this.element);
  }

  open(title, ...content) {
    this.from ??= document.activeElement;
    say(this.title, title);
    this.body.replaceChildren(...content.filter(Boolean));
    this.pane.hidden = false;
    this.element.classList.add("is-open");
  }

  /** For a reader who came here by the keyboard. */
  focus() {
    this.title.focus({ preventScroll: true });
    if (matchMedia("(max-width: 60rem)").matches) this.pane.scrollIntoView({ block: "start" });
  }

  close() {
    if (this.pane.hidden) return;
    this.pane.hidden = true;
    this.element.classList.remove("is-open");
    if (this.from?.isConnected) this.from.focus({ preventScroll: true });
    this.from = null;
    this.closed();
  }
}

/** Facts as a list of terms. `set({term: text})` updates it; a null is left out. */
export class Facts {
  constructor() {
    this.element = h("dl", { class: "facts" });
    this.rows = new Map();
  }

  set(facts) {
    for (const [term, text] of Object.entries(facts)) {
      let row = this.rows.get(term);
      if (!row) {
        row = h("div", {}, h("dt", { text: term }), h("dd"));
        this.rows.set(term, row);
        this.element.append(row);
      }
      row.hidden = text === null || text === undefined || text === "";
      say(row.lastChild, text ?? "");
    }
    return this;
  }
}
