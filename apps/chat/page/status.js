// The state of the connection, beside the name of the room.
import { $ } from "./dom.js";

export class Status {
  // `isConnected()`: a short loss of the network leaves the connection alone. `trouble()` says why the open room does not take messages.
  constructor(isConnected, trouble) {
    Object.assign(this, { isConnected, trouble });
    this.wasUp = false;
    this.why = ""; // the first reason of a loss: what follows are attempts to come back
    addEventListener("offline", () => this.show("offline", "No network"));
    addEventListener("online", () => (isConnected() ? this.up() : this.show("reconnecting", "Network is back, reconnecting…")));
  }

  show(state, text) {
    $("status").dataset.state = state;
    $("status-text").textContent = text;
  }

  up() {
    this.wasUp = true;
    this.why = "";
    this.refresh();
  }

  // "Connected" is said only where a message would be sent.
  refresh() {
    if (!this.isConnected() || !navigator.onLine) return;
    const trouble = this.trouble();
    if (trouble) this.show("connecting", trouble);
    else this.show("connected", "Connected");
  }

  down(event) {
    if (!navigator.onLine) return this.show("offline", "No network");
    const reasons = { 1001: "the server sent us away", 1006: "the connection broke", 1008: "the session ended", 1012: "the server restarts" };
    this.why ||= reasons[event?.code] ?? "";
    if (this.wasUp) this.show("reconnecting", this.why ? `Reconnecting: ${this.why}` : "Reconnecting…");
    else this.show("connecting", "Connecting: the server does not answer yet");
  }

  comesBack() {
    if (this.wasUp) this.show("reconnecting", "Reconnecting: the connection was lost meanwhile");
  }
}
