// Small helpers for the document. Text is only inserted through textContent.

export const $ = (id) => document.getElementById(id);

// `isWritten`: a person wrote the text, so its direction follows its script.
export function make(tag, className, text, isWritten = false) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  if (isWritten) node.dir = "auto";
  return node;
}

export function avatar(name, size) {
  const picture = make("img");
  picture.src = `/avatars/${encodeURIComponent(name)}.svg`;
  picture.alt = "";
  picture.width = picture.height = size;
  return picture;
}

// The text of a message, with its @names marked.
export function withMentions(text) {
  const parts = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(/(?<![\p{L}\p{M}\p{Nd}_-])@[\p{L}\p{M}\p{Nd}_-]{1,32}/gu)) {
    parts.append(text.slice(from, found.index), make("span", "mention", found[0]));
    from = found.index + found[0].length;
  }
  parts.append(text.slice(from));
  return parts;
}
