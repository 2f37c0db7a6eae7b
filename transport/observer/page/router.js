// The views by their names, and which of them an address opens.
import { parts } from "./address.js";
import { $ } from "./dom.js";
import { cluster } from "./views/cluster.js";
import { connections } from "./views/connections.js";
import { ended } from "./views/ended.js";
import { events } from "./views/events.js";
import { faults } from "./views/faults.js";
import { log } from "./views/log.js";
import { names, presence, topics } from "./views/lists.js";
import { overview } from "./views/overview.js";
import { tree } from "./views/tree.js";

// Each is called with what it needs, fills its element, and returns the function that ends it.
const views = {
  overview: ["Overview", overview],
  tree: ["Supervision tree", tree],
  connections: ["Connections", connections],
  ended: ["Ended connections", ended],
  topics: ["Topics", topics],
  presence: ["Presence", presence],
  cluster: ["Cluster", cluster],
  names: ["Names", names],
  log: ["Log", log],
  events: ["Events", events],
  faults: ["Faults", faults],
};

let last = null;

/** Opens the view that the hash names, else the overview. @returns the function that closes it */
export function openView(hash, context) {
  const [wanted, ...rest] = parts(hash);
  const isKnown = Object.hasOwn(views, wanted ?? "") && (wanted !== "faults" || context.info.dev);
  const name = isKnown ? wanted : "overview";
  const [title, show] = views[name];
  document.title = `${title} · Bennu observer`;
  const marked = name === "ended" ? "connections" : name;
  for (const link of document.querySelectorAll("#views a"))
    link.getAttribute("href") === `#/${marked}`
      ? link.setAttribute("aria-current", "page")
      : link.removeAttribute("aria-current");
  const view = $("view");
  view.replaceChildren();
  view.className = `view view-${name}`;
  if (last && last !== name) view.focus({ preventScroll: true });
  if (last !== name) scrollTo(0, 0);
  last = name;
  return show(view, { ...context, rest });
}
