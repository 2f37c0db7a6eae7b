// One joined room: its channel, its messages, who types and who is there.
import { Presence } from "/vendor/phoenix.mjs";
import { $, avatar, make } from "./dom.js";
import { MessageList } from "./message_list.js";

export class Room {
  constructor(socket, me, { id, name }) {
    this.me = me;
    this.id = id;
    this.typists = new Map(); // user id -> {name, timer}
    this.names = new Map();
    this.list = new MessageList(me, (body) => this.send(body));
    this.channel = socket.channel(`room:${id}`, {});
    this.listen();
    $("room-name").textContent = `# ${name}`;
    this.showTypists();
    this.channel.join().receive("error", ({ reason }) => this.refused(reason));
  }

  listen() {
    const c = this.channel;
    c.on("recent_messages", ({ messages }) => {
      messages.forEach((m) => this.names.set(m.user.id, m.user.name));
      for (const p of this.list.replaceWith(messages)) this.deliver(p);
    });
    c.on("new_message", (m) => {
      this.names.set(m.user.id, m.user.name);
      this.typing(m.user.id, false);
      this.list.add(m);
    });
    c.on("user_joined", ({ user }) => this.names.set(user.id, user.name));
    c.on("user_left", ({ user_id }) => this.typing(user_id, false));
    c.on("user_typing", ({ user_id, typing }) => this.typing(user_id, typing));
    const presence = new Presence(c);
    presence.onSync(() => this.showPeople(presence.list((id, { metas }) => ({ id, ...metas[0] }))));
  }

  refused(reason) {
    if (reason === "room not found" || reason === "unauthorized") {
      this.channel.leave();
      this.list.notice(reason === "unauthorized" ? "This room is private." : "This room does not exist.");
    }
  }

  send(body) {
    this.deliver(this.list.expect(body));
  }

  // A push while the channel is away waits inside of phoenix until it is back; one that was sent and never answered is
  // looked for in recent_messages after the next join, and sent again when it is not there.
  deliver(p) {
    if (p.push && !p.lost) return;
    p.lost = false;
    const push = (p.push = this.channel.push("new_message", { body: p.body }, 10_000));
    push
      .receive("ok", () => this.list.pending.has(p) && this.confirm(p))
      .receive("error", (response) => this.list.fail(p, response))
      .receive("timeout", () => {
        if (p.push !== push) return;
        if (this.channel.state === "joined") this.list.fail(p, { reason: "timeout" });
        else p.lost = true;
      });
  }

  confirm(p) {
    p.node.classList.remove("waiting");
    this.list.remove(p);
  }

  connectionLost() {
    for (const p of this.list.pending) p.lost ||= Boolean(p.push?.sent);
    this.typists.forEach(({ timer }) => clearTimeout(timer));
    this.typists.clear();
    this.showTypists();
  }

  typing(id, active) {
    clearTimeout(this.typists.get(id)?.timer);
    this.typists.delete(id);
    if (active && id !== this.me.id)
      this.typists.set(id, { name: this.names.get(id) ?? "Somebody", timer: setTimeout(() => this.typing(id, false), 6000) });
    this.showTypists();
  }

  tellTyping(active) {
    if (this.channel.state === "joined") this.channel.push("typing", { typing: active });
  }

  showTypists() {
    const names = [...this.typists.values()].map((x) => x.name);
    $("typing").textContent =
      names.length === 0 ? "" : names.length === 1 ? `${names[0]} is typing…` : names.length === 2 ? `${names.join(" and ")} are typing…` : "Several people are typing…";
  }

  showPeople(people) {
    $("people-section").hidden = people.length === 0;
    $("people-count").textContent = people.length;
    people.forEach((p) => this.names.set(Number(p.id), p.name));
    $("people").replaceChildren(
      ...people
        .sort((a, b) => a.name.localeCompare(b.name))
        .map((p) => {
          const line = make("li");
          line.append(avatar(p.name, 24), make("span", "", p.name));
          return line;
        }),
    );
  }

  leave() {
    this.connectionLost();
    this.channel.leave();
    this.list.clear();
    $("people-section").hidden = true;
  }
}
