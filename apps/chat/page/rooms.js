// The rooms that this user may join: the list beside the chat, and the open room.
import * as api from "./api.js";
import { Announcer } from "./announcer.js";
import { Composer } from "./composer.js";
import { $, make } from "./dom.js";
import { ArrowKeys } from "./keys.js";
import { Room } from "./room.js";

const mostWatched = 100; // as the server allows
const mostJoined = 20; // rooms that were opened last: the others are joined again when they are opened

export class Rooms {
  constructor(session) {
    Object.assign(this, { session });
    this.all = new Map(); // id -> Room
    this.current = null;
    this.joined = []; // rooms, the one that was opened last at the end
    this.opened = () => {}; // called after another room was opened
    this.changed = () => {}; // called when a room can or cannot be used
    this.composer = new Composer(() => this.current);
    this.announcer = new Announcer();
    this.arrows = new ArrowKeys($("rooms"));
    $("rooms-more").onclick = () => this.loadMore();
    $("latest").onclick = () => {
      $("body").focus(); // the button goes
      this.current?.list.view.toEnd();
    };
  }

  // Asks the server which rooms there are. Resolves to the HTTP status.
  async load() {
    const answer = await api.listRooms(this.session.token);
    const listed = answer.data.rooms ?? (this.all.size ? [] : [{ id: "lobby", name: "Lobby", private: false }]);
    const known = this.all.size;
    if (known === 0 || !this.next) this.next = answer.data.next;
    this.take(listed, answer);
    return answer.status;
  }

  // A room that a mention leads to, though it is not on the pages that were loaded.
  add(id) {
    if (!this.all.has(id)) this.take([{ id, name: id, private: false }], { status: 200 });
  }

  async loadMore() {
    const answer = await api.listRooms(this.session.token, this.next);
    const known = this.all.size;
    if (answer.data.rooms) this.next = answer.data.next;
    this.take(answer.data.rooms ?? [], answer);
    [...this.all.values()][known]?.line.button.focus();
  }

  take(listed, answer) {
    const { socket, user } = this.session;
    const known = this.all.size;
    const changed = { unread: () => this.show(), state: () => this.changed(), news: (text) => this.announcer.say(text) };
    for (const info of listed)
      if (!this.all.has(info.id))
        this.all.set(info.id, new Room(socket, user, info, changed));
    $("rooms-problem").textContent = [0, 200, 401].includes(answer.status) ? "" : `The list of rooms: ${api.explain(answer)}`;
    $("rooms-more").hidden = !this.next;
    this.show();
    if (this.all.size !== known) this.watch();
  }

  // The user's channel reports messages in rooms that are not open.
  watchThrough(channel) {
    this.channel = channel;
    channel.on("room_message", (x) => this.all.get(x.room_id)?.heard(x.message_id, x.user_id));
    channel.joinPush.receive("ok", () => this.watch());
  }

  watch() {
    if (this.channel?.state !== "joined") return;
    const rooms = Object.fromEntries([...this.all.values()].slice(0, mostWatched).map((x) => [x.info.id, x.seen.get()]));
    this.channel.push("watch", { rooms }).receive("ok", ({ unread }) => {
      for (const [id, counted] of Object.entries(unread)) this.all.get(id)?.counted(counted);
    });
  }

  open(id) {
    const room = this.all.get(id) ?? this.all.values().next().value;
    if (!room || room === this.current) return;
    if (this.current) {
      this.composer.leave(this.current);
      this.current.close();
      this.announcer.forget();
    }
    this.current = room;
    room.open();
    this.keepJoined(room);
    this.composer.enter(room);
    history.replaceState(null, "", `#${room.info.id}`);
    this.show();
    this.opened(room);
    this.changed();
  }

  keepJoined(room) {
    this.joined = [...this.joined.filter((x) => x !== room), room];
    if (this.joined.length > mostJoined) this.joined.shift().leave();
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

  // Keeps the lines, so that the focused one keeps the keyboard focus.
  show() {
    const list = $("rooms");
    for (const room of this.all.values()) {
      const line = (room.line ??= list.appendChild(this.line(room)));
      const size = room.unreadCount();
      line.button.setAttribute("aria-current", String(room === this.current));
      line.count.textContent = size > 99 ? "99+" : size || "";
      line.count.hidden = size === 0;
      line.button.setAttribute("aria-label", size ? `${room.info.name}, ${size} unread` : room.info.name);
    }
    if (this.current && !list.contains(document.activeElement)) this.arrows.mark(this.current.line.button);
    const unread = [...this.all.values()].reduce((sum, x) => sum + x.unreadCount(), 0);
    document.title = unread ? `(${unread}) Bennu chat` : "Bennu chat";
  }

  line({ info }) {
    const line = make("li");
    line.button = make("button");
    line.button.type = "button";
    line.button.dataset.room = info.id;
    line.count = make("span", "badge");
    line.button.append(make("span", "mark", info.private ? "◆" : "#"), make("span", "label", info.name, true), line.count);
    line.button.title = info.name;
    line.button.addEventListener("click", () => this.open(info.id));
    line.append(line.button);
    return line;
  }
}
