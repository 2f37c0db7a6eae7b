// Starts the page: the token, the connection, the frame around the views, and which view is open.
import { $, say } from "./dom.js";
import { clock, short } from "./format.js";
import { Link } from "./link.js";
import { ask, toast } from "./messages.js";
import { openView } from "./router.js";

const store = sessionStorage;
const key = "bennu-observer-token";
let link = null;
let close = null; // ends the open view
let pulse = null; // the last overview, for the counts beside the views
let lastSeen = 0;

// -- the token ------------------------------------------------------------------

function takeTokenFromAddress() {
  const found = /(?:^#|&)token=([^&]+)/.exec(location.hash);
  if (!found) return;
  let token = found[1];
  try {
    token = decodeURIComponent(token);
  } catch {
    // Somebody has typed it. The server says that it is wrong.
  }
  store.setItem(key, token);
  history.replaceState(null, "", location.pathname); // out of the address, and of the history
}

function showEntrance(problem = "") {
  end();
  $("observer").hidden = true;
  $("entrance").hidden = false;
  $("entrance-problem").textContent = problem;
  $("token").focus();
}

function end() {
  close?.();
  link?.end();
  close = link = null;
}

$("entrance-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = $("token").value.trim();
  if (!token) return;
  store.setItem(key, token);
  $("token").value = "";
  begin();
});

$("forget").addEventListener("click", () => {
  store.removeItem(key);
  showEntrance();
});

// -- the connection -------------------------------------------------------------

function begin() {
  $("entrance").hidden = true;
  let wasLive = false;
  link = new Link(() => store.getItem(key), {
    joined(info) {
      $("observer").hidden = false;
      status("connected", "Live");
      $("lost").hidden = true;
      showNode(info);
      if (!wasLive) watchPulse();
      if (!wasLive) open();
      wasLive = true;
    },
    lost() {
      status("reconnecting", "Reconnecting…");
      if (!wasLive) return;
      say(
        $("lost"),
        `The connection is lost. What you see is from ${clock(lastSeen)}; the page connects again by itself.`,
      );
      $("lost").hidden = false;
    },
    refused(reason) {
      if (wasLive && !reason) return; // the server restarts, or drains: the page goes on trying
      showEntrance(
        reason ?? "The server refuses this token, or it has refused too many: wait a few seconds before the next one.",
      );
    },
  });
}

function status(state, text) {
  $("status").dataset.state = state;
  say($("status-text"), text);
}

let askedForNodes = 0;

// Nodes come and go while the page is open.
async function refreshNodes() {
  if (!link.info?.node || Date.now() - askedForNodes < 5000) return;
  askedForNodes = Date.now();
  const local = await link.push("ask", { view: "cluster", params: {} }).catch(() => null);
  const up = local?.value?.nodes?.filter((x) => x.state === "up").map((x) => x.name);
  if (!up || !link) return;
  const nodes = [link.info.node, ...up.filter((x) => x !== link.info.node).sort()];
  if (nodes.join() !== link.info.nodes.join() && document.activeElement !== $("node"))
    showNode(Object.assign(link.info, { nodes }));
}

function showNode({ node, nodes = [], dev, version }) {
  const others = node ? nodes.filter((x) => x !== node) : []; // without a name it is no node of a cluster
  $("faults-link").hidden = !dev;
  $("node-choice").hidden = others.length === 0;
  say(
    $("node-name"),
    [others.length === 0 && node, version && `v${version}`, dev && "dev mode"].filter(Boolean).join(" · "),
  );
  if (others.length === 0) return;
  $("node").replaceChildren(...[node, ...others].map((x) => new Option(x === node ? `${x} (this one)` : x, x)));
  if (link.node && !others.includes(link.node)) $("node").append(new Option(`${link.node} (away)`, link.node));
  $("node").value = link.node ?? node;
}

$("node").addEventListener("change", () => {
  link.node = $("node").value === link.info.node ? null : $("node").value;
  pulse = null;
  watchPulse();
  open();
});

// -- what every view shows ------------------------------------------------------

let endPulse = () => {};
const listeners = new Set(); // of the overview's values

function watchPulse() {
  endPulse();
  const everyMs = listeners.size > 0 ? 1000 : 5000;
  endPulse = link.watch("overview", {}, everyMs, (x) => {
    pulse = x;
    lastSeen = Date.now();
    refreshNodes();
    for (const node of document.querySelectorAll("[data-count]"))
      say(node, x[node.dataset.count] ? short(x[node.dataset.count]) : "");
    $("drain-badge").hidden = !x.draining;
    $("fault-badge").hidden = !x.faults;
    say($("fault-badge"), x.faults === 1 ? "1 fault" : `${x.faults} faults`);
    for (const f of listeners) f(x);
  });
}

/** Calls `f` with the overview every second. @returns the function that ends it */
function onPulse(f) {
  listeners.add(f);
  watchPulse();
  if (pulse) f(pulse);
  return () => {
    listeners.delete(f);
    if (link) watchPulse();
  };
}

/** Does it, after the reader has confirmed it if `question` is given. Resolves to whether it was done. */
async function act(action, params, question) {
  if (question && !(await ask(question))) return false;
  const confirmed = question?.word ? { ...params, confirm: question.word } : params;
  try {
    toast(await link.act(action, confirmed));
    return true;
  } catch (problem) {
    toast(problem.message, true);
    return false;
  }
}

// -- which view is open ---------------------------------------------------------

function open() {
  if (!link) return;
  close?.();
  lastSeen = Date.now();
  close = openView(location.hash, { link, info: link.info, act, onPulse });
  setMenu(false);
}

function setMenu(isOpen) {
  $("views").classList.toggle("open", isOpen);
  $("menu").setAttribute("aria-expanded", String(isOpen));
}

$("menu").addEventListener("click", () => setMenu($("menu").getAttribute("aria-expanded") !== "true"));
$("skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("view").focus();
});
$("view").addEventListener("click", () => setMenu(false));
addEventListener("keydown", (event) => event.key === "Escape" && setMenu(false));
addEventListener("hashchange", () => {
  if (location.hash.includes("token=")) return location.reload();
  if (link?.info) open();
});

takeTokenFromAddress();
if (store.getItem(key)) begin();
else showEntrance();
