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

test("ticker: the page shows every symbol, and prices that change", bounded("ticker", () =>
  withExample("ticker", [], async (open) => {
    const desk = await open({ colorScheme: "dark", viewport: { width: 900, height: 420 } }), mobile = await open({ colorScheme: "light", viewport: phone })
    for (const page of [desk, mobile]) await page.waitForFunction(() => document.querySelectorAll("#prices li").length === 24)
    await desk.waitForFunction(() => document.querySelectorAll("#prices .up, #prices .down").length === 24)
    await desk.waitForFunction(() => Number(document.querySelector("#rate").textContent) > 50)
    await look(desk, "ticker")
    await look(mobile, "ticker-phone")
  })))

test("board: what one draws the others see, also who comes later, until it is undone", bounded("board", () =>
  withExample("board", [], async (open) => {
    const inked = (page) => page.waitForFunction(() => {
      const canvas = document.querySelector("canvas")
      return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((x) => x > 0)
    })
    const draw = async (page, points) => {
      const box = await page.locator("canvas").boundingBox()
      await page.mouse.move(box.x + box.width * points[0][0], box.y + box.height * points[0][1])
      await page.mouse.down()
      for (const [x, y] of points) await page.mouse.move(box.x + box.width * x, box.y + box.height * y, { steps: 4 })
      await page.mouse.up()
    }
    const ann = await open({ colorScheme: "dark", viewport: { width: 900, height: 560 } })
    await shows(ann, "#status", "guest")
    await draw(ann, [[0.2, 0.7], [0.35, 0.3], [0.5, 0.7], [0.26, 0.55], [0.44, 0.55]])
    const bob = await open({ colorScheme: "light", viewport: phone }) // comes later
    await inked(bob)
    await draw(bob, [[0.6, 0.3], [0.8, 0.4], [0.62, 0.5], [0.82, 0.6], [0.6, 0.7]])
    await ann.waitForFunction(() => document.querySelector("#cursors span"))
    await look(ann, "board")
    await look(bob, "board-phone")
    await ann.click("#clear")
    for (const page of [ann, bob])
      await page.waitForFunction(() => !document.querySelector("canvas").getContext("2d").getImageData(0, 0, 1600, 1000).data.some((x) => x > 0))
  })))
