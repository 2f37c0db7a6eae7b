// The state of the connection, beside the name of the room.
import { $ } from "./dom.js";

export class Status {
  // `isConnected()`: a short loss of the network does not close the connection.
  constructor(isConnected) {
    this.wasUp = false;
    addEventListener("offline", () => this.show("offline", "No network"));
    addEventListener("online", () => (isConnected() ? this.up() : this.show("reconnecting", "Network is back, reconnecting…")));
  }

  show(state, text) {
    $("status").dataset.state = state;
    $("status-text").textContent = text;
  }

  up() {
    this.wasUp = true;
    this.show("connected", "Connected");
  }

  down(event) {
    if (!navigator.onLine) return this.show("offline", "No network");
    const why = { 1001: "the server sent us away", 1006: "the connection broke", 1012: "the server restarts" }[event?.code];
    if (this.wasUp) this.show("reconnecting", why ? `Reconnecting: ${why}` : "Reconnecting…");
    else this.show("connecting", "Connecting: the server does not answer yet");
  }
}
