// Which levels of the supervision tree are open, and their rows. The level in which the reader is, is watched; of the
// other open ones the next one is asked for every second. So two levels travel at a time, however much is open.
import { count } from "../format.js";

const pageSize = 50;
const keyOf = (path) => path.join("\n");

export class Levels {
  /** `changed()` after every change, `failed(text)` when the server does not tell a level. */
  constructor(link, changed, failed) {
    Object.assign(this, { link, changed, failed });
    this.opened = new Map(); // key -> level
    this.root = null;
    this.turn = 0;
    this.timer = setInterval(() => this.refreshNext(), 1000);
  }

  isOpen(path) {
    return this.opened.has(keyOf(path));
  }

  /** Resolves when its children are known, or refused. */
  async open(path) {
    const key = keyOf(path);
    if (this.hasEnded) return;
    if (!this.opened.has(key)) this.opened.set(key, { path, offset: 0, search: "", total: 0, matches: 0, rows: [] });
    await this.refresh(path);
    if (this.opened.has(key)) this.watch(path);
  }

  close(path) {
    const key = keyOf(path);
    for (const other of [...this.opened.keys()])
      if (other === key || (key !== "" && other.startsWith(`${key}\n`))) this.opened.delete(other);
    if (this.watched && !this.opened.has(keyOf(this.watched))) this.watch(path.slice(0, -1));
    this.changed();
  }

  page(path, by) {
    const level = this.opened.get(keyOf(path));
    level.offset = Math.max(0, level.offset + by * pageSize);
    this.watch(path, true);
  }

  search(path, text) {
    const level = this.opened.get(keyOf(path));
    if (!level) return;
    Object.assign(level, { search: text, offset: 0 });
    this.watch(path, true);
  }

  searchOf(path) {
    return this.opened.get(keyOf(path))?.search ?? "";
  }

  paramsOf({ path, offset, search }) {
    return { path, offset, limit: pageSize, search };
  }

  async refresh(path) {
    const level = this.opened.get(keyOf(path));
    if (!level) return;
    try {
      this.take(level, await this.link.ask("tree", this.paramsOf(level)));
    } catch (problem) {
      this.gone(level, problem.message);
    }
  }

  take(level, { node, children }) {
    if (this.opened.get(keyOf(level.path)) !== level) return;
    if (level.path.length === 0) this.root = node;
    Object.assign(level, { total: children.total, matches: children.matches, rows: children.rows });
    this.changed();
  }

  // A supervisor that has ended takes its level along.
  gone(level, text) {
    if (this.opened.get(keyOf(level.path)) !== level) return;
    if (level.path.length > 0) this.close(level.path);
    this.failed(text);
  }

  watch(path, again = false) {
    const level = this.opened.get(keyOf(path));
    if (!level || (!again && this.watched && keyOf(this.watched) === keyOf(path))) return;
    this.stop?.();
    this.watched = path;
    this.stop = this.link.watch(
      "tree",
      this.paramsOf(level),
      1000,
      (x) => this.take(level, x),
      (text) => this.gone(level, text),
    );
  }

  refreshNext() {
    const others = [...this.opened.values()].filter((x) => !this.watched || keyOf(x.path) !== keyOf(this.watched));
    if (others.length > 0 && this.link.isLive && !document.hidden)
      this.refresh(others[this.turn++ % others.length].path);
  }

  /** The visible rows: `{key, path, node, level, set, at, isOpen}`; `{key, path, step, text}` leads to another page. */
  items() {
    const result = [];
    if (this.root)
      result.push({ key: "root", path: [], node: this.root, level: 1, set: 1, at: 1, isOpen: this.isOpen([]) });
    this.addChildren(result, [], 2);
    return result;
  }

  addChildren(result, path, depth) {
    const level = this.opened.get(keyOf(path));
    if (!level) return;
    const { offset, matches, rows, search } = level;
    const common = { path, level: depth, set: matches };
    const end = offset + rows.length;
    if (offset > 0)
      result.push({
        ...common,
        key: `<${keyOf(path)}`,
        at: offset,
        step: -1,
        text: `↑ Previous ${pageSize} (before ${count(offset + 1)})`,
      });
    const ids = new Map(); // many children of a pool have the same id
    for (const { id } of rows) ids.set(id, (ids.get(id) ?? 0) + 1);
    rows.forEach((node, n) => {
      const child = [...path, node.id];
      const key = ids.get(node.id) === 1 ? `=${keyOf(child)}` : `=${keyOf(child)}\n${node.actor ?? `?${offset + n}`}`;
      result.push({
        key,
        path: child,
        node,
        level: depth,
        set: matches,
        at: offset + n + 1,
        isOpen: this.isOpen(child),
      });
      this.addChildren(result, child, depth + 1);
    });
    if (search && matches === 0)
      result.push({ ...common, key: `!${keyOf(path)}`, step: 0, at: 1, text: `No “${search}” here: show all` });
    if (end < matches)
      result.push({
        ...common,
        key: `>${keyOf(path)}`,
        at: end + 1,
        step: 1,
        text: `↓ Next ${pageSize} (${count(end)} of ${count(matches)} shown)`,
      });
  }

  end() {
    this.hasEnded = true;
    clearInterval(this.timer);
    this.stop?.();
    this.opened.clear();
  }
}
