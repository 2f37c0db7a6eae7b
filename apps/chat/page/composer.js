// Where messages are written.
import { $ } from "./dom.js";

export class Composer {
  // `room()` is the one that is open.
  constructor(room) {
    this.room = room;
    this.typing = false;
    $("body").addEventListener("input", () => {
      this.fit();
      this.setTyping($("body").value !== "");
    });
    $("body").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      $("composer").requestSubmit();
    });
    $("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
  }

  send() {
    const body = $("body").value.trim();
    if (!body || !this.room()) return;
    this.clear();
    this.room().send(body);
  }

  clear(to = "") {
    this.setTyping(false);
    $("body").value = to;
    this.fit();
  }

  // What was begun in one room waits there.
  leave(room) {
    room.draft = $("body").value;
    this.clear();
  }

  enter(room) {
    this.clear(room.draft);
    $("body").focus();
  }

  setTyping(active) {
    clearTimeout(this.pause);
    if (active) this.pause = setTimeout(() => this.setTyping(false), 3000);
    if (active === this.typing) return;
    this.typing = active;
    this.room()?.tellTyping(active);
  }

  fit() {
    $("body").style.height = "auto"; // the CSSOM is not an inline style: the policy allows it
    $("body").style.height = `${$("body").scrollHeight + 2}px`;
  }
}
