// A list that the server sorts, searches and divides into pages. Only the page on the screen travels.
import { h, reconcile, say, setAttribute, settled } from "./dom.js";
import { count } from "./format.js";

export const pageSize = 50;

/**
 * `options`: `view` of the server, `label` of the table, `columns`, `key(row)`, `open(row)` if rows have details,
 * `sort`, `descending`, `searchLabel`, `empty` (what an empty list says), `search` (the first one). A column has
 * `title`, `show(row)` (a text), and perhaps `sort` (the server's name), `numeric`, `wide` (not on a phone), `code`,
 * `state(row)` (a word for the style), `optional` (left out while no row has a value).
 */
export class PagedTable {
  constructor(link, options) {
    Object.assign(this, { link, options, offset: 0, sort: options.sort, descending: options.descending ?? false });
    this.element = h("section", { class: "list", "aria-label": options.label });
    this.makeToolbar();
    this.makeTable();
    this.makePager();
    this.watch();
  }

  makeToolbar() {
    const search = settled(() => this.go(0));
    this.search = h("input", {
      type: "search",
      placeholder: this.options.searchLabel,
      "aria-label": this.options.searchLabel,
      autocomplete: "off",
      spellcheck: "false",
      oninput: search,
    });
    this.search.value = this.options.search ?? "";
    this.found = h("span", { class: "soft found" });
    this.element.append(h("div", { class: "toolbar" }, this.search, this.found));
  }

  makeTable() {
    const heads = this.options.columns.map((x) => {
      const title = x.sort
        ? h("button", { type: "button", class: "sort", text: x.title, onclick: () => this.sortBy(x.sort) })
        : x.title;
      x.head = h("th", { scope: "col", class: styleOf(x) }, title);
      return x.head;
    });
    this.body = h("tbody");
    this.empty = h("p", { class: "empty soft" });
    this.element.append(
      h(
        "div",
        { class: "scroll", tabindex: "0", role: "region", "aria-label": `${this.options.label}, table` },
        h("table", {}, h("thead", {}, h("tr", {}, ...heads)), this.body),
        this.empty,
      ),
    );
    this.showSort();
  }

  makePager() {
    this.before = h("button", { type: "button", text: "‹ Previous", onclick: () => this.go(this.offset - pageSize) });
    this.after = h("button", { type: "button", text: "Next ›", onclick: () => this.go(this.offset + pageSize) });
    this.range = h("span", { class: "soft" });
    this.pager = h(
      "nav",
      { class: "pager", "aria-label": `Pages of ${this.options.label.toLowerCase()}` },
      this.before,
      this.range,
      this.after,
    );
    this.element.append(this.pager);
  }

  sortBy(name) {
    const column = this.options.columns.find((x) => x.sort === name);
    this.descending = this.sort === name ? !this.descending : Boolean(column.numeric);
    this.sort = name;
    this.showSort();
    this.go(0);
  }

  showSort() {
    for (const { head, sort } of this.options.columns)
      setAttribute(head, "aria-sort", sort && sort === this.sort && (this.descending ? "descending" : "ascending"));
  }

  go(offset) {
    this.offset = Math.max(0, offset);
    this.watch();
  }

  watch() {
    this.stop?.();
    if (this.hasEnded) return; // the reader has left while what was typed was not searched yet
    const { offset, sort, descending } = this;
    const params = { offset, limit: pageSize, search: this.search.value.trim(), ...(sort && { sort, descending }) };
    this.element.setAttribute("aria-busy", "true");
    this.stop = this.link.watch(
      this.options.view,
      params,
      1000,
      (x) => this.show(x),
      (text) => this.fail(text),
    );
  }

  show({ total, matches, rows, missing_units: missing = 0 }) {
    if (rows.length === 0 && this.offset > 0 && matches <= this.offset)
      return this.go(Math.floor(Math.max(0, matches - 1) / pageSize) * pageSize);
    this.element.removeAttribute("aria-busy");
    const { key, columns } = this.options;
    reconcile(
      this.body,
      rows,
      (x) => String(key(x)),
      () => this.makeRow(),
      (node, row) => this.fill(node, row, columns),
    );
    for (const x of columns.filter((column) => column.optional))
      this.showColumn(
        x,
        rows.some((row) => x.show(row) !== "–"),
      );
    this.tell(total, matches, rows, missing);
    this.pager.hidden = matches <= pageSize;
    say(this.range, `${count(this.offset + 1)}–${count(this.offset + rows.length)} of ${count(matches)}`);
    this.before.disabled = this.offset === 0;
    this.after.disabled = this.offset + rows.length >= matches;
    this.mark();
  }

  // A column without any value is left out.
  showColumn(column, isShown) {
    const at = this.options.columns.indexOf(column);
    column.head.hidden = !isShown;
    for (const row of this.body.children) row.children[at].hidden = !isShown;
  }

  // A part of the server may be too busy to answer in time.
  tell(total, matches, rows, missing) {
    const searched = this.search.value.trim() !== "";
    const found = searched ? `${count(matches)} of ${count(total)}` : count(total);
    say(this.found, missing > 0 ? `${found}, incomplete: ${missing} io units are busy` : found);
    if (rows.length > 0) say(this.empty, "");
    else if (missing > 0) say(this.empty, "The io units are too busy to answer; the page goes on asking.");
    else say(this.empty, searched && total > 0 ? "Nothing matches." : this.options.empty);
  }

  fail(text) {
    this.element.removeAttribute("aria-busy");
    reconcile(this.body, [], String, null, null);
    say(this.empty, text);
    this.pager.hidden = true;
  }

  makeRow() {
    const { columns, open } = this.options;
    const row = h("tr");
    row.cells_ = columns.map((x, at) => {
      const inner = at === 0 && open ? h("button", { type: "button", class: "open" }) : h("span");
      row.append(h(at === 0 ? "th" : "td", { class: styleOf(x), scope: at === 0 ? "row" : null }, inner));
      return inner;
    });
    if (open) {
      row.classList.add("opens");
      row.addEventListener("click", () => !getSelection().toString() && open(row.data));
    }
    return row;
  }

  fill(node, row, columns) {
    node.data = row;
    columns.forEach((x, at) => {
      say(node.cells_[at], x.show(row));
      if (x.state) setAttribute(node.cells_[at], "data-state", x.state(row));
    });
  }

  /** Marks the row whose details are shown. */
  mark(key = this.marked) {
    this.marked = key;
    for (const [id, row] of this.body.itemsByKey ?? [])
      setAttribute(row, "aria-current", key !== undefined && id === String(key) && "true");
  }

  end() {
    this.hasEnded = true;
    this.stop?.();
  }
}

const styleOf = (x) => [x.numeric && "number", x.wide && "wide", x.code && "code"].filter(Boolean).join(" ") || null;
