// The messages of one room: those of the server, and our own that wait for an answer.
import { $, avatar, make, withMentions } from "./dom.js";
import { MessageView } from "./message_view.js";

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });

const most = 300; // messages that stay known while the reader is at the end
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
    this.view = new MessageView((m) => this.render(m.user, m.body, new Date(m.timestamp), m.id), () => this.loadOlder(), () => this.showLatest());
    this.view.node.hidden = true;
    $("messages").append(this.view.node);
  }

  show() {
    const { node } = this.view;
    node.hidden = false;
    if (this.scrolledTo === undefined) this.view.toEnd();
    else node.scrollTop = this.scrolledTo;
    this.showLatest();
  }

  hide() {
    this.scrolledTo = this.view.isAtEnd() ? undefined : this.view.node.scrollTop;
    this.view.node.hidden = true;
  }

  // The button that leads back to the end, with the number of messages that came meanwhile.
  showLatest() {
    if (this.view.node.hidden) return;
    const { unseen } = this.view;
    $("latest").hidden = this.view.isAtEnd();
    $("latest").textContent = unseen ? `${unseen} new ${unseen === 1 ? "message" : "messages"} ↓` : "Latest messages ↓";
  }

  lastId() {
    return this.view.all.at(-1)?.id ?? 0;
  }

  // Takes the server's messages after a join. If they overlap with the shown ones, they are appended; otherwise they
  // replace them, because messages between may be missing. Returns our messages that the server does not have and
  // that must be sent again.
  update(messages) {
    const stored = new Set(messages.map((m) => m.client_id));
    for (const p of [...this.pending]) if (stored.has(p.clientId)) this.remove(p);
    if (!this.reachesBack(messages)) this.replace(messages);
    else messages.forEach((m) => this.add(m));
    if (!this.known.size && !this.pending.size && !this.empty) this.view.append((this.empty = make("li", "empty", "Nothing said here yet. Be the first.")));
    return [...this.pending].filter((p) => !p.failed);
  }

  reachesBack(messages) {
    return this.joined && (messages.length < page || messages.some((m) => this.known.has(m.id)));
  }

  replace(messages) {
    this.joined = true;
    this.view.isWhole = messages.length < page;
    const newest = messages.at(-1)?.id ?? 0;
    const newer = [...this.known.values()].filter((m) => m.id > newest);
    this.known = new Map();
    this.view.clear();
    [...messages, ...newer].forEach((m) => this.take(m));
    this.view.toEnd();
  }

  // Takes earlier messages, one page at a time. The messages that are being read stay in place.
  async loadOlder() {
    if (this.view.isWhole || this.loading || !this.known.size) return;
    this.loading = true;
    let isRefused = false;
    try {
      const first = this.view.all[0].id;
      const messages = await this.older(first);
      if (this.view.all[0]?.id !== first) return; // others have replaced them meanwhile
      messages.forEach((m) => this.known.set(m.id, m));
      this.view.prepend(messages, messages.length < page);
    } catch {
      isRefused = true; // too often, or the server is away
      await new Promise((goOn) => setTimeout(goOn, 1000));
    } finally {
      this.loading = false;
    }
    if (isRefused && !this.view.node.hidden) this.view.scrolled();
  }

  // `live`: it was broadcast just now and answers a message of ours that waits for it.
  add(m, live = false) {
    if (this.known.has(m.id)) return;
    const isMine = m.user.id === this.me.id;
    if (live && isMine) {
      const p = [...this.pending].find((x) => x.clientId === m.client_id);
      if (p) this.remove(p);
    }
    const stay = this.view.isAtEnd();
    this.take(m);
    if (!stay && !isMine) {
      ++this.view.unseen;
      return this.showLatest();
    }
    this.view.toEnd();
    this.forgetFar();
  }

  take(m, line) {
    this.known.set(m.id, m);
    this.notEmpty();
    this.view.insert(m, line);
  }

  notEmpty() {
    if (this.empty) this.view.drop(this.empty);
    this.empty = null;
  }

  // Messages far above the end are forgotten; a reader who scrolls up gets them from the server again.
  forgetFar() {
    if (this.known.size <= most + page) return;
    this.view.forget(most);
    this.known = new Map(this.view.all.map((m) => [m.id, m]));
    this.view.isWhole = false;
  }

  // Shows a message of ours before the server has stored it.
  expect(body, clientId) {
    const node = this.render(this.me, body, new Date());
    node.classList.add("waiting");
    const p = { body, clientId, sentAt: Date.now(), node, failed: false };
    this.pending.add(p);
    this.notEmpty();
    this.view.append(node);
    this.view.toEnd();
    return p;
  }

  // The server has stored it. Usually its broadcast came first; if not, our message takes its place.
  confirm(p, id) {
    if (!this.pending.delete(p)) return;
    this.view.tail = this.view.tail.filter((x) => x !== p.node);
    p.node.remove();
    if (this.known.has(id)) return;
    p.node.classList.remove("waiting");
    p.node.dataset.id = id;
    this.take({ id, body: p.body, user: this.me, timestamp: new Date(p.sentAt).toISOString() }, p.node);
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
      $("body").focus();
    };
    drop.onclick = () => {
      this.remove(p);
      $("body").focus();
    };
    const state = make("div", "state");
    const why = make("span", "", text);
    why.setAttribute("role", "alert");
    state.append(why, again, drop);
    p.node.append(state);
    this.view.toEnd();
  }

  remove(p) {
    this.pending.delete(p);
    this.view.drop(p.node);
  }

  notice(text) {
    const stay = this.view.isAtEnd();
    this.view.append(make("li", "notice", text), true);
    if (stay) this.view.toEnd();
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
}
