// What the page asks its readers, and tells them.
import { $, h, say } from "./dom.js";

/**
 * Asks before something is done. With `word`, the reader must type it.
 * Resolves to whether the answer is yes.
 */
export function ask({ title, text, yes, word }) {
  const dialog = $("question");
  say($("question-title"), title);
  say($("question-text"), text);
  say($("question-yes"), yes);
  say($("question-word-label"), word ? `Type ${word} to confirm` : "");
  for (const id of ["question-word", "question-word-label"]) $(id).hidden = !word;
  const input = $("question-word");
  input.value = "";
  const check = () => ($("question-yes").disabled = Boolean(word) && input.value !== word);
  input.oninput = check;
  check();
  dialog.returnValue = "no";
  dialog.showModal();
  if (word) input.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** Shows a line for some seconds; a screen reader reads it. */
export function toast(text, isProblem = false) {
  const line = h(
    "div",
    { class: isProblem ? "toast bad" : "toast" },
    h("span", { text }),
    h("button", {
      type: "button",
      class: "quiet",
      "aria-label": "Close this message",
      text: "✕",
      onclick: () => line.remove(),
    }),
  );
  $("toasts").append(line);
  while ($("toasts").children.length > 4) $("toasts").firstElementChild.remove();
  setTimeout(() => line.remove(), isProblem ? 15_000 : 6_000);
}
