// Who is connected.
import { setAddress } from "../address.js";
import { h } from "../dom.js";
import { bytes, count, rate, span } from "../format.js";
import { Split } from "../pane.js";
import { PagedTable } from "../table.js";
import { tabs } from "../tabs.js";
import { ConnectionPane } from "./connection.js";

const kinds = { connections: "Connected", ended: "Ended" };

/** The title and the tabs that the two lists have in common. */
export function heading(view, current, panel) {
  const list = tabs("Connections", kinds, current, panel);
  view.append(h("header", { class: "heading" }, h("h1", { text: "Connections" })), list, panel);
}

const isSlow = (x) => (x.outbox_bytes > 65_536 ? "warn" : null);

const columns = [
  { title: "Socket id", show: (x) => x.socket_id || `connection ${x.id}`, code: true },
  { title: "Peer", show: (x) => x.peer, code: true, wide: true },
  { title: "Transport", show: (x) => x.transport, wide: true },
  { title: "Age", show: (x) => span(x.age_ms), sort: "age", numeric: true },
  { title: "Joins", show: (x) => count(x.joins), sort: "joins", numeric: true },
  { title: "In", show: (x) => count(x.in), sort: "in", numeric: true, wide: true },
  { title: "Out", show: (x) => count(x.out), sort: "out", numeric: true, wide: true },
  { title: "In/s", show: (x) => rate(x.in_per_s), numeric: true, wide: true },
  { title: "Out/s", show: (x) => rate(x.out_per_s), numeric: true, wide: true },
  { title: "Outbox", show: (x) => bytes(x.outbox_bytes), sort: "outbox", numeric: true, state: isSlow },
];

export function connections(view, { link, act, rest }) {
  const panel = h("div");
  let stop = () => {};
  heading(view, "connections", panel);
  const table = new PagedTable(link, {
    view: "connections",
    label: "Connected clients",
    columns,
    key: (x) => x.id,
    sort: "age",
    searchLabel: "Socket id, connection, peer or topic",
    empty: "No client is connected.",
    open: (x) => (show(x.id), split.focus()),
  });
  const split = new Split(panel, table.element, () => {
    stop();
    table.mark(null);
    setAddress("connections");
  });

  function show(id) {
    stop();
    table.mark(id);
    setAddress("connections", id);
    const pane = new ConnectionPane(link, act, id);
    split.open(`Connection ${id}`, ...pane.parts);
    stop = () => pane.end();
  }

  if (rest[0]) show(rest[0]);
  return () => (stop(), table.end());
}
