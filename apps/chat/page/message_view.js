// The messages that are on the page: a window onto all those that are known, so that the page stays quick in a room with thousands. At its
// ends messages come and go while the reader scrolls, and what the reader sees stays in place.
import { make } from "./dom.js";

const most = 200; // messages on the page
const step = 50; // how many come and go at once
const near = 400; // pixels to an end of the window

export class MessageView {
  // `render(m)` makes the line of a message. `older()` is called when the reader comes near the first known message,
  // `moved()` after each scroll and after each new message.
  constructor(render, older, moved) {
    Object.assign(this, { render, older, moved });
    this.all = []; // the server's messages, by id
    this.from = 0; // of the first one on the page
    this.lines = []; // those from there on
    this.tail = []; // lines below the last message: ours that still wait, and notices
    this.unseen = 0; // messages that came below while the reader was above
    this.stays = true; // at the end
    this.node = make("ol", "messages");
    this.node.tabIndex = 0;
    this.node.setAttribute("aria-label", "Messages");
    this.node.addEventListener("scroll", () => this.node.hidden || this.scrolled());
    this.node.addEventListener("keydown", ({ key }) => key === "End" && this.toEnd());
    new ResizeObserver(() => this.stays && this.toEnd()).observe(this.node);
  }

  to() {
    return this.from + this.lines.length;
  }

  hasLast() {
    return this.to() === this.all.length;
  }

  isAtEnd() {
    if (this.node.hidden) return this.stays;
    return this.hasLast() && this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < 80;
  }

  // Shows the newest messages. Those far above leave the page.
  toEnd() {
    this.unseen = 0;
    this.stays = true;
    if (this.hasLast()) this.cutTop();
    else this.fill();
    this.node.scrollTop = this.node.scrollHeight;
    this.moved();
  }

  fill() {
    this.from = Math.max(0, this.all.length - most);
    this.lines = this.all.slice(this.from).map((m) => this.render(m));
    this.node.replaceChildren(...this.lines, ...this.tail);
    this.lines.concat(this.tail).forEach((x) => this.follow(x));
    this.showBeginning();
  }

  cutTop() {
    if (this.lines.length < most + step) return;
    const gone = this.lines.splice(0, this.lines.length - most);
    this.from += gone.length;
    gone.forEach((x) => x.remove());
    this.showBeginning();
    this.follow(this.lines[0]);
  }

  clear() {
    this.all = [];
    this.from = this.unseen = 0;
    this.lines = [];
    this.node.replaceChildren(...this.tail);
  }

  // Forgets all messages but the last `count`. REQUIRES: the window is at the end.
  forget(count) {
    const gone = Math.min(this.from, Math.max(0, this.all.length - count));
    this.all.splice(0, gone);
    this.from -= gone;
  }

  // -- new lines --------------------------------------------------------------

  // Takes a message of the server. `line` is the one that already stands for it.
  insert(m, line) {
    let at = this.all.length;
    while (at > 0 && this.all[at - 1].id > m.id) --at;
    const isBelow = at > this.to() || (at === this.to() && (!this.hasLast() || this.lines.length >= most + step));
    this.all.splice(at, 0, m);
    if (at < this.from) return void ++this.from;
    if (isBelow) return this.hideTail();
    const next = this.lines[at - this.from] ?? this.tail.find((x) => x !== line) ?? null;
    const node = line ?? this.render(m);
    this.lines.splice(at - this.from, 0, node);
    this.node.insertBefore(node, next);
    this.follow(node);
    if (next) this.follow(next);
  }

  // Puts a line below all messages, or above those of our own that still wait.
  append(line, above = false) {
    const at = above ? this.tail.findIndex((x) => x.matches(".waiting, .failed")) : -1;
    const next = at < 0 ? null : this.tail[at];
    this.tail.splice(at < 0 ? this.tail.length : at, 0, line);
    if (!this.hasLast()) return;
    this.node.insertBefore(line, next);
    this.follow(line);
  }

  drop(line) {
    const next = line.nextElementSibling;
    this.tail = this.tail.filter((x) => x !== line);
    line.remove();
    if (next) this.follow(next);
  }

  hideTail() {
    this.tail.forEach((x) => x.remove());
  }

  // Consecutive messages of one author show the name once.
  follow(line) {
    line.classList.toggle("follows", Boolean(line.dataset.user) && line.previousElementSibling?.dataset.user === line.dataset.user);
  }

  // -- the reader moves -------------------------------------------------------

  scrolled() {
    this.stays = this.isAtEnd();
    if (this.stays) this.unseen = 0;
    const { scrollTop, scrollHeight, clientHeight } = this.node;
    if (scrollTop < near) this.up();
    else if (scrollHeight - scrollTop - clientHeight < near && !this.hasLast()) this.down();
    this.moved();
  }

  up() {
    if (this.from === 0) return this.older();
    this.hold(() => {
      const first = Math.max(0, this.from - step);
      const lines = this.all.slice(first, this.from).map((m) => this.render(m));
      this.from = first;
      this.lines.unshift(...lines);
      this.node.prepend(...lines);
      for (const line of this.lines.slice(0, lines.length + 1)) this.follow(line);
      this.cutBottom();
      this.showBeginning();
    });
  }

  cutBottom() {
    if (this.lines.length <= most) return;
    this.hideTail();
    this.lines.splice(most).forEach((x) => x.remove());
  }

  down() {
    this.hold(() => {
      const lines = this.all.slice(this.to(), this.to() + step).map((m) => this.render(m));
      this.lines.push(...lines);
      this.node.append(...lines, ...(this.hasLast() ? this.tail : []));
      for (const line of [...lines, ...this.tail]) this.follow(line);
      this.cutTop();
    });
  }

  // Takes the messages before the first known one; shows a part of them. `isAll`: there are none before them.
  prepend(messages, isAll) {
    this.all.unshift(...messages);
    this.from += messages.length;
    this.isWhole = isAll;
    if (messages.length) this.up();
    else this.hold(() => this.showBeginning());
  }

  showBeginning() {
    const shown = this.node.querySelector(":scope > .beginning");
    const isShown = Boolean(this.isWhole) && this.from === 0 && this.all.length > 0;
    if (!isShown) shown?.remove();
    else if (!shown) this.node.prepend(make("li", "notice beginning", "This is where it began."));
    if (this.lines[0]) this.follow(this.lines[0]);
  }

  // Changes the lines around the one that the reader sees first, which stays in place.
  hold(change) {
    const top = this.node.getBoundingClientRect().top;
    const seen = this.lines.find((x) => x.getBoundingClientRect().bottom > top);
    const before = seen?.getBoundingClientRect().bottom; // its head may go, when another line of its author comes above it
    change();
    if (seen?.isConnected) this.node.scrollTop += seen.getBoundingClientRect().bottom - before;
  }
}
