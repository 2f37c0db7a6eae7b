// The form in which messages are written.
import { $ } from "./dom.js";

export class Composer {
  // `room()` returns the open room.
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

  // Keeps the draft of a room until the user comes back to it.
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
    $("body").style.height = "auto"; // the policy forbids inline styles, but allows changes through the CSSOM
    $("body").style.height = `${$("body").scrollHeight + 2}px`;
  }
}
