// The rooms that this user may join: the list beside the chat, and the open room.
import * as api from "./api.js";
import { Composer } from "./composer.js";
import { $, make } from "./dom.js";
import { Room } from "./room.js";

export class Rooms {
  constructor(socket, me, token) {
    Object.assign(this, { socket, me, token });
    this.all = new Map(); // id -> Room
    this.current = null;
    this.opened = () => {}; // called after another room was opened
    this.composer = new Composer(() => this.current);
  }

  // Asks the server for the rooms. Resolves to the HTTP status.
  async load() {
    const { status, data } = await api.listRooms(this.token);
    const listed = data.rooms ?? (this.all.size ? [] : [{ id: "lobby", name: "Lobby", private: false }]);
    for (const info of listed)
      if (!this.all.has(info.id)) this.all.set(info.id, new Room(this.socket, this.me, info, () => this.show()));
    this.show();
    return status;
  }

  open(id) {
    const room = this.all.get(id) ?? this.all.values().next().value;
    if (!room || room === this.current) return;
    if (this.current) {
      this.composer.leave(this.current);
      this.current.close();
    }
    this.current = room;
    room.open();
    this.composer.enter(room);
    history.replaceState(null, "", `#${room.info.id}`);
    this.show();
    this.opened(room);
  }

  tellStatus(text) {
    for (const room of this.all.values()) room.tellStatus(text);
  }

  // The room before or after the open one.
  step(by) {
    const ids = [...this.all.keys()];
    const at = ids.indexOf(this.current?.info.id);
    this.open(ids[(at + by + ids.length) % ids.length]);
  }

  connectionLost() {
    for (const room of this.all.values()) room.connectionLost();
  }

  // Keeps the lines, so that the focused one keeps the keyboard focus.
  show() {
    const list = $("rooms");
    for (const room of this.all.values()) {
      const line = (room.line ??= list.appendChild(this.line(room)));
      const { size } = room.unread;
      line.button.setAttribute("aria-current", String(room === this.current));
      line.count.textContent = size > 99 ? "99+" : size || "";
      line.count.hidden = size === 0;
      line.button.setAttribute("aria-label", size ? `${room.info.name}, ${size} unread` : room.info.name);
    }
    const unread = [...this.all.values()].reduce((sum, { unread }) => sum + unread.size, 0);
    document.title = unread ? `(${unread}) Bennu chat` : "Bennu chat";
  }

  line({ info }) {
    const line = make("li");
    line.button = make("button");
    line.button.type = "button";
    line.button.dataset.room = info.id;
    line.count = make("span", "badge");
    line.button.append(make("span", "mark", info.private ? "◆" : "#"), make("span", "label", info.name), line.count);
    line.button.addEventListener("click", () => this.open(info.id));
    line.append(line.button);
    return line;
  }
}
