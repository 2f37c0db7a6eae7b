// Telemetry events as they happen.
import { h, settled } from "../dom.js";
import { clock, pairs } from "../format.js";
import { Tail } from "./tail.js";

export function events(view, { link }) {
  const prefix = h("input", {
    type: "search",
    placeholder: "Prefix, such as channel.",
    "aria-label": "Prefix of the events",
    autocomplete: "off",
    spellcheck: "false",
  });
  const tail = new Tail(link, {
    view: "events",
    label: "Telemetry events",
    params: () => ({ prefix: prefix.value.trim() }),
    read: (x) => x.events,
    line,
    empty: "No event since this view was opened.",
  });
  prefix.addEventListener(
    "input",
    settled(() => tail.again()),
  );
  view.append(
    h(
      "header",
      { class: "heading" },
      h("h1", { text: "Events" }),
      h("p", { class: "soft", text: "Kept only while somebody looks; at most 200 a second." }),
    ),
    h(
      "section",
      { class: "list tail", "aria-label": "Events" },
      h("div", { class: "toolbar" }, prefix, tail.pause, tail.clear, tail.state),
      tail.lines,
      tail.empty,
    ),
  );
  return () => tail.end();
}

const field =
  (style) =>
  ([name, value]) =>
    h("span", { class: `field ${style}` }, h("span", { class: "soft", text: `${name}=` }), value);
const line = (x) =>
  h(
    "div",
    {},
    h("time", { class: "soft", text: clock(x.at_ms, true) }),
    h("b", { class: "event-name", text: x.name }),
    h("span", { class: "text" }, ...pairs(x.measurements).map(field("measurement")), ...pairs(x.fields).map(field(""))),
  );
