// The nodes and the links between them: a map, and the same in a table.
import { h, reconcile, say, setAttribute, svg } from "../dom.js";
import { bytes, count, micros, span } from "../format.js";

const columns = ["Node", "State", "Since", "Round trip", "Waits", "Sent", "Received", "Mirrors"];

export function cluster(view, { link, info, act }) {
  const map = svg("svg", { class: "map", viewBox: "0 0 720 340", role: "img", "aria-label": "Map of the cluster" });
  const body = h("tbody");
  const empty = h("p", { class: "empty soft" });
  const heads = [...columns, ...(info.dev ? ["Faults"] : [])];
  view.append(h("header", { class: "heading" }, h("h1", { text: "Cluster" })), h("div", { class: "panel" }, map),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Nodes, table" }, h("table", { class: "nodes" },
      h("thead", {}, h("tr", {}, ...heads.map((text, at) => h("th", { scope: "col", class: styleOf(at), text })))), body), empty));

  const stop = link.watch("cluster", {}, 1000, (x) => {
    const nodes = (x.nodes ?? []).filter((n) => n.name !== x.self);
    draw(map, x.self ?? info.node ?? "this node", nodes);
    say(empty, nodes.length > 0 ? "" : "This node is alone. The options --node, --cluster-listen and --peer connect nodes.");
    reconcile(body, nodes, (n) => n.name, (n) => makeRow(n.name, info, act), fillRow);
  }, (text) => say(empty, text));
  return stop;
}

const styleOf = (at) => [at >= 2 && at <= 6 && "number", (at === 2 || (at > 3 && at < columns.length)) && "wide"].filter(Boolean).join(" ") || null;

function makeRow(name, info, act) {
  const row = h("tr", {}, ...columns.map((_, at) => h(at === 0 ? "th" : "td", { scope: at === 0 ? "row" : null, class: styleOf(at) })));
  if (!info.dev) return row;
  row.button = h("button", { type: "button", onclick: () => act(row.isCut ? "heal" : "cut", row.isCut && row.fault ? { id: row.fault } : { peer: name }) });
  row.append(h("td", {}, row.button));
  return row;
}

function fillRow(row, x) {
  const mirrors = x.mirrors ? `${count(x.mirrors.presence)} presences, ${count(x.mirrors.history)} topics` : "–";
  const texts = [x.name, x.cut ? `${x.state}, cut` : x.state, span(x.since_ms), micros(x.rtt_us), queueText(x.queue), amount(x.sent), amount(x.received), mirrors];
  texts.forEach((text, at) => say(row.children[at], text));
  setAttribute(row.children[1], "data-state", toneOf(x));
  row.isCut = Boolean(x.cut);
  row.fault = typeof x.cut === "number" ? x.cut : null;
  if (!row.button) return;
  say(row.button, x.cut ? "Heal" : "Cut");
  setAttribute(row.button, "aria-label", `${x.cut ? "Heal" : "Cut"} the link to ${x.name}`);
}

const amount = (x) => (x !== null && typeof x === "object" ? `${count(x.messages)}` : count(x));
const queueText = (x) => (x ? `${count(x.messages)} · ${bytes(x.bytes)}` : "–");
const toneOf = (x) => (x.cut || x.state === "down" ? "bad" : x.state === "up" ? "good" : "warn");

// This node in the middle, the others around it.
function draw(map, self, nodes) {
  const [width, height] = [map.clientWidth > 0 && map.clientWidth < 520 ? 380 : 720, 340];
  const places = nodes.map((x, at) => {
    const angle = -Math.PI / 2 + (2 * Math.PI * (at + (nodes.length === 1 ? 0.25 : nodes.length === 2 ? 0.25 : 0))) / nodes.length;
    return { ...x, x: width / 2 + Math.cos(angle) * (width / 2 - 55), y: height / 2 + Math.sin(angle) * 105 };
  });
  const center = { x: width / 2, y: height / 2 };
  const label = nodes.map((x) => `${x.name} is ${x.state}${x.cut ? ", cut by a fault" : ""}`).join("; ");
  setAttribute(map, "aria-label", `Map of the cluster: ${self} in the middle${label ? `; ${label}` : ""}`);
  const drawn = JSON.stringify([self, width, places.map((x) => [x.name, x.state, x.cut, x.rtt_us, x.queue])]);
  if (map.drawn === drawn) return;
  map.drawn = drawn;
  setAttribute(map, "viewBox", `0 0 ${width} ${height}`);
  map.replaceChildren(...places.map((x) => linkLine(center, x)), ...places.map((x) => nodeMark(x, x.name, toneOf(x), 22, x.y < center.y ? -32 : 42)),
    nodeMark(center, self, "self", 28, 48));
}

function linkLine(from, x) {
  const line = svg("line", { class: `link ${toneOf(x)}${x.cut ? " cut" : ""}`, x1: from.x, y1: from.y, x2: x.x, y2: x.y });
  const text = svg("text", { class: "link-text", x: from.x * 0.45 + x.x * 0.55, y: from.y * 0.45 + x.y * 0.55 - 4, "text-anchor": "middle" });
  const waits = x.queue?.messages > 0 ? `${count(x.queue.messages)} wait` : "";
  text.textContent = x.cut ? "cut" : [x.rtt_us ? micros(x.rtt_us) : "", waits].filter(Boolean).join(" · ");
  return svg("g", {}, line, text);
}

// The name stands `below` the middle, on the side from which no line comes.
function nodeMark({ x, y }, name, tone, r, below) {
  const text = svg("text", { x, y: y + below, "text-anchor": "middle", class: "node-text" });
  text.textContent = name;
  const letter = svg("text", { x, y: y + 5, "text-anchor": "middle", class: "node-letter" });
  letter.textContent = [...name][0]?.toUpperCase() ?? "";
  return svg("g", { class: `node ${tone}` }, svg("circle", { cx: x, cy: y, r }), letter, text);
}
