// The bell: who has mentioned this user, where, and which mentions are unread.
import { $, make } from "./dom.js";

export class Notifications {
  // `visit(roomId)` opens the room of a mention.
  constructor(socket, me, visit) {
    this.visit = visit;
    this.unread = new Map(); // id -> notification
    this.channel = socket.channel(`user:${me.id}`, {});
    this.channel.on("notification", (x) => this.add(x));
    this.channel.join().receive("ok", ({ notifications }) => {
      this.unread.clear();
      $("mentions").setAttribute("aria-busy", "false");
      notifications.reverse().forEach((x) => this.unread.set(x.id, x));
      this.show();
    });
    $("bell").onclick = () => this.toggle();
    $("mark-read").onclick = () => this.markRead([...this.unread.keys()]);
    this.show();
  }

  add(x) {
    this.unread.set(x.id, x);
    this.show();
  }

  toggle(open = $("mentions").hidden) {
    $("mentions").hidden = !open;
    $("bell").setAttribute("aria-expanded", String(open));
    if (open) $("mentions").focus();
  }

  // Only mentions that the server has marked disappear.
  markRead(ids) {
    if (!ids.length) return;
    this.channel.push("mark_notifications_read", { ids: ids.slice(0, 100) }).receive("ok", () => {
      ids.forEach((id) => this.unread.delete(id));
      this.show();
    });
  }

  show() {
    const { size } = this.unread;
    const focused = $("mention-list").contains(document.activeElement) && document.activeElement.dataset.id;
    const loses = focused || (size === 0 && document.activeElement === $("mark-read"));
    $("bell-count").textContent = size > 99 ? "99+" : size;
    $("bell-count").hidden = size === 0;
    $("bell").setAttribute("aria-label", size ? `Mentions, ${size} unread` : "Mentions");
    $("mark-read").hidden = size === 0;
    const lines = [...this.unread.values()].reverse().map((x) => this.line(x));
    $("mention-list").replaceChildren(...(lines.length ? lines : [make("li", "empty", "Nobody has mentioned you lately.")]));
    if (loses) ($(`mention-${focused}`) ?? $("mentions")).focus();
  }

  line(x) {
    const line = make("li");
    const button = make("button");
    button.type = "button";
    button.id = `mention-${(button.dataset.id = x.id)}`;
    button.append(make("b", "", x.from, true), ` mentioned you in `, make("b", "", `#${x.room_id}`));
    button.onclick = () => {
      this.toggle(false);
      this.visit(x.room_id);
      this.markRead([x.id]);
    };
    line.append(button);
    return line;
  }
}
