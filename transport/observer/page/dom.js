// Small helpers for the document. Text is only inserted as text: much of it comes from clients.

export const $ = (id) => document.getElementById(id);

/**
 * An element. Of `props`, `text` and `class` are what they say, functions are listeners (`onclick`), `false`, `null`
 * and `undefined` are left out, and everything else is an attribute. Children are nodes or texts.
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  setProps(node, props);
  node.append(...children.flat().filter((x) => x !== null && x !== undefined && x !== false));
  return node;
}

function setProps(node, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
}

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== null) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Sets the text only when it differs, so that a selection survives and screen readers stay calm. */
export function say(node, text) {
  const wanted = String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
}

export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/**
 * Makes the children of `parent` those of `items`, in order. A child whose key stays is kept and updated, so that the
 * focus and the scroll position stay, too.
 */
export function reconcile(parent, items, keyOf, create, update) {
  const known = (parent.itemsByKey ??= new Map());
  const now = new Map();
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const node = known.get(key) ?? create(item);
    update(node, item);
    now.set(key, node);
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
  for (const [key, node] of known) if (now.get(key) !== node) node.remove();
  parent.itemsByKey = now;
}

/** Calls `f` when `wait` milliseconds have passed since the last call. */
export function settled(f, wait = 120) {
  let timer;
  const run = (...x) => {
    clearTimeout(timer);
    timer = setTimeout(() => f(...x), wait);
  };
  run.cancel = () => clearTimeout(timer);
  return run;
}
