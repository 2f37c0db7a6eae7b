// The nodes and the links between them: a map, and the same in a table.
import { h, reconcile, say, setAttribute, svg } from "../dom.js";
import { bytes, count, micros, span } from "../format.js";

// A column that no node has a value for is not shown.
const columns = [
  { title: "Node", show: (x) => x.name },
  { title: "State", show: (x) => (x.cut ? `${x.state}, cut` : x.state) },
  { title: "For", show: (x) => (x.since_ms ? span(Date.now() - x.since_ms) : none), style: "number wide" },
  { title: "Round trip", show: (x) => (x.rtt_us ? micros(x.rtt_us) : none), style: "number" },
  { title: "Waits", show: (x) => `${count(x.queue.messages)} · ${bytes(x.queue.bytes)}`, style: "number wide" },
  { title: "Received", show: (x) => count(x.received), style: "number wide" },
  { title: "Missed", show: (x) => (x.missed > 0 ? count(x.missed) : none), style: "number wide" },
  { title: "Mirrored", show: (x) => mirrored(x.mirrors.presence), style: "wide" },
];
const none = "–";

export function cluster(view, { link, info, act }) {
  const map = svg("svg", { class: "map", role: "img", "aria-label": "Map of the cluster" });
  const body = h("tbody");
  const empty = h("p", { class: "empty soft" });
  const heads = columns.map((x) => h("th", { scope: "col", class: x.style, text: x.title }));
  view.append(
    h("header", { class: "heading" }, h("h1", { text: "Cluster" })),
    h("div", { class: "panel" }, map),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Nodes, table" },
      h(
        "table",
        { class: "nodes" },
        h("thead", {}, h("tr", {}, ...heads, info.dev && h("th", { scope: "col", text: "Fault" }))),
        body,
      ),
      empty,
    ),
  );

  const stop = link.watch(
    "cluster",
    {},
    1000,
    (x) => {
      const nodes = (x.nodes ?? []).filter((n) => n.name !== x.self);
      draw(map, x.self ?? info.node ?? "this node", nodes);
      say(
        empty,
        nodes.length > 0 ? "" : "This node is alone. The options --node, --cluster-listen and --peer connect nodes.",
      );
      const isShown = columns.map(({ show }) => nodes.some((n) => show(n) !== none));
      heads.forEach((head, at) => (head.hidden = !isShown[at]));
      reconcile(
        body,
        nodes,
        (n) => n.name,
        (n) => makeRow(n.name, link, info, act),
        (row, n) => fillRow(row, n, isShown),
      );
    },
    (text) => say(empty, text),
  );
  return stop;
}

function makeRow(name, link, info, act) {
  const row = h(
    "tr",
    {},
    ...columns.map((x, at) => h(at === 0 ? "th" : "td", { scope: at === 0 ? "row" : null, class: x.style })),
  );
  if (!info.dev) return row;
  row.button = h("button", {
    type: "button",
    onclick: () => (row.isCut ? heal(name, link, act) : act("cut", { peer: name })),
  });
  row.append(h("td", {}, row.button));
  return row;
}

async function heal(peer, link, act) {
  const { active } = await link.ask("faults").catch(() => ({ active: [] }));
  for (const { id, fault } of active) if (fault.fault === "cut" && fault.peer === peer) await act("heal", { id });
}

function fillRow(row, x, isShown) {
  columns.forEach(({ show }, at) => {
    row.children[at].hidden = !isShown[at];
    say(row.children[at], show(x));
  });
  setAttribute(row.children[1], "data-state", toneOf(x));
  row.isCut = Boolean(x.cut);
  if (!row.button) return;
  say(row.button, x.cut ? "Heal" : "Cut");
  setAttribute(row.button, "aria-label", `${x.cut ? "Heal" : "Cut"} the link to ${x.name}`);
}

function mirrored(presences) {
  if (!presences) return none;
  return `${count(presences.entries)} presences${presences.behind > 0 ? `, ${count(presences.behind)} behind` : ""}`;
}

const toneOf = (x) => (x.cut || x.state === "down" ? "bad" : x.state === "up" ? "good" : "warn");

// This node in the middle, the others around it.
function draw(map, self, nodes) {
  const [width, height] = [map.clientWidth > 0 && map.clientWidth < 520 ? 380 : 720, 340];
  const middle = { x: width / 2, y: height / 2 };
  const first = nodes.length > 2 ? -Math.PI / 2 : 0; // two nodes stand left and right
  const places = nodes.map((x, at) => {
    const angle = first + (2 * Math.PI * at) / nodes.length;
    return { ...x, x: middle.x + Math.cos(angle) * (width / 2 - 55), y: middle.y + Math.sin(angle) * 105 };
  });
  const center = nodes.length === 1 ? { x: 110, y: middle.y } : middle;
  if (nodes.length === 1) places[0].x = width - 110;
  const label = nodes.map((x) => `${x.name} is ${x.state}${x.cut ? ", cut by a fault" : ""}`).join("; ");
  setAttribute(map, "aria-label", `Map of the cluster, seen from ${self}${label ? `; ${label}` : ""}`);
  const drawn = JSON.stringify([self, width, places.map((x) => [x.name, x.state, x.cut, x.queue.messages])]);
  if (map.drawn === drawn) return;
  map.drawn = drawn;
  setAttribute(map, "viewBox", `0 0 ${width} ${height}`);
  map.replaceChildren(
    ...places.map((x) => linkLine(center, x)),
    ...places.map((x) => nodeMark(x, x.name, toneOf(x), 22, x.y < center.y ? -32 : 42)),
    nodeMark(center, self, "self", 28, 48),
  );
}

function linkLine(from, x) {
  const line = svg("line", {
    class: `link ${toneOf(x)}`,
    x1: from.x,
    y1: from.y,
    x2: x.x,
    y2: x.y,
  });
  const text = svg("text", {
    class: "link-text",
    x: from.x * 0.45 + x.x * 0.55,
    y: from.y * 0.45 + x.y * 0.55 - 4,
    "text-anchor": "middle",
  });
  const waits = x.queue.messages > 0 ? `${count(x.queue.messages)} wait` : "";
  text.textContent = x.cut ? "cut" : waits;
  return svg("g", {}, line, text);
}

// The name stands `below` the middle, on the side from which no line comes.
function nodeMark({ x, y }, name, tone, r, below) {
  const text = svg("text", { x, y: y + below, "text-anchor": "middle" });
  text.textContent = name;
  const letter = svg("text", { x, y: y + 5, "text-anchor": "middle", class: "node-letter" });
  letter.textContent = [...name][0]?.toUpperCase() ?? "";
  return svg("g", { class: tone }, svg("circle", { cx: x, cy: y, r }), letter, text);
}
