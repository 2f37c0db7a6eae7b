// The examples of apps/ as people use them: each program is started, and windows of its page are used with the official client.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { after, before, test } from "node:test"
import { chromium } from "playwright-core"
import { bounded } from "../support/chat_server.mjs"

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
const phone = { width: 390, height: 780 }
let browser

before(async () => (browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" })))
after(() => browser?.close())

/** Starts `bennu-NAME` on a free port, calls `use` with a function that opens a window of its page, and stops it. */
async function withExample(name, options, use) {
  const folder = await mkdtemp(join(tmpdir(), "bennu-example-"))
  const program = process.env[`BENNU_${name.toUpperCase()}`]
  const child = spawn(program, ["--port", "0", "--log-level", "warning", ...options], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] })
  const ended = once(child, "exit")
  const problems = [], contexts = []
  let port
  for await (const line of createInterface({ input: child.stdout })) if ((port = /^ready (\d+)$/.exec(line)?.[1])) break
  const open = async (options = {}) => {
    contexts.push(await browser.newContext(options))
    const page = await contexts.at(-1).newPage()
    page.on("pageerror", (error) => problems.push(String(error)))
    page.on("console", (line) => line.type() === "error" && problems.push(line.text()))
    await page.goto(`http://127.0.0.1:${port}/`)
    return page
  }
  try {
    await use(open)
    assert.deepEqual(problems, [], "no page has reported an error")
  } finally {
    for (const context of contexts) await context.close()
    child.kill("SIGTERM")
    const [status] = await ended
    await rm(folder, { recursive: true })
    assert.equal(status, 0, "the program ends well")
  }
}

const shows = (page, selector, text) =>
  page.waitForFunction(([where, what]) => document.querySelector(where)?.textContent.includes(what), [selector, text])

async function look(page, name) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => axe.run(document))
  assert.deepEqual(violations.filter((x) => ["serious", "critical"].includes(x.impact)).map((x) => x.help), [], `${name} is accessible`)
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is not wider than the window`)
  if (process.env.BENNU_SCREENSHOTS) await page.screenshot({ path: `${process.env.BENNU_SCREENSHOTS}/${name}.png` })
}

test("auction: two people bid, and each sees what the other does", bounded("auction", () =>
  withExample("auction", ["--minutes", "5"], async (open) => {
    const ann = await open({ colorScheme: "light", viewport: { width: 900, height: 420 } }), bob = await open({ colorScheme: "dark", viewport: phone })
    for (const [page, name] of [[ann, "ann"], [bob, "bob"]]) {
      await page.fill("#name", name)
      await page.click("text=Enter")
      await shows(page, "#title", "Blue vase")
    }
    await shows(ann, "#watching", "ann, bob")
    const bid = async (page, amount) => {
      await page.fill("#amount", amount)
      await page.click("#bid button")
    }
    await bid(ann, "19,99")
    await shows(ann, "#answer", "Somebody bids as much, or more.")
    await bid(ann, "20.00")
    await shows(bob, "#leader", "ann leads, after one bid.")
    await bid(bob, "25")
    for (const page of [ann, bob]) await shows(page, "#price", "25.00")
    await shows(ann, "#leader", "bob leads, after 2 bids.")
    await look(ann, "auction")
    await look(bob, "auction-phone")
  })))
