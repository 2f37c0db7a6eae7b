// A tail of lines: what the log and the events have in common. The server sends what is after the last line that the
// page has.
import { h, say } from "../dom.js";
import { count } from "../format.js";

const kept = 500; // lines on the page

export class Tail {
  /** `read(value)`: the lines in a value of `view`; `params()`: what is searched; `line(x)`: the element of a line. */
  constructor(link, { view, label, params, read, line, empty }) {
    Object.assign(this, { link, view, params, read, line, emptyText: empty });
    this.after = 0;
    this.isPaused = false;
    this.lines = h("div", { class: "lines", role: "log", "aria-live": "off", "aria-label": label, tabindex: "0" });
    this.empty = h("p", { class: "empty soft", text: empty });
    this.state = h("span", { class: "soft found" });
    this.pause = h("button", {
      type: "button",
      "aria-pressed": "false",
      text: "Pause",
      onclick: () => this.setPaused(!this.isPaused),
    });
    this.clear = h("button", { type: "button", text: "Clear", onclick: () => this.forget() });
    this.watch();
  }

  setPaused(on) {
    this.isPaused = on;
    this.pause.setAttribute("aria-pressed", String(on));
    say(this.pause, on ? "Go on" : "Pause");
    if (on) this.stop?.();
    else this.watch();
  }

  forget() {
    this.lines.replaceChildren();
    this.showState();
  }

  /** What is searched has changed. */
  again() {
    this.after = 0;
    this.lines.replaceChildren();
    if (!this.isPaused) this.watch();
  }

  watch() {
    this.stop?.();
    if (this.hasEnded) return; // the reader has left while what was typed was not searched yet
    this.stop = this.link.watch(
      this.view,
      { after: this.after, ...this.params() },
      500,
      (x) => this.take(x),
      (text) => say(this.empty, text),
    );
  }

  take(value) {
    if (value.last < this.after) this.lines.replaceChildren(); // the server has begun anew
    const fresh = this.read(value).slice(-kept);
    const follows = this.lines.scrollHeight - this.lines.scrollTop - this.lines.clientHeight < 40;
    this.lines.append(...fresh.map(this.line));
    while (this.lines.children.length > kept) this.lines.firstElementChild.remove();
    if (follows) this.lines.scrollTop = this.lines.scrollHeight;
    const moved = value.last !== this.after;
    this.after = value.last;
    this.dropped = value.dropped ?? 0;
    this.showState();
    if (moved) this.watch();
  }

  showState() {
    const size = this.lines.children.length;
    this.empty.hidden = size > 0;
    say(this.empty, this.emptyText);
    say(
      this.state,
      size === 0
        ? ""
        : `${count(size)} ${size === 1 ? "line" : "lines"}${this.dropped ? `, ${count(this.dropped)} left out` : ""}`,
    );
  }

  end() {
    this.hasEnded = true;
    this.stop?.();
  }
}
