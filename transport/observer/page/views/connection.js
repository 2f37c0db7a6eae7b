// The details of a connection: what it has joined, and why it is slow.
import { address } from "../address.js";
import { h, reconcile, say } from "../dom.js";
import { bytes, count, counted, span, words } from "../format.js";
import { Facts } from "../pane.js";

const sure = {
  title: "Disconnect this client?",
  text: "Its connection ends. Most clients connect again by themselves.",
  yes: "Disconnect",
};

export class ConnectionPane {
  constructor(link, act, id) {
    this.id = id;
    this.facts = new Facts();
    this.slow = h("p", { class: "notice warn", hidden: true });
    this.channels = h("ul", { class: "channels" });
    this.none = h("p", { class: "soft", text: "It has joined no topic." });
    this.button = h("button", { type: "button", class: "danger", text: "Disconnect…" });
    this.button.addEventListener("click", () => act("disconnect", { connection: id }, sure));
    const title = h("h3", { text: "Channels" });
    const buttons = h("div", { class: "buttons" }, this.button);
    this.parts = [this.slow, this.facts.element, title, this.channels, this.none, buttons];
    this.follow(link);
  }

  // A connection that lives gets older, so that silence means that it may have ended.
  follow(link) {
    const ended = () => this.ended();
    this.heard = Date.now();
    this.unwatch = link.watch("connection", { id: this.id }, 1000, (x) => this.show(x), ended);
    this.timer = setInterval(() => {
      if (link.isLive && !document.hidden && Date.now() - this.heard > 2500)
        link.ask("connection", { id: this.id }).catch(ended);
    }, 1500);
  }

  show(x) {
    this.heard = Date.now();
    this.facts.set(factsOf(x));
    this.slow.hidden = !x.slow;
    say(this.slow, x.slow ?? "");
    const channels = x.channels ?? [];
    this.none.hidden = channels.length > 0;
    reconcile(
      this.channels,
      channels,
      ({ topic }) => topic,
      ({ topic }) => h("li", {}, h("a", { class: "code", href: address("topics", topic), text: topic }), h("span")),
      (node, channel) => say(node.lastChild, aboutChannel(channel)),
    );
  }

  ended() {
    this.end();
    this.button.hidden = true;
    this.slow.hidden = false;
    this.slow.replaceChildren(
      "This connection has ended. ",
      h("a", { href: address("ended", this.id), text: "See why." }),
    );
  }

  end() {
    clearInterval(this.timer);
    this.unwatch();
  }
}

const aboutChannel = (x) =>
  [
    words(x.state),
    x.waiting > 0 && `${count(x.waiting)} wait to be sent`,
    x.mailbox > 0 && `${count(x.mailbox)} wait in its mailbox`,
    x.memory_bytes > 0 && `${bytes(x.memory_bytes)} of memory`,
  ]
    .filter(Boolean)
    .join(" · ");

const factsOf = (x) => ({
  "Socket id": x.socket_id || "none",
  Peer: x.peer,
  Transport: x.transport,
  Age: span(x.age_ms),
  Received: `${counted(x.in, "message")}, ${bytes(x.bytes_in)}`,
  Sent: `${counted(x.out, "message")}, ${bytes(x.bytes_out)}`,
  Outbox: bytes(x.outbox_bytes),
  "Io unit": x.unit,
});
