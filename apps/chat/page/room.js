// One room: its channel, its messages, who is typing and who is present. All rooms of the list are joined; one is
// open.
import { Presence } from "/vendor/phoenix.mjs";
import { $ } from "./dom.js";
import { MessageList } from "./message_list.js";
import { peopleOf, showPeople } from "./people.js";
import { lastSeen, ownStatus } from "./storage.js";

export class Room {
  // `changed(room)` is called when the number of unread messages changes.
  constructor(socket, me, info, changed) {
    this.me = me;
    this.info = info;
    this.changed = changed;
    this.seen = lastSeen(me.id, info.id);
    this.unread = new Set(); // ids
    this.opened = false;
    this.typists = new Map(); // user id -> {name, timer}
    this.names = new Map();
    this.people = [];
    this.members = [];
    this.list = new MessageList(me, { resend: (body) => this.send(body), older: (id) => this.older(id) });
    this.channel = socket.channel(`room:${info.id}`, {});
    this.listen();
    this.channel
      .join()
      .receive("ok", () => this.askForMembers())
      .receive("error", ({ reason }) => this.refused(reason));
  }

  listen() {
    const c = this.channel;
    c.on("recent_messages", ({ messages }) => {
      for (const p of this.list.update(messages)) this.deliver(p);
      messages.forEach((m) => this.arrived(m));
    });
    c.on("new_message", (m) => {
      this.typing(m.user.id, false);
      this.list.add(m, true);
      this.arrived(m);
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
    c.on("presence_state", () => this.tellStatus());
  }

  refused(reason) {
    if (reason !== "room not found" && reason !== "unauthorized") return; // the client tries again by itself
    this.channel.leave();
    this.list.notice(reason === "unauthorized" ? "This room is private." : "This room does not exist.");
  }

  // -- read and unread --------------------------------------------------------

  arrived({ id, user }) {
    this.names.set(user.id, user.name);
    if (this.opened && document.visibilityState === "visible") return this.markSeen(id);
    if (user.id === this.me.id || id <= this.seen.get() || this.unread.has(id)) return;
    this.unread.add(id);
    this.changed(this);
  }

  markSeen(id = this.list.lastId()) {
    this.seen.set(id);
    if (!this.unread.size) return;
    this.unread.clear();
    this.changed(this);
  }

  open() {
    this.opened = true;
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

  send(body) {
    this.deliver(this.list.expect(body));
  }

  draft = ""; // an unsent text, while another room is open

  // While the channel is disconnected, phoenix keeps a push until it is back. A push that was sent and not answered
  // is looked up in recent_messages after the next join, and sent again if it is missing there.
  deliver(p) {
    if (p.push && !p.lost) return;
    p.lost = false;
    const push = (p.push = this.channel.push("new_message", { body: p.body }, 10_000));
    push
      .receive("ok", ({ id }) => this.list.confirm(p, id))
      .receive("error", (response) => (response.reason === "crashed" ? this.again(p) : this.list.fail(p, response)))
      .receive("timeout", () => {
        if (p.push !== push) return;
        if (this.channel.state === "joined") this.list.fail(p, { reason: "timeout" });
        else p.lost = true;
      });
  }

  // The channel crashed while it had our message. If the message was stored, its broadcast arrives in a moment;
  // otherwise send it again.
  again(p) {
    if (p.repeated) return this.list.fail(p, { reason: "timeout" });
    p.repeated = p.lost = true;
    setTimeout(() => this.list.pending.has(p) && this.deliver(p), 2000);
  }

  connectionLost() {
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
    if (this.channel.state === "joined") this.channel.push("typing", { typing: active });
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

  // Shown while they are away: the members that the creator named.
  askForMembers() {
    if (this.info.id === "lobby") return;
    this.channel.push("members", {}).receive("ok", ({ members }) => {
      this.members = members;
      members.forEach((x) => this.names.set(x.id, x.name));
      this.showPeople();
    });
  }

  tellStatus(text = ownStatus.get()) {
    if (this.channel.state === "joined" && (text || this.status)) this.channel.push("update_status", { status: text || "online" });
    this.status = text;
  }

  showPeople() {
    if (this.opened) showPeople(this.people, this.members);
  }
}
