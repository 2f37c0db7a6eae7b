// Topics, presence and names: a list each, topics and presences with details.
import { address, setAddress } from "../address.js";
import { h } from "../dom.js";
import { bytes, count, rate } from "../format.js";
import { Facts, Split } from "../pane.js";
import { PagedTable } from "../table.js";

const topicColumns = [
  { title: "Topic", show: (x) => x.topic, sort: "name", code: true },
  { title: "Subscribers", show: (x) => count(x.subscribers), sort: "subscribers", numeric: true },
  { title: "Broadcasts/s", show: (x) => rate(x.per_s), numeric: true, wide: true },
  { title: "History", show: (x) => (x.history ? `${count(x.history.messages)} · ${bytes(x.history.bytes)}` : "–"), numeric: true, wide: true },
];

const presenceColumns = [
  { title: "Topic", show: (x) => x.topic, sort: "topic", code: true },
  { title: "Keys", show: (x) => count(x.keys), numeric: true },
  { title: "Presences", show: (x) => count(x.metas), sort: "metas", numeric: true },
];

const nameColumns = [
  { title: "Name", show: (x) => x.name, sort: "name", code: true },
  { title: "Node", show: (x) => x.node ?? "–" },
  { title: "Process", show: (x) => x.label ?? "–", code: true, wide: true },
  { title: "Actor", show: (x) => x.actor ?? "–", numeric: true, wide: true },
];

const topicList = (name, title, options) => (view, { link, rest }) => {
  let stop = () => {};
  view.append(h("header", { class: "heading" }, h("h1", { text: title })));
  const table = new PagedTable(link, { view: name, label: title, key: (x) => x.topic, sort: "name", searchLabel: "Topic",
    open: (x) => (show(x.topic), split.focus()), ...options });
  const split = new Split(view, table.element, () => {
    stop();
    table.mark(null);
    setAddress(name);
  });
  function show(topic) {
    stop();
    table.mark(topic);
    setAddress(name, topic);
    const body = h("div", { class: "pane-body" });
    split.open(topic, body);
    stop = link.watch("topic", { topic }, 1000, (x) => body.replaceChildren(...topicDetails(x)),
      (text) => body.replaceChildren(h("p", { class: "notice", text })));
  }
  if (rest[0]) show(rest[0]);
  return () => (stop(), table.end());
};

function topicDetails(x) {
  if (!x) return [h("p", { class: "notice", text: "Nobody has subscribed to this topic." })];
  const ids = Array.isArray(x.subscribers) ? x.subscribers : []; // the first of them
  const facts = new Facts().set({
    Subscribers: count(x.subscribers_count ?? ids.length),
    "Broadcasts/s": typeof x.per_s === "number" ? rate(x.per_s) : null,
    History: x.history ? `${count(x.history.messages)} messages, ${bytes(x.history.bytes)}` : "none",
    Presences: x.presence?.metas > 0 ? `${count(x.presence.metas)} of ${count(x.presence.keys)} keys` : count(x.presence?.keys ?? 0),
  });
  const present = x.presence?.first ?? [];
  return [
    facts.element,
    present.length > 0 && h("h3", { text: "Who is present" }),
    present.length > 0 && h("ul", { class: "chips" }, ...present.map(({ key, metas }) =>
      h("li", { class: "code", text: metas > 1 ? `${key} × ${metas}` : key }))),
    ids.length > 0 && h("h3", { text: "Connections" }),
    ids.length > 0 && h("ul", { class: "chips" }, ...ids.map((id) => h("li", {}, h("a", { class: "code", href: address("connections", id), text: id })))),
  ].filter(Boolean);
}

export const topics = topicList("topics", "Topics", { columns: topicColumns, empty: "Nobody has subscribed to a topic." });
export const presence = topicList("presence", "Presence", { columns: presenceColumns, sort: "topic", empty: "Nobody is tracked in a topic." });

export function names(view, { link }) {
  view.append(h("header", { class: "heading" }, h("h1", { text: "Names" }),
    h("p", { class: "soft", text: "Names that one process of the whole cluster holds." })));
  const table = new PagedTable(link, { view: "names", label: "Names", columns: nameColumns, key: (x) => x.name, sort: "name", searchLabel: "Name",
    empty: "No process has registered a name." });
  view.append(table.element);
  return () => table.end();
}
