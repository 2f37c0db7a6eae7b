// The last lines of the log, and new ones as they are written.
import { h, settled } from "../dom.js";
import { clock } from "../format.js";
import { Tail } from "./tail.js";

const levels = ["debug", "info", "warning", "error"];

export function log(view, { link }) {
  const level = h(
    "select",
    { "aria-label": "Least level" },
    ...levels.map((x) => new Option(x === "error" ? "error" : `${x} and above`, x)),
  );
  level.value = "info";
  const search = h("input", {
    type: "search",
    placeholder: "Text",
    "aria-label": "Search in the log",
    autocomplete: "off",
    spellcheck: "false",
  });
  const tail = new Tail(link, {
    view: "log",
    label: "Lines of the log",
    params: () => ({ level: level.value, search: search.value.trim() }),
    read: (x) => x.lines,
    line,
    empty: "No such line yet.",
  });
  level.addEventListener("change", () => tail.again());
  search.addEventListener(
    "input",
    settled(() => tail.again()),
  );
  view.append(
    h("header", { class: "heading" }, h("h1", { text: "Log" })),
    h(
      "section",
      { class: "list tail", "aria-label": "Log" },
      h("div", { class: "toolbar" }, search, level, tail.pause, tail.clear, tail.state),
      tail.lines,
      tail.empty,
    ),
  );
  return () => tail.end();
}

const line = (x) =>
  h(
    "div",
    { "data-level": x.level },
    h("time", { class: "soft", text: clock(x.at_ms, true) }),
    h("span", { class: "level", text: x.level }),
    h("span", { class: "text", text: x.text }),
  );
