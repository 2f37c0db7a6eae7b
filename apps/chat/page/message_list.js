// The messages of one room: what the server told, and our own that wait for its word.
import { $, avatar, make, withMentions } from "./dom.js";

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });

const failures = {
  rate_limited: "Slow down a little: 30 messages a minute are the limit.",
  message_too_long: "Too long: 1000 bytes are the limit.",
  inappropriate: "Not sent: a word in it is not welcome here.",
  unavailable: "Not stored: the database is away.",
  timeout: "No answer from the server.",
};

export class MessageList {
  constructor(me, resend) {
    this.me = me;
    this.resend = resend;
    this.known = new Map(); // id -> message, as told by the server
    this.pending = new Set(); // {body, sentAt, node}
    this.node = make("ol", "messages");
    this.node.hidden = true;
    this.node.tabIndex = 0;
    this.node.setAttribute("aria-label", "Messages");
    $("messages").append(this.node);
  }

  show() {
    this.node.hidden = false;
    this.node.scrollTop = this.scrolledTo ?? this.node.scrollHeight;
  }

  hide() {
    this.scrolledTo = this.atEnd() ? undefined : this.node.scrollTop;
    this.node.hidden = true;
  }

  lastId() {
    return Math.max(0, ...this.known.keys());
  }

  // The server's view after a join: whatever we show, it is right; what was broadcast while it was read comes on top.
  replaceWith(messages) {
    const mine = messages.filter((m) => m.user.id === this.me.id);
    for (const p of [...this.pending]) {
      // Sent before the connection broke: stored after all? Clocks differ, so a minute of grace; each message answers for one.
      const at = mine.findIndex((m) => m.body === p.body && !this.known.has(m.id) && Date.parse(m.timestamp) > p.sentAt - 60e3);
      if (at >= 0) {
        mine.splice(at, 1);
        this.pending.delete(p);
      }
    }
    const waiting = [...this.pending];
    const newest = messages.at(-1)?.id ?? 0;
    const newer = [...this.known.values()].filter((m) => m.id > newest);
    this.known = new Map();
    this.node.replaceChildren();
    const all = [...messages, ...newer];
    if (!all.length && !waiting.length) this.node.append(make("li", "empty", "Nothing said here yet. Be the first."));
    all.forEach((m) => this.add(m));
    waiting.forEach((p) => this.node.append(p.node));
    this.toEnd();
    return waiting.filter((p) => !p.failed);
  }

  add(m) {
    if (this.known.has(m.id)) return;
    for (const p of this.pending)
      if (m.user.id === this.me.id && p.body === m.body && !p.failed) {
        this.pending.delete(p);
        p.node.remove();
        break;
      }
    const stay = this.atEnd();
    this.known.set(m.id, m);
    this.insert(this.render(m.user, m.body, new Date(m.timestamp)));
    if (stay || m.user.id === this.me.id) this.toEnd();
  }

  // Shows a message of ours before the server has it.
  expect(body) {
    const node = this.render(this.me, body, new Date());
    node.classList.add("waiting");
    const p = { body, sentAt: Date.now(), node, failed: false };
    this.pending.add(p);
    this.insert(node, true);
    this.toEnd();
    return p;
  }

  // The server has it. Usually it was broadcast before; if not, ours stands for it.
  confirm(p, id) {
    if (!this.pending.delete(p)) return;
    if (this.known.has(id)) return p.node.remove();
    p.node.classList.remove("waiting");
    this.known.set(id, { id, body: p.body, user: this.me, timestamp: new Date(p.sentAt).toISOString() });
  }

  fail(p, response) {
    if (!this.pending.has(p)) return;
    p.failed = true;
    p.node.classList.replace("waiting", "failed");
    const text = failures[response?.reason] ?? response?.errors?.body?.join(", ") ?? "Not sent.";
    const again = make("button", "", "Try again");
    const drop = make("button", "", "Remove");
    again.type = drop.type = "button";
    again.onclick = () => {
      this.remove(p);
      this.resend(p.body);
    };
    drop.onclick = () => this.remove(p);
    const state = make("div", "state", text);
    state.append(again, drop);
    p.node.append(state);
    this.toEnd();
  }

  remove(p) {
    this.pending.delete(p);
    p.node.remove();
  }

  notice(text) {
    const stay = this.atEnd();
    this.insert(make("li", "notice", text));
    if (stay) this.toEnd();
  }

  render(user, body, when) {
    const node = make("li", user.id === this.me.id ? "message mine" : "message");
    node.dataset.user = user.id;
    const head = make("div", "head");
    head.append(make("b", "", user.name), make("time", "", clock.format(when)));
    const bubble = make("div", "bubble");
    bubble.append(withMentions(body));
    node.append(avatar(user.name, 36), head, bubble);
    return node;
  }

  // What the server told stands above what still waits.
  insert(node, last = false) {
    this.node.querySelector(".empty")?.remove();
    const waiting = last ? null : this.node.querySelector(".waiting, .failed");
    this.node.insertBefore(node, waiting);
    const before = node.previousElementSibling;
    node.classList.toggle("follows", Boolean(node.dataset.user) && before?.dataset.user === node.dataset.user);
  }

  atEnd() {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < 80;
  }

  toEnd() {
    this.node.scrollTop = this.node.scrollHeight;
  }
}
