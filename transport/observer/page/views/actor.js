// The details of one process of the supervision tree, the whole story of its last crash, and in dev mode what can be
// done to it.
import { address } from "../address.js";
import { h, say } from "../dom.js";
import { bytes, count, moment, span, words } from "../format.js";
import { Facts } from "../pane.js";
import { stateOf } from "./tree.js";

/** `changed()` is called after an action. @returns `{element, update(node)}` */
export function actorPane({ link, info, act }, { path, node }, changed) {
  const facts = new Facts();
  const story = h("section", { class: "crash", "aria-label": "Last crash", hidden: true });
  const buttons = info.dev ? makeButtons(act, path, () => node, changed) : null;
  const element = h("div", { class: "pane-body" }, facts.element, buttons, story);
  let told; // the crash that is shown

  function update(now) {
    node = now;
    facts.set(factsOf(node, path));
    for (const x of buttons?.querySelectorAll("[data-needs]") ?? [])
      x.hidden = (x.dataset.needs === "actor") !== Boolean(node.actor);
    const crash = node.last_crash ? `${node.last_crash} ${node.restarts}` : "";
    if (crash === told) return;
    told = crash;
    story.hidden = !crash;
    if (crash) tell(story, node, link);
  }
  update(node);
  return { element, update };
}

const factsOf = (node, path) => ({
  State: words(stateOf(node)),
  Class: node.label,
  Kind: node.type === "supervisor" ? `supervisor${node.strategy ? `, ${words(node.strategy)}` : ""}` : node.type,
  Children: node.type === "supervisor" ? count(node.children) : null,
  "Runs for": span(node.since_ms),
  Restarts: node.restarts === null ? null : `${count(node.restarts)}, ${count(node.restarts_left)} left`,
  Memory: node.memory_bytes ? bytes(node.memory_bytes) : null,
  Mailbox: node.mailbox ? `${count(node.mailbox.depth)} waiting, ${count(node.mailbox.high_water)} at most` : null,
  Actor: node.actor ? String(node.actor) : "none at the moment",
  Path: path.join(" / "),
  "Says of itself": node.detail ? String(node.detail) : null,
});

// The line of the tree at once, the whole story when the server has told it.
async function tell(story, node, link) {
  const turn = (story.turn = (story.turn ?? 0) + 1);
  story.replaceChildren(h("h3", { text: "Last crash" }), h("p", { class: "notice bad code", text: node.last_crash }));
  const crash = node.actor ? await link.ask("crash", { actor: node.actor }).catch(() => null) : null;
  if (!crash || story.turn !== turn) return; // the next crash has come meanwhile
  if (crash.label) story.insertBefore(h("p", { class: "code", text: crash.label }), story.children[1]);
  const title = crash.at_ms ? `Last crash, ${moment(crash.at_ms)}` : "Last crash";
  say(story.firstChild, title);
  say(story.lastChild, crash.text ?? node.last_crash);
  if (crash.last_message) story.append(h("h4", { text: "Last message" }), block(crash.last_message, "Last message"));
  if (crash.stack?.length > 0) story.append(h("h4", { text: "Stack" }), block(crash.stack.join("\n"), "Stack"));
}

const block = (text, label) =>
  h("pre", {
    tabindex: "0",
    role: "region",
    "aria-label": label,
    text: typeof text === "string" ? text : JSON.stringify(text, null, 2),
  });

function makeButtons(act, path, node, changed) {
  const run = (action, params, question) => async () => (await act(action, params(), question?.())) && changed();
  const button = (text, style, action, params, question, needs) =>
    h("button", {
      type: "button",
      class: style,
      text,
      "data-needs": needs,
      onclick: run(action, params, question),
    });
  const actor = () => ({ actor: node().actor });
  const sure = (title, yes) => () =>
    node().type === "supervisor" && {
      title: `${title} ${node().id}?`,
      text: `It has ${count(node().children)} children, which stop with it.`,
      yes,
    };
  return h(
    "div",
    { class: "buttons", role: "group", "aria-label": "Faults" },
    button("Crash", "danger", "crash", actor, sure("Crash", "Crash"), "actor"),
    button("Kill", "danger", "kill", actor, sure("Kill", "Kill"), "actor"),
    button("Pause 10 s", null, "pause", actor, null, "actor"),
    button("Stop", null, "stop", actor, sure("Stop", "Stop"), "actor"),
    path.length > 0 && button("Start again", null, "restart", () => ({ path }), null, "none"), // as OTP's restart_child
    h("button", {
      type: "button",
      text: "Other fault…",
      onclick: () => (location.hash = address("faults", `${node().id}*`)),
    }),
  );
}
