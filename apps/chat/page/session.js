// The connection of the signed-in user: its token, which is renewed before it ends, and its socket.
import { Socket } from "/vendor/phoenix.mjs";
import * as api from "./api.js";
import { session } from "./storage.js";

const expiry = (token) => JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).exp * 1000;

// Longer timers are not exact, and setTimeout has no more than 31 bits.
const longestWait = 12 * 3600 * 1000;

export class Session {
  constructor({ token, user }) {
    Object.assign(this, { token, user });
    this.socket = new Socket("/socket", {
      authToken: () => this.token, // a header: a token in an address would stand in the logs of proxies
      heartbeatIntervalMs: 30_000,
      longPollFallbackMs: 3000, // where a network lets no WebSocket through
    });
    this.socket.onOpen(() => (this.worked ||= this.socket.transport === WebSocket));
    this.socket.onClose(() => this.preferWebSocket());
    this.socket.onMessage(({ topic, event }) => topic === "phoenix" && event === "token_expired" && this.renew());
    this.renewInTime();
  }

  // While there is no network, phoenix tries long polling, too, and would stay with it.
  preferWebSocket() {
    if (this.worked) this.socket.transport = WebSocket;
  }

  // A connection may be dead and look open, after the network has changed or the machine has slept. One that lives answers within 3 s;
  // otherwise calls `lost` and connects again.
  check(lost) {
    const { conn } = this.socket;
    if (!this.socket.isConnected()) return this.reconnect();
    const limit = setTimeout(() => {
      if (this.socket.conn !== conn) return;
      lost();
      this.reconnect();
    }, 3000);
    this.socket.ping(() => clearTimeout(limit));
  }

  reconnect() {
    this.preferWebSocket();
    this.socket.disconnect(() => this.socket.connect());
  }

  renewInTime() {
    clearTimeout(this.timer);
    const left = expiry(this.token) - Date.now();
    const wait = Math.max(5000, left * 0.8);
    this.timer = setTimeout(() => (wait > longestWait ? this.renewInTime() : this.renew()), Math.min(wait, longestWait));
  }

  // A token that cannot be renewed ends with its connection; then the page asks its user to sign in.
  async renew() {
    const { status, data } = await api.renewToken(this.token);
    if (status === 200) {
      this.token = data.token;
      session.save(data);
      if (this.socket.isConnected())
        this.socket.push({ topic: "phoenix", event: "refresh_token", payload: { token: this.token }, ref: this.socket.makeRef(), join_ref: null });
    }
    if (status === 401) return clearTimeout(this.timer);
    this.renewInTime();
  }

  end() {
    this.ended = true;
    clearTimeout(this.timer);
    this.socket.disconnect();
    session.clear();
  }
}
