// Who is connected, with the reason why one is slow; and who was, with the reason why not any more.
import { address, setAddress } from "../address.js";
import { h, say } from "../dom.js";
import { bytes, count, moment, span, words } from "../format.js";
import { Facts, Split } from "../pane.js";
import { PagedTable } from "../table.js";
import { tabs } from "../tabs.js";

const kinds = { connections: "Connected", ended: "Ended" };
const heading = (view, current, panel) =>
  view.append(h("header", { class: "heading" }, h("h1", { text: "Connections" })), tabs("Connections", kinds, current, panel), panel);

const isSlow = (x) => (x.outbox_bytes > 65_536 || x.unread_ms > 2000 ? "warn" : null);

const columns = [
  { title: "Socket id", show: (x) => x.socket_id || `connection ${x.id}`, code: true },
  { title: "Peer", show: (x) => x.peer, code: true, wide: true },
  { title: "Transport", show: (x) => x.transport, wide: true },
  { title: "Age", show: (x) => span(x.age_ms), sort: "age", numeric: true },
  { title: "Joins", show: (x) => count(x.joins), sort: "joins", numeric: true },
  { title: "In", show: (x) => count(x.in), sort: "in", numeric: true, wide: true },
  { title: "Out", show: (x) => count(x.out), sort: "out", numeric: true, wide: true },
  { title: "Outbox", show: (x) => bytes(x.outbox_bytes), sort: "outbox", numeric: true, state: isSlow },
];

export function connections(view, { link, act, rest }) {
  const panel = h("div");
  let stop = () => {};
  heading(view, "connections", panel);
  const table = new PagedTable(link, { view: "connections", label: "Connected clients", columns, key: (x) => x.id, sort: "age", descending: true,
    searchLabel: "Socket id, connection, peer or topic", empty: "No client is connected.",
    open: (x) => (show(x.id), split.focus()) });
  const split = new Split(panel, table.element, () => {
    stop();
    table.mark(null);
    setAddress("connections");
  });

  function show(id) {
    stop();
    table.mark(id);
    setAddress("connections", id);
    const facts = new Facts();
    const slow = h("p", { class: "notice warn", hidden: true });
    const channels = h("div");
    const end = h("button", { type: "button", class: "danger", text: "Disconnect…", onclick: () => act("disconnect", { connection: id },
      { title: "Disconnect this client?", text: "Its connection ends. Most clients connect again by themselves.", yes: "Disconnect" }) });
    split.open(`Connection ${id}`, slow, facts.element, h("h3", { text: "Channels" }), channels, h("div", { class: "buttons" }, end));
    const endOf = () => {
      end.hidden = true;
      slow.hidden = false;
      slow.replaceChildren("This connection has ended. ", h("a", { href: address("ended", id), text: "See why." }));
      stop();
    };
    const unwatch = link.watch("connection", { id }, 1000, (x) => {
      heard = Date.now();
      facts.set(factsOf(x));
      slow.hidden = !x.slow;
      say(slow, x.slow ?? "");
      channels.replaceChildren(channelList(x.channels ?? []));
    }, endOf);
    // A connection that lives gets older, so that silence means that it may have ended.
    let heard = Date.now();
    const timer = setInterval(() => link.isLive && Date.now() - heard > 2500 && link.ask("connection", { id }).catch(endOf), 1500);
    stop = () => {
      clearInterval(timer);
      unwatch();
    };
  }

  if (rest[0]) show(rest[0]);
  return () => (stop(), table.end());
}

const factsOf = (x) => ({
  "Socket id": x.socket_id || "none",
  Peer: x.peer,
  Transport: x.transport,
  Serializer: x.subprotocol_serializer,
  Age: span(x.age_ms),
  Idle: span(x.idle_ms),
  Received: `${count(x.in)} messages, ${bytes(x.bytes_in)}`,
  Sent: `${count(x.out)} messages, ${bytes(x.bytes_out)}`,
  Outbox: bytes(x.outbox_bytes),
  "Has not read for": x.unread_ms > 0 ? span(x.unread_ms) : null,
  "Io unit": x.unit,
});

function channelList(channels) {
  if (channels.length === 0) return h("p", { class: "soft", text: "It has joined no topic." });
  return h("ul", { class: "channels" }, ...channels.map((x) => h("li", {}, h("a", { class: "code", href: address("topics", x.topic), text: x.topic }),
    h("span", { class: "soft", text: [words(x.state), span(x.age_ms), `${count(x.in)} in, ${count(x.out)} out`,
      x.mailbox > 0 && `${count(x.mailbox)} wait in its mailbox`].filter(Boolean).join(" · ") }))));
}

// Ends as clients and operators want them; the others deserve a look.
const harmless = new Set(["client_closed", "closed", "drain", "drained", "shutdown", "left"]);

const endColumns = [
  { title: "Socket id", show: (x) => x.socket_id || `connection ${x.id}`, code: true },
  { title: "Reason", show: (x) => words(x.reason), state: (x) => (harmless.has(x.reason) ? null : "warn") },
  { title: "Ended", show: (x) => moment(x.at_ms), numeric: true },
  { title: "Why", show: (x) => x.text, wide: true },
  { title: "Peer", show: (x) => x.peer, code: true, wide: true },
  { title: "Age", show: (x) => span(x.age_ms), numeric: true, wide: true },
];

export function ended(view, { link, rest }) {
  const panel = h("div");
  heading(view, "ended", panel);
  const table = new PagedTable(link, { view: "ended", label: "Ended connections", columns: endColumns, key: (x) => `${x.id} ${x.at_ms}`,
    searchLabel: "Socket id, connection, peer or reason", empty: "No connection has ended yet.", search: rest[0],
    open: (x) => {
      table.mark(`${x.id} ${x.at_ms}`);
      split.open(`Connection ${x.id}`, h("p", { class: "notice", text: x.text || words(x.reason) }), new Facts().set({
        "Socket id": x.socket_id || "none",
        Reason: words(x.reason),
        Ended: moment(x.at_ms),
        Age: span(x.age_ms),
        Peer: x.peer,
        Received: `${count(x.in)} messages, ${bytes(x.bytes_in)}`,
        Sent: `${count(x.out)} messages, ${bytes(x.bytes_out)}`,
      }).element);
      split.focus();
    } });
  const split = new Split(panel, table.element, () => table.mark(null));
  return () => table.end();
}
