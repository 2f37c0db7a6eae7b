// Tells screen readers of new messages: the first at once; those that follow within seconds together, so that a busy room does not flood.
import { $ } from "./dom.js";

const pause = 2000; // ms

export class Announcer {
  constructor() {
    this.waiting = [];
  }

  say(text) {
    this.waiting.push(text);
    if (!this.timer) this.flush();
  }

  // What belongs to another room is not news any more.
  forget() {
    this.waiting = [];
  }

  flush() {
    const all = this.waiting;
    this.waiting = [];
    this.timer = all.length ? setTimeout(() => this.flush(), pause) : 0;
    if (all.length) $("news").textContent = all.length === 1 ? all[0] : `${all.length} new messages`;
  }
}
