// The search in guides and reference, and the menu of narrow screens.
const top_ = document.currentScript.dataset.top
const field = document.getElementById("search"), list = document.getElementById("found"), menu = document.getElementById("menu")
let entries

menu.addEventListener("click", () => {
  const open = document.body.classList.toggle("menu")
  menu.setAttribute("aria-expanded", String(open))
})

// Better matches first: the whole name, its beginning, the beginning of a word in it, anywhere. Guides before members of classes.
function rank([name, kind], words) {
  const text = name.toLowerCase(), last = text.split("::").at(-1)
  let sum = 0
  for (const word of words) {
    const place = text.indexOf(word)
    if (place < 0) return Infinity
    sum += last === word || text === word ? 0 : last.startsWith(word) ? 1 : /\w/.test(text[place - 1] ?? " ") ? 3 : 2
  }
  return sum * 100 + (kind === "guide" ? 0 : kind === "class" || kind === "struct" ? 10 : 20) + Math.min(text.length, 99) / 10
}

async function search() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return (list.hidden = true)
  entries ??= fetch(top_ + "search.json").then((answer) => answer.json())
  const all = (await entries).map((x) => [rank(x, words), x]).filter(([order]) => order < Infinity).sort(([a], [b]) => a - b)
  list.replaceChildren(...all.slice(0, 20).map(([, [name, kind, where]]) => {
    const item = document.createElement("li"), link = document.createElement("a"), note = document.createElement("small")
    link.href = top_ + where
    link.append(name)
    note.append(kind)
    link.append(note)
    item.append(link)
    return item
  }))
  if (all.length === 0) list.textContent = "Nothing found."
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
document.querySelector("nav [aria-current]")?.scrollIntoView({block: "nearest"})
