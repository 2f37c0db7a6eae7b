// generated_page.mjs ADDRESS: two people open the page that `bennu-node new app` has written, join the lobby and talk.
import assert from "node:assert/strict"
import { chromium } from "playwright-core"

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" })
const problems = []
const shows = (page, selector, text) =>
  page.waitForFunction(([where, what]) => [...document.querySelectorAll(where)].some((x) => x.textContent === what), [selector, text])

async function join(name) {
  const page = await browser.newPage()
  page.on("pageerror", (error) => problems.push(String(error)))
  page.on("console", (line) => line.type() === "error" && problems.push(line.text()))
  await page.goto(process.argv[2])
  await shows(page, "#status", "Connected.")
  await page.fill("#name", name)
  await page.click("text=Join")
  await shows(page, "#status", "You are in the lobby.")
  return page
}

try {
  const [ann, bob] = [await join("ann"), await join("bob")]
  for (const [page, name, text] of [[ann, "ann", "hello <b>bob</b>"], [bob, "bob", "hello ann"]]) {
    await page.fill("#body", text)
    await page.click("text=Send")
    for (const one of [ann, bob]) await shows(one, "#messages li", `${name}: ${text}`)
  }
  assert.equal(await bob.locator("#messages b").count(), 0, "what people write stays text")
  if (process.env.BENNU_SCREENSHOTS) await ann.screenshot({ path: `${process.env.BENNU_SCREENSHOTS}/generated.png` })
  assert.deepEqual(problems, [], "no page has reported an error")
  console.log("two pages have joined the lobby and show each other's messages")
} finally {
  await browser.close()
}
