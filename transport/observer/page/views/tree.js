// The supervision tree, a level at a time: the WAI-ARIA pattern of a tree view, with what is known of each actor in
// columns.
import { setAddress } from "../address.js";
import { h, reconcile, say, setAttribute, settled } from "../dom.js";
import { bytes, count, span, words } from "../format.js";
import { Split } from "../pane.js";
import { actorPane } from "./actor.js";
import { Levels } from "./levels.js";
import { followKeys } from "./tree_keys.js";

export function tree(view, context) {
  const shown = new TreeView(view, context);
  return () => shown.end();
}

class TreeView {
  constructor(view, context) {
    this.context = context;
    this.selected = null;
    this.levels = new Levels(
      context.link,
      () => this.draw(),
      (text) => this.fail(text),
    );
    const find = settled(() => this.levels.search(this.searchedLevel(), this.search.value.trim()));
    this.search = h("input", { type: "search", autocomplete: "off", spellcheck: "false", oninput: find });
    this.problem = h("p", { class: "notice warn", role: "alert", hidden: true });
    this.element = h("div", { class: "tree", role: "tree", "aria-label": "Supervision tree" });
    const titles = h(
      "div",
      { class: "tree-titles soft", "aria-hidden": "true" },
      ...["Process", "State", "Since", "Restarts", "Mailbox", "Memory"].map((text, at) =>
        h("span", { class: at > 3 ? "wide" : null, text }),
      ),
    );
    view.append(h("header", { class: "heading" }, h("h1", { text: "Supervision tree" })));
    this.split = new Split(
      view,
      h(
        "section",
        { class: "list", "aria-label": "Tree" },
        h("div", { class: "toolbar" }, this.search),
        this.problem,
        titles,
        this.element,
      ),
      () => this.close(),
    );
    followKeys(this.element, this);
    this.element.addEventListener("click", (event) => this.click(event));
    this.openAddress(context.rest);
  }

  // #/tree/a/b shows what is on the way to b, and b.
  async openAddress(path) {
    for (let depth = 0; depth < Math.max(1, path.length); ++depth) await this.levels.open(path.slice(0, depth));
    if (path.length > 0 && !this.levels.hasEnded)
      this.select(this.items?.find((x) => x.path.join("\n") === path.join("\n")));
  }

  fail(text) {
    say(this.problem, text ?? "");
    this.problem.hidden = !text;
  }

  searchedLevel() {
    const at = this.selected;
    return at ? (this.levels.isOpen(at.path) ? at.path : at.path.slice(0, -1)) : [];
  }

  draw() {
    this.fail(null);
    this.items = this.levels.items();
    this.focused = this.items.find((x) => x.key === this.focused?.key) ?? this.items[0];
    if (this.selected)
      this.selected =
        this.items.find((x) => x.key === this.selected.key) ?? this.restarted(this.selected) ?? this.selected;
    reconcile(
      this.element,
      this.items,
      (x) => x.key,
      (x) => (x.text ? h("div", { role: "treeitem", class: "step" }, h("span")) : makeItem()),
      (node, x) => (x.text ? this.fillStep(node, x) : this.fill(node, x)),
    );
    const where = this.searchedLevel();
    const placeholder = `Search in ${where.at(-1) ?? this.levels.root?.id ?? "the root"}`;
    if (document.activeElement !== this.search) this.search.value = this.levels.searchOf(where);
    setAttribute(this.search, "placeholder", placeholder);
    setAttribute(this.search, "aria-label", placeholder);
    if (this.selected) this.pane?.update(this.selected.node);
  }

  // A process whose id others have, too, is known by its actor, which is another one after a restart.
  restarted({ path, node }) {
    const at = path.join("\n");
    return this.items.find((x) => x.node && x.path.join("\n") === at && x.node.restarts === node.restarts + 1);
  }

