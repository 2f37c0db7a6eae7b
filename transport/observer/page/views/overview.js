// How the node is: tiles, charts of the last minutes, and how near each limit is.
import { address } from "../address.js";
import { Charts } from "../charts.js";
import { h, reconcile, say, setAttribute } from "../dom.js";
import { bytes, count, micros, percent, rate, short, span, words } from "../format.js";

const tiles = {
  CPU: (x, info) => [
    percent(x.cpu),
    `of ${info.threads ?? x.threads} threads`,
    x.cpu > 0.9 * (info.threads ?? 1) && "bad",
  ],
  Memory: (x) => [bytes(x.resident_bytes), "resident"],
  Connections: (x) => [count(x.connections), `${short(x.joins)} joins, ${short(x.topics)} topics`],
  "Messages/s": (x) => [rate(x.in_per_s + x.out_per_s), `${rate(x.in_per_s)} in, ${rate(x.out_per_s)} out`],
  "p99 latency": ({ latency_us: x }) => [
    micros(x?.samples ? x.p99 : null),
    x?.samples ? `p50 ${micros(x.p50)}` : "no messages",
  ],
  Restarts: (x) => [
    count(x.restarts),
    `${count(x.crashes)} ${x.crashes === 1 ? "crash" : "crashes"}`,
    x.crashes > 0 && "warn",
  ],
};

export function overview(view, { link, info, act, onPulse }) {
  const uptime = h("p", { class: "soft" });
  const drain = h("button", { type: "button", text: "Drain…", onclick: () => drainNode(link, info, act) });
  view.append(h("header", { class: "heading" }, h("h1", { text: "Overview" }), uptime, drain));

  const shown = Object.entries(tiles).map(([title, show]) => {
    const [big, small] = [h("strong"), h("span", { class: "soft" })];
    const element = h("div", { class: "tile" }, h("span", { class: "title", text: title }), big, small);
    return {
      element,
      fill(x) {
        const [value, more, state] = show(x, info);
        say(big, value);
        say(small, more);
        setAttribute(element, "data-state", state);
      },
    };
  });
  view.append(h("section", { class: "tiles", "aria-label": "Now" }, ...shown.map((x) => x.element)));

  const charts = new Charts();
  view.append(h("section", { class: "charts", "aria-label": "The last ten minutes" }, ...charts.elements));
  const [limits, ends, units] = ["Limits", "Ended connections", "Io units"].map((title) => panel(view, title));
  let closed = false;
  const load = (x) => closed || charts.load(x.points);

  const stop = onPulse((x) => {
    say(uptime, `up ${span(x.uptime_ms)} · pid ${info.pid}`);
    drain.hidden = x.draining;
    for (const tile of shown) tile.fill(x);
    if (charts.isBehind(x)) link.ask("history").then(load, () => {});
    charts.add(x);
    showLimits(limits, x.limits ?? [], x);
    showEnds(ends, x.ends ?? {});
    showUnits(units, x.units ?? []);
  });
  return () => {
    closed = true;
    stop();
    charts.end();
  };
}

function drainNode(link, info, act) {
  const name = link.node ?? info.node;
  act(
    "drain",
    {},
    {
      title: name ? `Drain the node ${name}?` : "Drain this server?",
      word: name ?? "drain",
      yes: "Drain",
      text: "It asks its clients to leave, takes no new ones, and then stops, as after SIGTERM.",
    },
  );
}

function panel(view, title) {
  let box = view.querySelector(".panels");
  if (!box) view.append((box = h("div", { class: "panels" })));
  const body = h("ul", { class: "bars" });
  const empty = h("p", { class: "soft empty" });
  box.append(h("section", { class: "panel" }, h("h2", { text: title }), body, empty));
  return { body, empty };
}

/** A bar with its name, the share as its length, and a text behind it. */
function bars({ body, empty }, items, nothing) {
  say(empty, items.length === 0 ? nothing : "");
  reconcile(
    body,
    items,
    (x) => x.name,
    ({ name, href }) => {
      const node = h(
        "li",
        {},
        href ? h("a", { class: "name", href, text: words(name) }) : h("span", { class: "name", text: words(name) }),
        h("span", { class: "bar" }, h("i")),
        h("span", { class: "amount" }),
        h("span", { class: "hits" }),
      );
      return node;
    },
    (node, { share, amount, hits, state, label }) => {
      const [, bar, amountNode, hitsNode] = node.children;
      bar.firstChild.style.setProperty("--share", Math.min(1, Math.max(0, share)));
      if (label) {
        setAttribute(bar, "role", "meter");
        setAttribute(bar, "aria-label", label);
        setAttribute(bar, "aria-valuemin", 0);
        setAttribute(bar, "aria-valuemax", 100);
        setAttribute(bar, "aria-valuenow", Math.round(Math.min(1, share) * 100));
      }
      say(amountNode, amount);
      say(hitsNode, hits ?? "");
      setAttribute(node, "data-state", state);
    },
  );
}

const amountOf = (name, x) => (name === "inboxes" ? bytes(x) : count(x));

function showLimits(to, limits, { open_files, max_files }) {
  const all = [...limits];
  if (max_files && !limits.some((x) => x.name.includes("files")))
    all.push({ name: "open_files", used: open_files, limit: max_files, hits: null });
  bars(
    to,
    all.map((x) => ({ name: x.name, ...limitBar(x) })),
    "No limits are reported.",
  );
}

// A limit of each connection or address has no amount in use: only how often somebody has hit it.
function limitBar({ name, used, limit, hits }) {
  const isKnown = used !== null && limit > 0;
  const share = isKnown ? used / limit : 0;
  return {
    share,
    label: isKnown && words(name),
    state: hits > 0 || share > 0.95 ? "bad" : share > 0.75 ? "warn" : null,
    amount: isKnown
      ? `${amountOf(name, used)} of ${amountOf(name, limit)}`
      : used === null
        ? ""
        : `${amountOf(name, used)}, no limit`,
    hits: hits > 0 ? `hit ${count(hits)} ${hits === 1 ? "time" : "times"}` : "",
  };
}

function showEnds(to, ends) {
  const sorted = Object.entries(ends)
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1]);
  const most = sorted[0]?.[1] ?? 1;
  bars(
    to,
    sorted.map(([name, n]) => ({ name, href: address("ended", name), share: n / most, amount: count(n) })),
    "No connection has ended yet.",
  );
}

function showUnits(to, units) {
  bars(
    to,
    units.map((x) => ({
      name: `unit ${x.unit}`,
      share: x.busy ?? 0,
      label: `unit ${x.unit} busy`,
      state: x.busy > 0.9 ? "bad" : null,
      amount: x.busy === null || x.busy === undefined ? "–" : `${percent(x.busy)} busy`,
      hits: `${count(x.connections)} connections`,
    })),
    "No io units.",
  );
}
