// docs_site.mjs SITE: the documentation that apps/docs/build.py has built, in Chromium: axe-core, phones, keyboard, search, links
// between guides and reference. Exit status 77 without such a site.
import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import { createRequire } from "node:module"
import { extname, join, normalize } from "node:path"
import { chromium } from "playwright-core"

const site = process.argv[2]
if (!existsSync(join(site, "index.html"))) {
  console.log(`skipped: there is no site in ${site}`)
  process.exit(77)
}
const types = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".png": "image/png" }
const server = createServer(async (request, response) => {
  const file = join(site, normalize(new URL(request.url, "http://localhost").pathname))
  const content = await readFile(file).catch(() => undefined)
  response.writeHead(content ? 200 : 404, { "Content-Type": types[extname(file)] ?? "text/plain" }).end(content)
})
await new Promise((ready) => server.listen(0, "127.0.0.1", ready))
const home = `http://127.0.0.1:${server.address().port}/`
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" })
const problems = []

async function open(path, options) {
  const page = await browser.newPage(options)
  page.on("pageerror", (error) => problems.push(`${path}: ${error}`))
  page.on("console", (line) => line.type() === "error" && problems.push(`${path}: ${line.text()}`))
  await page.goto(home + path)
  return page
}

const phone = { width: 390, height: 844 }, desk = { width: 1280, height: 900 }
const kinds = ["index.html", "from-phoenix.html", "types.html", "reference/classbennu_1_1channel.html"] // each in its own layout
const others = ["guides.html", "limits.html", "source/tests-guide-channels_test.cpp.html", "reference/files.html",
  "reference/structbennu_1_1socket__options.html", "reference/namespacebennu.html"]

async function look() {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open("index.html", { viewport: desk, colorScheme })
    for (const path of kinds) {
      await page.goto(home + path)
      await page.evaluate(axe)
      const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }))
      const serious = violations.filter((x) => ["serious", "critical"].includes(x.impact))
      assert.deepEqual(serious.map((x) => [x.id, x.nodes[0].html]), [], `axe-core about ${path}, ${colorScheme}`)
      await picture(page, `${path}-${colorScheme}`)
    }
    await page.close()
  }
  const page = await open("index.html", { viewport: phone })
  for (const path of [...kinds, ...others]) {
    await page.goto(home + path)
    const hidden = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(hidden <= 0, `${path} scrolls sideways by ${hidden} pixels on a phone`)
    await picture(page, `${path}-phone`)
  }
  await page.close()
}

async function picture(page, name) {
  const folder = process.env.BENNU_SCREENSHOTS
  if (folder) await page.screenshot({ path: join(folder, `docs-${name.replaceAll("/", "-")}.png`) })
}

/** What the search shows first, by keys alone; Enter opens it. */
async function search(text, first) {
  const page = await open("index.html", { viewport: desk })
  await page.keyboard.press("/")
  await page.keyboard.type(text)
  await page.waitForFunction((name) => document.querySelector("#found li:first-child span")?.textContent === name, first)
  await page.keyboard.press("Enter")
  await page.waitForURL((url) => !url.pathname.endsWith("/index.html"))
  const title = await page.locator("h1").first().innerText()
  await page.close()
  return title
}

try {
  await look()
  assert.match(await search("restart limit", "restart_limit"), /restart_limit/)
  assert.equal(await search("presence", "Presence"), "Presence")

  const reference = await open("reference/classbennu_1_1channel.html", { viewport: desk })
  assert.ok(await reference.locator('.taught a[href^="../channels.html"]').count(), "the reference of a class leads to its guide")
  await reference.click('.taught a[href^="../source/tests-guide"]')
  assert.match(await reference.innerText("h1"), /^tests\/guide\//, "and to an example that is compiled")

  const guide = await open("channels.html", { viewport: desk })
  await guide.click('pre a[href^="reference/classbennu_1_1channel__of"]')
  assert.match(await guide.innerText("h1"), /channel_of/, "the code of a guide leads to the reference")

  const small = await open("channels.html", { viewport: phone })
  await small.focus("#menu")
  await small.keyboard.press("Enter")
  await small.locator("#navigation a", { hasText: "Presence" }).press("Enter")
  await small.waitForURL(/presence\.html$/)
  assert.deepEqual(problems, [], "no page has reported an error")
  console.log(`${kinds.length} kinds of pages: light, dark, on a phone; keyboard, search, links`)
} finally {
  await browser.close()
  server.close()
}