  fill(element, { key, node, level, set, at, isOpen, path }) {
    element.key = key;
    const state = stateOf(node);
    setAttribute(element, "aria-level", level);
    setAttribute(element, "aria-setsize", set);
    setAttribute(element, "aria-posinset", at);
    setAttribute(element, "aria-expanded", canOpen(node) ? String(isOpen) : null);
    setAttribute(element, "aria-selected", String(key === this.selected?.key));
    setAttribute(element, "tabindex", key === this.focused?.key ? "0" : "-1");
    setAttribute(element, "data-state", state);
    setAttribute(element, "data-path", path.join(" / "));
    setAttribute(element, "aria-label", labelOf(node, state));
    element.style.setProperty("--level", level - 1);
    const [name, ...cells] = element.children;
    setAttribute(name.children[0], "class", canOpen(node) ? "twisty" : "twisty none");
    say(name.children[1], node.id);
    say(name.children[2], node.detail || (node.label !== node.id ? node.label : ""));
    say(name.children[3], canOpen(node) ? count(node.children) : "");
    const texts = [
      words(state),
      span(node.since_ms),
      node.restarts ? `${count(node.restarts)} · ${count(node.restarts_left)} left` : "",
      node.mailbox?.depth ? `${count(node.mailbox.depth)} · max ${count(node.mailbox.high_water)}` : "",
      node.memory_bytes ? bytes(node.memory_bytes) : "",
    ];
    cells.forEach((cell, n) => say(cell, texts[n]));
    setAttribute(cells[2], "data-state", node.restarts > 0 ? "warn" : null);
  }

  fillStep(element, { key, level, set, at, text }) {
    element.key = key;
    setAttribute(element, "aria-level", level);
    setAttribute(element, "aria-setsize", set);
    setAttribute(element, "aria-posinset", at);
    setAttribute(element, "tabindex", key === this.focused?.key ? "0" : "-1");
    element.style.setProperty("--level", level - 1);
    say(element.firstChild, text);
  }

  click(event) {
    const element = event.target.closest("[role=treeitem]");
    const item = element && this.items.find((x) => x.key === element.key);
    if (!item) return;
    this.focus(item);
    if (event.target.closest(".twisty:not(.none)")) this.toggle(item);
    else this.act(item);
  }

  // -- what the keys do, see followKeys -------------------------------------------

  focus(item) {
    if (!item) return;
    this.focused = item;
    for (const [key, node] of this.element.itemsByKey) setAttribute(node, "tabindex", key === item.key ? "0" : "-1");
    this.element.itemsByKey.get(item.key)?.focus();
    this.levels.watch(item.isOpen ? item.path : item.path.slice(0, -1));
  }

  act(item) {
    if (item.step === 0) this.levels.search(item.path, "");
    else if (item.step) this.levels.page(item.path, item.step);
    else this.select(item);
  }

  toggle(item) {
    if (item.text || !canOpen(item.node)) return;
    if (item.isOpen) this.levels.close(item.path);
    else this.levels.open(item.path);
  }

  // -- the details ----------------------------------------------------------------

  select(item) {
    if (!item?.node) return;
    this.selected = item;
    setAddress("tree", ...item.path);
    this.pane = actorPane(this.context, item, () => this.levels.refresh(item.path.slice(0, -1)));
    this.split.open(item.node.id, this.pane.element);
    this.draw();
  }

  close() {
    this.selected = this.pane = null;
    setAddress("tree");
    this.draw();
  }

  end() {
    this.levels.end();
  }
}

const makeItem = () =>
  h(
    "div",
    { role: "treeitem" },
    h(
      "span",
      { class: "process" },
      h("i"),
      h("b", { class: "code" }),
      h("span", { class: "soft code" }),
      h("span", { class: "count" }),
    ),
    h("span", { class: "state" }),
    h("span", { class: "number" }),
    h("span", { class: "number" }),
    h("span", { class: "number wide" }),
    h("span", { class: "number wide" }),
  );

const canOpen = (node) => node.type === "supervisor";
export const stateOf = (node) => (node.answers === false ? "does_not_answer" : node.state);

function labelOf(node, state) {
  const parts = [
    node.id,
    node.detail || (node.label !== node.id && node.label),
    words(state),
    node.restarts > 0 && `${node.restarts} restarts`,
    canOpen(node) && `${node.children} children`,
  ];
  return parts.filter(Boolean).join(", ");
}
