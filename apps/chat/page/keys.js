// Arrow keys within a group of buttons, of which one takes part in the order of Tab (WAI-ARIA Authoring Practices, roving tabindex).
export class ArrowKeys {
  // `columns`: how many buttons stand in one row.
  constructor(group, columns = 1) {
    Object.assign(this, { group, columns });
    group.addEventListener("focusin", ({ target }) => this.mark(target));
    group.addEventListener("keydown", (event) => this.press(event));
  }

  // Tab leads to this button.
  mark(button) {
    for (const x of this.group.querySelectorAll("button")) x.tabIndex = x === button ? 0 : -1;
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = [...this.group.querySelectorAll("button")];
    const at = all.indexOf(event.target);
    const to = { ArrowDown: at + this.columns, ArrowUp: at - this.columns, Home: 0, End: all.length - 1 };
    if (this.columns > 1) Object.assign(to, { ArrowRight: at + 1, ArrowLeft: at - 1 });
    if (at < 0 || !(event.key in to)) return;
    event.preventDefault();
    all[to[event.key]]?.focus();
  }
}
