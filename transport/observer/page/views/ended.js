// Who was connected, and why no more.
import { h } from "../dom.js";
import { bytes, counted, moment, span, words } from "../format.js";
import { Facts, Split } from "../pane.js";
import { PagedTable } from "../table.js";
import { heading } from "./connections.js";

// Ends as clients and operators want them; the others deserve a look.
const harmless = new Set(["client_closed", "lost", "kicked", "drain", "expired"]);

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
  const table = new PagedTable(link, {
    view: "ended",
    label: "Ended connections",
    columns: endColumns,
    key: (x) => `${x.id} ${x.at_ms}`,
    searchLabel: "Socket id, connection, peer or reason",
    empty: "No connection has ended yet.",
    search: rest[0],
    open: (x) => {
      table.mark(`${x.id} ${x.at_ms}`);
      split.open(
        `Connection ${x.id}`,
        h("p", { class: "notice", text: x.text || words(x.reason) }),
        new Facts().set({
          "Socket id": x.socket_id || "none",
          Reason: words(x.reason),
          Ended: moment(x.at_ms),
          Age: span(x.age_ms),
          Peer: x.peer,
          Received: `${counted(x.in, "message")}, ${bytes(x.bytes_in)}`,
          Sent: `${counted(x.out, "message")}, ${bytes(x.bytes_out)}`,
        }).element,
      );
      split.focus();
    },
  });
  const split = new Split(panel, table.element, () => table.mark(null));
  return () => table.end();
}
