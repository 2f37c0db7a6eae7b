// One room: its channel, its messages, who is typing and who is present. All rooms of the list are joined; one is
// open.
import { Presence } from "/vendor/phoenix.mjs";
import { $ } from "./dom.js";
import { MessageList } from "./message_list.js";
import { peopleOf, showPeople } from "./people.js";
import { Progress } from "./progress.js";
import { lastSeen, ownStatus } from "./storage.js";

// crypto.randomUUID is missing on pages that come over http from another machine.
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (x) => x.toString(16).padStart(2, "0")).join("");

const problems = {
  "room not found": "This room does not exist.",
  unauthorized: "This room is private.",
  unavailable: "The database is away: this room opens when it is back.",
  "rate limited": "Too many rooms at once: this one opens in a moment.",
  "too many channels joined": "Too many rooms are open: close another window.",
};

export class Room {
  // `changed.unread()` is called when the number of unread messages changes, `changed.state()` when the room becomes usable or
  // unusable, `changed.news()` with the text of a message that somebody else writes in the open room.
  constructor(socket, me, info, changed) {
    Object.assign(this, { socket, me, info, changed });
    this.seen = lastSeen(me.id, info.id);
    this.progress = new Progress();
    this.recovered = false; // the last join got what this page had missed
    this.unread = new Set(); // ids
    this.before = { count: 0, last: 0 }; // unread messages that the server has counted
    this.opened = false;
    this.typists = new Map(); // user id -> {name, timer}
    this.names = new Map();
    this.people = [];
    this.members = [];
    this.list = new MessageList(me, { resend: (p) => this.send(p.body, p.clientId), older: (id) => this.older(id) });
  }

  join() {
    if (this.channel) return;
    this.problem = "";
    this.channel = this.socket.channel(`room:${this.info.id}`, () => this.progress.params());
    this.listen();
    this.channel.onError(() => {
      this.interrupted();
      this.changed.state();
    });
    this.channel
      .join()
      .receive("ok", ({ history }) => {
        this.problem = "";
        this.recovered = this.progress.joined(history);
        this.changed.state();
        if (!this.recovered) this.askForMembers();
      })
      .receive("error", ({ reason }) => this.refused(reason))
      .receive("timeout", () => this.refused("timeout"));
  }

  leave() {
    this.channel?.leave();
    this.channel = null;
    for (const p of this.list.pending) p.lost = true; // the next join shows whether they were stored
  }

  // Returns why a message cannot be sent now, or nothing.
  trouble() {
    if (this.channel?.state === "joined") return "";
    return this.problem || "Opening the room…";
  }

  listen() {
    const c = this.channel;
    c.on("recent_messages", ({ messages }) => {
      for (const p of this.list.update(messages)) this.deliver(p);
      messages.forEach((m) => this.arrived(m));
      this.progress.fetched();
      this.changed.state();
    });
    c.on("new_message", (m, ref) => {
      if (c.state !== "joined") return; // of a join whose answer was lost: the next one gets it again
      this.typing(m.user.id, false);
      this.list.add(m, true);
      if (this.opened && m.user.id !== this.me.id) this.changed.news(`${m.user.name}: ${m.body}`);
      this.arrived(m);
      this.progress.read(ref);
    });
    c.on("user_joined", ({ user }) => this.names.set(user.id, user.name));
    c.on("user_left", ({ user_id }) => this.typing(user_id, false));
    c.on("user_typing", ({ user_id, typing }) => this.typing(user_id, typing));
    const presence = new Presence(c);
    presence.onSync(() => {
      this.people = peopleOf(presence);
      this.people.forEach((p) => this.names.set(p.id, p.name));
      this.showPeople();
    });
    c.on("presence_state", () => {
      if (this.recovered) this.deliverLost(); // what was missed has come before
      this.tellStatus();
    });
  }

  // The client joins again by itself, except when that is hopeless.
  refused(reason) {
    this.problem = problems[reason] ?? "The room does not answer yet.";
    if (reason === "room not found" || reason === "unauthorized") {
      this.channel.leave();
      this.list.notice(this.problem);
    }
    this.changed.state();
  }

  // -- read and unread --------------------------------------------------------

  unreadCount() {
    return this.before.count + this.unread.size;
  }

  arrived({ id, user }) {
    this.names.set(user.id, user.name);
    this.heard(id, user.id);
  }

