// Topics, presence and names: a list each, topics and presences with details.
import { address, setAddress } from "../address.js";
import { h, reconcile, say } from "../dom.js";
import { bytes, count, rate } from "../format.js";
import { Facts, Split } from "../pane.js";
import { PagedTable } from "../table.js";

const topicColumns = [
  { title: "Topic", show: (x) => x.topic, sort: "name", code: true },
  { title: "Subscribers", show: (x) => count(x.subscribers), sort: "subscribers", numeric: true },
  { title: "Messages/s", show: (x) => rate(x.per_s), numeric: true },
  { title: "Messages", show: (x) => count(x.messages), numeric: true, wide: true },
  {
    title: "History",
    show: (x) => (x.history ? `${count(x.history.messages)} · ${bytes(x.history.bytes)}` : "–"),
    optional: true,
    numeric: true,
    wide: true,
  },
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

const topicList =
  (name, title, options) =>
  (view, { link, rest }) => {
    let stop = () => {};
    view.append(h("header", { class: "heading" }, h("h1", { text: title })));
    const table = new PagedTable(link, {
      view: name,
      label: title,
      key: (x) => x.topic,
      sort: "name",
      searchLabel: "Topic",
      open: (x) => (show(x.topic), split.focus()),
      ...options,
    });
    const split = new Split(view, table.element, () => {
      stop();
      table.mark(null);
      setAddress(name);
    });
    function show(topic) {
      stop();
      table.mark(topic);
      setAddress(name, topic);
      const pane = new TopicPane();
      split.open(topic, ...pane.parts);
      stop = link.watch(
        "topic",
        { topic },
        1000,
        (x) => pane.show(x),
        (text) => pane.fail(text),
      );
    }
    if (rest[0]) show(rest[0]);
    return () => (stop(), table.end());
  };

class TopicPane {
  constructor() {
    this.problem = h("p", { class: "notice", hidden: true });
    this.facts = new Facts();
    this.present = new Chips(
      "Who is present",
      (x) => x.key,
      ({ key }) => h("li", { class: "code", text: key }),
      (node, { key, metas }) => say(node, metas > 1 ? `${key} × ${metas}` : key),
    );
    this.members = new Chips(
      "Connections",
      (id) => id,
      (id) => h("li", {}, h("a", { class: "code", href: address("connections", id), text: id })),
      () => {},
    );
    this.parts = [this.problem, this.facts.element, this.present.element, this.members.element];
  }

  show(x) {
    this.facts.set({
      Subscribers: count(x.subscribers_count),
      Messages: `${count(x.messages)}, ${rate(x.per_s)} a second`,
      History: x.history ? `${count(x.history.messages)} messages, ${bytes(x.history.bytes)}` : "none",
      Presences: x.presence.metas > 0 ? `${count(x.presence.metas)} of ${count(x.presence.keys)} keys` : "none",
    });
    this.present.show(x.presence.first);
    this.members.show(x.subscribers); // the first of them
  }

  fail(text) {
    say(this.problem, text);
    this.problem.hidden = false;
  }
}

/** A titled row of small things, which keep the focus while others come and go. */
class Chips {
  constructor(title, key, create, update) {
    Object.assign(this, { key, create, update });
    this.list = h("ul", { class: "chips" });
    this.element = h("section", { class: "pane-body" }, h("h3", { text: title }), this.list);
  }

  show(items) {
    this.element.hidden = items.length === 0;
    reconcile(this.list, items, this.key, this.create, this.update);
  }
}

export const topics = topicList("topics", "Topics", {
  columns: topicColumns,
  empty: "Nobody has subscribed to a topic.",
});
export const presence = topicList("presence", "Presence", {
  columns: presenceColumns,
  sort: "topic",
  empty: "Nobody is tracked in a topic.",
});

export function names(view, { link }) {
  view.append(
    h(
      "header",
      { class: "heading" },
      h("h1", { text: "Names" }),
      h("p", { class: "soft", text: "Names that one process of the whole cluster holds." }),
    ),
  );
  const table = new PagedTable(link, {
    view: "names",
    label: "Names",
    columns: nameColumns,
    key: (x) => x.name,
    sort: "name",
    searchLabel: "Name",
    empty: "No process has registered a name.",
  });
  view.append(table.element);
  return () => table.end();
}
