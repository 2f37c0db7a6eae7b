// The search in guides and reference, and the menu of narrow screens.
const top_ = document.currentScript.dataset.top
const field = document.getElementById("search"), list = document.getElementById("found"), menu = document.getElementById("menu")
let entries

menu.addEventListener("click", () => {
  const open = document.body.classList.toggle("menu")
  menu.setAttribute("aria-expanded", String(open))
})

// Better matches first: the whole name, its beginning, the beginning of a word in it, anywhere in it, then in the text. Guides
// before members of classes.
function rank([name, kind, , text], words) {
  const full = name.toLowerCase(), last = full.split("::").at(-1)
  let sum = 0
  for (const word of words) {
    const place = full.indexOf(word)
    if (place < 0 && !text.toLowerCase().includes(word)) return Infinity
    sum += place < 0 ? 6 : last === word || full === word ? 0 : last.startsWith(word) ? 1 : /\w/.test(full[place - 1] ?? " ") ? 3 : 2
  }
  if (full.replaceAll("_", " ") === words.join(" ")) sum = -1
  return sum * 100 + (kind === "guide" ? 0 : kind === "class" || kind === "struct" ? 10 : 20) + Math.min(full.length, 99) / 10
}

// The part of a text around the first of the words.
function around(text, words) {
  const at = Math.max(0, ...words.map((x) => text.toLowerCase().indexOf(x)))
  const from = at < 60 ? 0 : text.indexOf(" ", at - 50) + 1
  return (from > 0 ? "… " : "") + text.slice(from, from + 110) + (text.length > from + 110 ? " …" : "")
}

async function search() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return (list.hidden = true)
  entries ??= fetch(top_ + "search.json").then((answer) => answer.json())
  const all = (await entries).map((x) => [rank(x, words), x]).filter(([order]) => order < Infinity).sort(([a], [b]) => a - b)
  list.replaceChildren(...all.slice(0, 20).map(([, [name, kind, where, text]]) => {
    const item = document.createElement("li"), link = document.createElement("a")
    const [title, note, about] = ["span", "small", "p"].map((x) => document.createElement(x))
    link.href = top_ + where
    title.append(name)
    note.append(kind)
    about.append(around(text, words))
    link.append(title, note, about)
    item.append(link)
    return item
  }))
  if (all.length === 0) list.innerHTML = "<li>Nothing found.</li>"
  list.hidden = false
}

field.addEventListener("input", search)
field.form.addEventListener("submit", (event) => {
  event.preventDefault()
  list.querySelector("a")?.click()
})
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/input|textarea/i.test(document.activeElement.tagName)) {
    event.preventDefault()
    field.focus()
  } else if (event.key === "Escape") {
    list.hidden = true
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
    const links = [...list.querySelectorAll("a")], at = links.indexOf(document.activeElement)
    event.preventDefault()
    ;(event.key === "ArrowDown" ? links[at + 1] : links[at - 1] ?? field)?.focus()
  }
})
document.addEventListener("click", (event) => { if (!event.target.closest(".bar")) list.hidden = true })
document.querySelector("#navigation [aria-current]")?.scrollIntoView({block: "nearest"})