  heard(id, author) {
    if (this.opened && document.visibilityState === "visible") return this.markSeen(id);
    if (author === this.me.id || id <= Math.max(this.seen.get(), this.before.last) || this.unread.has(id)) return;
    this.unread.add(id);
    this.changed.unread();
  }

  // Takes the server's count of unread messages. Those that were pushed since are counted apart.
  counted({ count, last }) {
    if (this.opened && document.visibilityState === "visible") return;
    this.before = { count, last };
    for (const id of this.unread) if (id <= last) this.unread.delete(id);
    this.changed.unread();
  }

  markSeen(id = this.list.lastId()) {
    this.seen.set(Math.max(id, this.before.last, ...this.unread));
    if (!this.unreadCount()) return;
    this.unread.clear();
    this.before = { count: 0, last: 0 };
    this.changed.unread();
  }

  open() {
    this.opened = true;
    this.join();
    $("room-name").title = this.info.name;
    $("room-name").textContent = `${this.info.private ? "◆" : "#"} ${this.info.name}`;
    this.list.show();
    this.showTypists();
    this.showPeople();
    this.markSeen();
  }

  close() {
    this.opened = false;
    this.list.hide();
  }

  // -- sending ----------------------------------------------------------------

  // The id makes a message that is sent again the same message for the server.
  send(body, clientId = newId()) {
    this.deliver(this.list.expect(body, clientId));
  }

  draft = ""; // an unsent text, while another room is open

  // While the channel is disconnected, phoenix keeps a push until it is back. A push that was sent and not answered
  // is looked up after the next join in what was missed, or in recent_messages, and sent again if it is missing there.
  deliver(p) {
    if (p.push && !p.lost) return;
    p.lost = false;
    const push = (p.push = this.channel.push("new_message", { body: p.body, client_id: p.clientId }, 10_000));
    push
      .receive("ok", ({ id }) => this.list.confirm(p, id))
      .receive("error", (response) => (response.reason === "crashed" ? this.again(p) : this.list.fail(p, response)))
      .receive("timeout", () => {
        if (p.push !== push) return;
        if (this.channel?.state === "joined") this.list.fail(p, { reason: "timeout" });
        else p.lost = true;
      });
  }

  deliverLost() {
    for (const p of this.list.pending) if (p.lost && !p.failed) this.deliver(p);
  }

  // The channel crashed while it had our message. If the message was stored, its broadcast arrives in a moment;
  // otherwise send it again.
  again(p) {
    if (p.repeated) return this.list.fail(p, { reason: "timeout" });
    p.repeated = p.lost = true;
    setTimeout(() => this.list.pending.has(p) && this.deliver(p), 2000);
  }

  interrupted() {
    for (const p of this.list.pending) p.lost ||= Boolean(p.push?.sent);
    this.typists.forEach(({ timer }) => clearTimeout(timer));
    this.typists.clear();
    this.showTypists();
  }

  // Resolves to the messages before the one with this id; rejects when the server cannot answer.
  older(before) {
    return new Promise((resolve, reject) =>
      this.channel
        .push("older_messages", { before })
        .receive("ok", ({ messages }) => resolve(messages))
        .receive("error", reject)
        .receive("timeout", reject),
    );
  }

  // -- people -----------------------------------------------------------------

  tellTyping(active) {
    if (this.channel?.state === "joined") this.channel.push("typing", { typing: active });
  }

  typing(id, active) {
    clearTimeout(this.typists.get(id)?.timer);
    this.typists.delete(id);
    if (active && id !== this.me.id)
      this.typists.set(id, { name: this.names.get(id) ?? "Somebody", timer: setTimeout(() => this.typing(id, false), 6000) });
    this.showTypists();
  }

  showTypists() {
    if (!this.opened) return;
    const names = [...this.typists.values()].map((x) => x.name);
    const who = names.length > 2 ? "Several people" : names.join(" and ");
    $("typing").textContent = names.length === 0 ? "" : `${who} ${names.length === 1 ? "is" : "are"} typing…`;
  }

  // Asks for the members that the creator named, who are shown even while they are away.
  askForMembers() {
    if (this.info.id === "lobby") return;
    this.channel.push("members", {}).receive("ok", ({ members }) => {
      this.members = members;
      members.forEach((x) => this.names.set(x.id, x.name));
      this.showPeople();
    });
  }

  tellStatus(text = ownStatus.get()) {
    if (this.channel?.state === "joined" && (text || this.status)) this.channel.push("update_status", { status: text || "online" });
    this.status = text;
  }

  showPeople() {
    if (this.opened) showPeople(this.people, this.members);
  }
}
