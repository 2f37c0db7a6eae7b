// Tabs as the WAI-ARIA Authoring Practices describe them: the arrow keys, Home and End move between them. Each is an
// address.
import { address } from "./address.js";
import { h } from "./dom.js";

/** `tabs`: view -> title. `panel` is the element that the open tab shows. */
export function tabs(label, tabs, current, panel) {
  const names = Object.keys(tabs);
  const list = h(
    "div",
    { class: "tabs", role: "tablist", "aria-label": label },
    ...names.map((name) =>
      h("button", {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-selected": String(name === current),
        "aria-controls": "tab-panel",
        tabindex: name === current ? "0" : "-1",
        text: tabs[name],
        onclick: () => open(name),
      }),
    ),
  );
  Object.assign(panel, { id: "tab-panel" });
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", `tab-${current}`);
  const open = (name) => {
    openedByKey = list.contains(document.activeElement);
    location.hash = address(name);
  };
  list.addEventListener("keydown", (event) => {
    const at = names.indexOf(current);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1 + names.length, Home: 0, End: names.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    open(names[next % names.length]);
  });
  if (openedByKey) queueMicrotask(() => document.getElementById(`tab-${current}`)?.focus());
  openedByKey = false;
  return list;
}

let openedByKey = false;
