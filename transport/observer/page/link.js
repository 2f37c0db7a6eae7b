// The connection to the server's observer: questions, actions, and values that are watched. The official client
// connects again by itself, and joins again; what was watched is watched again then. Nothing is watched while nobody
// looks at the tab.
import { Socket } from "./vendor/phoenix.js";

const waits = [250, 500, 1000, 2000];
const patiently = (tries) => waits[tries - 1] ?? 5000;

/** What the server answered, or why it did not: `message` is the text for the reader. */
export class Refused extends Error {}

export class Link {
  /**
   * `token()` is asked at every attempt to connect. `on` has `joined(info)`, `lost()` after an end of the connection,
   * and `refused()` when a server that answers has not let this page in.
   */
  constructor(token, on) {
    this.on = on;
    this.node = null; // another node of the cluster that answers
    this.watches = new Map();
    this.last = 0;
    this.attempts = 0; // since the connection was open
    this.socket = new Socket(new URL("socket", location.href).pathname, {
      authToken: token,
      heartbeatIntervalMs: 10_000,
      reconnectAfterMs: patiently,
      rejoinAfterMs: patiently,
    });
    this.socket.onOpen(() => (this.attempts = 0));
    this.socket.onClose(() => this.closed());
    this.channel = this.socket.channel("observer", {});
    this.channel.on("changed", ({ id, value }) => this.watches.get(id)?.take(value));
    this.channel.onError(() => this.on.lost());
    this.channel
      .join()
      .receive("ok", (info) => this.joined(info))
      .receive("error", (x) => this.on.refused(x?.reason));
    this.onVisible = () => this.followVisibility();
    document.addEventListener("visibilitychange", this.onVisible);
    this.socket.connect();
  }

  get isLive() {
    return this.channel.state === "joined" && this.socket.isConnected();
  }

  joined(info) {
    this.info = info;
    if (!document.hidden) for (const [id, x] of this.watches) this.begin(id, x);
    this.on.joined(info);
  }

  // A server that answers on HTTP and closes sockets before they are open does not accept the token.
  async closed() {
    this.on.lost();
    if (++this.attempts < 2) return;
    const answers = await fetch(location.pathname, { method: "HEAD", cache: "no-store" }).then(
      (x) => x.ok,
      () => false,
    );
    if (answers && !this.ended && this.attempts > 1) this.on.refused();
  }

  followVisibility() {
    if (!this.isLive) return;
    for (const [id, x] of this.watches)
      document.hidden ? this.push("unwatch", { id }).catch(() => {}) : this.begin(id, x);
  }

  push(event, payload) {
    return new Promise((resolve, reject) => {
      this.channel
        .push(event, payload, 10_000)
        .receive("ok", resolve)
        .receive("error", (x) => reject(new Refused(x?.reason ?? "The server refused this.")))
        .receive("timeout", () => reject(new Refused("The server has not answered in time.")));
    });
  }

  addressed(params) {
    return this.node ? { ...params, node: this.node } : params;
  }

  /** Resolves to the value of a view. */
  async ask(view, params = {}) {
    return (await this.push("ask", { view, params: this.addressed(params) })).value;
  }

  /** Resolves to the text that says what was done. */
  async act(action, params = {}) {
    return (await this.push("act", { action, params: this.addressed(params) })).text ?? "Done.";
  }

  /**
   * Calls `take(value)` now and whenever the view's value changes, and `fail(text)` when the server refuses.
   * @returns the function that ends it
   */
  watch(view, params, everyMs, take, fail = () => {}) {
    const id = `${view}.${++this.last}`; // never used again: a late value of an older watch is not taken for this one's
    const x = { view, params: this.addressed(params), everyMs, take, fail };
    this.watches.set(id, x);
    if (this.isLive && !document.hidden) this.begin(id, x);
    return () => {
      if (this.watches.delete(id) && this.isLive && !document.hidden) this.push("unwatch", { id }).catch(() => {});
    };
  }

  begin(id, { view, params, everyMs, take, fail }) {
    this.push("watch", { id, view, params, every_ms: everyMs }).then(
      (x) => this.watches.has(id) && take(x.value),
      (x) => this.watches.has(id) && fail(x.message),
    );
  }

  end() {
    this.ended = true;
    document.removeEventListener("visibilitychange", this.onVisible);
    this.watches.clear();
    this.socket.disconnect();
  }
}
