// The messages of one room: those of the server, and our own that wait for an answer.
import { $, avatar, make, withMentions } from "./dom.js";

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });

const most = 300; // messages that stay on the page
const page = 50; // how many messages the server sends at once

const failures = {
  rate_limited: "Slow down a little: 30 messages a minute are the limit.",
  message_too_long: "Too long: 1000 bytes are the limit.",
  inappropriate: "Not sent: a word in it is not welcome here.",
  unavailable: "Not stored: the database is away.",
  uncertain: "The database is away: perhaps stored. Trying again cannot send it twice.",
  timeout: "No answer from the server.",
};

export class MessageList {
  // `resend(p)` sends a message once more. `older(id)` resolves to the messages before that one; to [] at the
  // beginning.
  constructor(me, { resend, older }) {
    Object.assign(this, { me, resend, older });
    this.known = new Map(); // id -> message, as the server sent it
    this.pending = new Set(); // {body, clientId, sentAt, node}
    this.node = make("ol", "messages");
    this.node.hidden = true;
    this.node.tabIndex = 0;
    this.node.setAttribute("aria-label", "Messages");
    this.node.addEventListener("scroll", () => this.node.scrollTop < 40 && this.loadOlder());
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

  // Takes the server's messages after a join. If they overlap with the shown ones, they are appended; otherwise they
  // replace them, because messages between may be missing. Returns our messages that the server does not have and
  // that must be sent again.
  update(messages) {
    const stored = new Set(messages.map((m) => m.client_id));
    for (const p of [...this.pending]) if (stored.has(p.clientId)) this.remove(p);
    if (!this.reachesBack(messages)) this.replace(messages);
    else messages.forEach((m) => this.add(m));
    if (!this.known.size && !this.pending.size && !this.node.querySelector(".empty"))
      this.node.append(make("li", "empty", "Nothing said here yet. Be the first."));
    return [...this.pending].filter((p) => !p.failed);
  }

  reachesBack(messages) {
    return this.joined && (messages.length < page || messages.some((m) => this.known.has(m.id)));
  }

  replace(messages) {
    this.joined = true;
    this.complete = messages.length < page;
    const newest = messages.at(-1)?.id ?? 0;
    const newer = [...this.known.values()].filter((m) => m.id > newest);
    this.known = new Map();
    this.node.replaceChildren();
    [...messages, ...newer].forEach((m) => this.add(m));
    this.pending.forEach((p) => this.node.append(p.node));
    this.toEnd();
  }

  // Shows earlier messages, one page at a time. The messages that are being read stay in place.
  async loadOlder() {
    if (this.complete || this.loading || !this.known.size) return;
    this.loading = true;
    try {
      const messages = await this.older(Math.min(...this.known.keys()));
      this.complete = messages.length < page;
      const fromEnd = this.node.scrollHeight - this.node.scrollTop;
      const first = this.node.firstChild;
      for (const m of messages) {
        this.known.set(m.id, m);
        this.node.insertBefore(this.render(m.user, m.body, new Date(m.timestamp), m.id), first);
      }
      this.joinUp();
      if (this.complete) this.node.prepend(make("li", "notice", "This is where it began."));
      this.node.scrollTop = this.node.scrollHeight - fromEnd;
    } catch {
      // the next scroll asks again
    } finally {
      this.loading = false;
    }
  }

  // `live`: it was broadcast just now and answers a message of ours that waits for it.
  add(m, live = false) {
    if (this.known.has(m.id)) return;
    if (live && m.user.id === this.me.id) {
      const p = [...this.pending].find((x) => x.clientId === m.client_id);
      if (p) this.remove(p);
    }
    const stay = this.atEnd();
    this.known.set(m.id, m);
    this.insert(this.render(m.user, m.body, new Date(m.timestamp), m.id));
    if (stay || m.user.id === this.me.id) {
      this.dropFar();
      this.toEnd();
    }
  }

  // Messages far above the end leave the page, which stays quick; a reader who scrolls up gets them from the server again.
  dropFar() {
    if (this.known.size <= most + page) return;
    const ids = [...this.known.keys()].sort((a, b) => a - b);
    ids.slice(0, -most).forEach((id) => this.known.delete(id));
    const last = ids.at(-most);
    for (let node = this.node.firstChild; node && Number(node.dataset.id ?? 0) < last; node = this.node.firstChild) {
      if (!node.dataset.id && !node.classList.contains("notice")) break;
      node.remove();
    }
    this.complete = false;
    this.follow(this.node.firstChild);
  }

  // Shows a message of ours before the server has stored it.
  expect(body, clientId) {
    const node = this.render(this.me, body, new Date());
    node.classList.add("waiting");
    const p = { body, clientId, sentAt: Date.now(), node, failed: false };
    this.pending.add(p);
    this.insert(node, true);
    this.toEnd();
    return p;
  }

  // The server has stored it. Usually its broadcast came first; if not, our message takes its place.
  confirm(p, id) {
    if (!this.pending.delete(p)) return;
    if (this.known.has(id)) return p.node.remove();
    p.node.classList.remove("waiting");
    p.node.dataset.id = id;
    this.known.set(id, { id, body: p.body, user: this.me, timestamp: new Date(p.sentAt).toISOString() });
  }

  fail(p, response) {
    if (!this.pending.has(p)) return;
    p.failed = true;
    p.node.classList.replace("waiting", "failed");
    const text = failures[response?.may_be_stored ? "uncertain" : response?.reason] ?? response?.errors?.body?.join(", ") ?? "Not sent.";
    const again = make("button", "", "Try again");
    const drop = make("button", "", "Remove");
    again.type = drop.type = "button";
    again.onclick = () => {
      this.remove(p);
      this.resend(p);
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

  // `id` if the server has stored it.
  render(user, body, when, id) {
    const node = make("li", user.id === this.me.id ? "message mine" : "message");
    node.dataset.user = user.id;
    if (id) node.dataset.id = id;
    const head = make("div", "head");
    const time = make("time", "", clock.format(when));
    time.dateTime = when.toISOString();
    time.title = when.toLocaleString();
    const name = make("b", "", user.name, true);
    name.title = user.name;
    head.append(name, time);
    const bubble = make("div", "bubble", undefined, true);
    bubble.append(withMentions(body));
    node.append(avatar(user.name, 36), head, bubble);
    return node;
  }

  // The server's messages are in their order, above those that still wait.
  insert(node, last = false) {
    this.node.querySelector(".empty")?.remove();
    let next = last ? null : this.node.querySelector(".waiting, .failed");
    const before = () => (next ? next.previousElementSibling : this.node.lastElementChild);
    if (node.dataset.id) while (Number(before()?.dataset.id) > Number(node.dataset.id)) next = before();
    this.node.insertBefore(node, next);
    if (next) this.follow(next);
    this.follow(node);
  }

  // Consecutive messages of one author show the name once.
  follow(node) {
    node.classList.toggle("follows", Boolean(node.dataset.user) && node.previousElementSibling?.dataset.user === node.dataset.user);
  }

  joinUp() {
    for (const node of this.node.children) this.follow(node);
  }

  atEnd() {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < 80;
  }

  toEnd() {
    this.node.scrollTop = this.node.scrollHeight;
  }
}
