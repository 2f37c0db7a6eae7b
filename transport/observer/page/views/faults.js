// Faults on purpose, in dev mode: those that are caused now, and a form for each that is possible.
import { h, reconcile, say } from "../dom.js";
import { count, pairs } from "../format.js";

// How each member of a fault is asked for.
const inputs = {
  label: { title: "Process (pattern of class and topic)", placeholder: "room_channel*", kind: "text" },
  event: { title: "Event (pattern)", placeholder: "new_msg", kind: "text" },
  peer: { title: "The other node", kind: "node" },
  time: { title: "Time in ms", kind: "number", min: 1, placeholder: "300" },
  jump: { title: "Jump in ms", kind: "number", placeholder: "3600000" },
  probability: { title: "Probability", kind: "number", min: 0, max: 1, step: "any", placeholder: "1" },
  times: { title: "At most so many times", kind: "number", min: 1, placeholder: "no limit" },
};
const needed = {
  cut: ["peer"],
  slow: ["peer", "time"],
  clock: ["jump"],
  delay: ["time"],
  pause: ["time"],
  crash: ["label"],
  drop: ["label"],
  refuse: ["label"],
};
const ofWord = {
  full_disk: { label: { title: "Files (pattern)", placeholder: "log" } },
  refuse: { label: { title: "Child (pattern of its id)", placeholder: "janitor" } },
};
const titles = { pause: "Pause the node", full_disk: "Full disk", cut: "Cut a link", slow: "Slow link", clock: "Clock jump" };
const titleOf = (word) => titles[word] ?? word[0].toUpperCase() + word.slice(1);
const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

export function faults(view, { link, info, act, rest }) {
  const active = h("ul", { class: "active" });
  const none = h("p", { class: "soft", text: "No fault is caused at the moment." });
  const healAll = h("button", { type: "button", text: "Heal all", hidden: true, onclick: () => act("heal", {}) });
  const possible = h("div", { class: "faults" });
  view.append(
    h(
      "header",
      { class: "heading" },
      h("h1", { text: "Faults" }),
      h("p", { class: "soft", text: "They last until somebody heals them, or the program ends." }),
    ),
    h(
      "section",
      { class: "panel", "aria-labelledby": "active-title" },
      h("header", {}, h("h2", { id: "active-title", text: "Caused now" }), healAll),
      active,
      none,
    ),
    h(
      "section",
      { "aria-labelledby": "possible-title" },
      h("h2", { id: "possible-title", text: "Cause a fault" }),
      possible,
    ),
  );
  let made = false;
  return link.watch(
    "faults",
    {},
    1000,
    (x) => {
      reconcile(
        active,
        x.active,
        (f) => String(f.id),
        (f) => activeLine(f, act),
        (node, f) => say(node.hits, `applied ${count(f.hits)} times`),
      );
      none.hidden = x.active.length > 0;
      healAll.hidden = x.active.length < 2;
      if (!made) possible.append(...x.possible.map((f) => form(f, info, act, rest[0])));
      made = true;
    },
    (text) => say(none, text),
  );
}

function activeLine({ id, fault }, act) {
  const { fault: word, ...members } = fault;
  const hits = h("span", { class: "soft" });
  const line = h(
    "li",
    {},
    h("strong", { text: titleOf(word) }),
    h(
      "span",
      { class: "text code" },
      ...pairs(members).map(([name, x]) =>
        h("span", { class: "field" }, h("span", { class: "soft", text: `${name}=` }), x),
      ),
    ),
    hits,
    h("button", {
      type: "button",
      "aria-label": `Heal the fault ${id}, ${word}`,
      text: "Heal",
      onclick: () => act("heal", { id }),
    }),
  );
  line.hits = hits;
  return line;
}

function form({ do: word, params, text }, info, act, label) {
  const fields = params.map((name) => fieldOf(word, name, info, name === "label" ? label : null));
  const rare = fields.filter((x) => ["probability", "times"].includes(x.name));
  const usual = fields.filter((x) => !rare.includes(x));
  return h(
    "form",
    { class: "fault", onsubmit: (event) => cause(event, word, fields, act) },
    h("h3", { text: titleOf(word) }),
    h("p", { class: "soft", text: sentence(text) }),
    ...usual.map((x) => x.element),
    rare.length > 0 && h("details", {}, h("summary", { text: "Which and how often" }), ...rare.map((x) => x.element)),
    h("button", { type: "submit", text: titleOf(word) }),
  );
}

function fieldOf(word, name, info, value) {
  const { title, kind, ...more } = { ...inputs[name], ...ofWord[word]?.[name] };
  const id = `${word}-${name}`;
  const required = needed[word]?.includes(name);
  const others = (info.nodes ?? []).filter((x) => x !== info.node);
  const input =
    kind === "node"
      ? h("select", { id, required }, ...others.map((x) => new Option(x, x)))
      : h("input", { id, type: kind, required, autocomplete: "off", ...more });
  if (value) input.value = value;
  const read = () => (input.value === "" ? undefined : kind === "number" ? Number(input.value) : input.value);
  return { name, read, element: h("div", { class: "field-line" }, h("label", { for: id, text: title }), input) };
}

function cause(event, word, fields, act) {
  event.preventDefault();
  const fault = { fault: word };
  for (const { name, read } of fields) if (read() !== undefined) fault[name] = read();
  act("fault", { fault });
}
