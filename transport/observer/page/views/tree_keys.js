// The keys of a tree view, after the WAI-ARIA Authoring Practices: the arrows, Home, End, Enter, Space, and letters.

/**
 * `view` has `items` (from the top, with `key`, `path`, `level`, `isOpen`, `node`), `focused`, and `focus(item)`,
 * `toggle(item)`, `act(item)`.
 */
export function followKeys(element, view) {
  let typed = "";
  let timer;
  const move = (to) => view.focus(view.items[Math.max(0, Math.min(view.items.length - 1, to))]);

  function findTyped(letter, from) {
    typed += letter.toLowerCase();
    clearTimeout(timer);
    timer = setTimeout(() => (typed = ""), 700);
    const inTurn = [...view.items.slice(from + (typed.length === 1 ? 1 : 0)), ...view.items.slice(0, from + 1)];
    view.focus(inTurn.find((x) => x.node?.id.toLowerCase().startsWith(typed)));
  }

  const keys = {
    ArrowDown: (at) => move(at + 1),
    ArrowUp: (at) => move(at - 1),
    Home: () => move(0),
    End: () => move(view.items.length - 1),
    Enter: (_, item) => view.act(item),
    " ": (_, item) => view.act(item),
    ArrowRight: (at, item) =>
      item.isOpen ? view.items[at + 1]?.level > item.level && move(at + 1) : view.toggle(item),
    ArrowLeft: (at, item) =>
      item.isOpen ? view.toggle(item) : view.focus(view.items.slice(0, at).findLast((x) => x.level < item.level)),
  };

  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = view.items.findIndex((x) => x.key === event.target.key);
    if (at < 0) return;
    if (keys[event.key]) keys[event.key](at, view.items[at]);
    else if (event.key.length === 1) findTyped(event.key, at);
    else return;
    event.preventDefault();
  });
}
