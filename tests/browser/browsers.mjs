// What must work in every browser: the same claims in Chromium, Firefox and WebKit, by keyboard alone, with a partner in Chromium. A browser
// that is not installed is skipped. BENNU_SCREENSHOTS=FOLDER keeps screenshots.
import assert from "node:assert/strict"
import { mkdir, readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { bounded } from "../support/chat_server.mjs"
import { phone } from "./chat_window.mjs"
import { Firefox, WebKit } from "./webdriver.mjs"
import { world } from "./world.mjs"

/** A window of Chromium with the interface of webdriver.mjs. */
class Chromium {
  static isInstalled = () => true

  static async start() {
    const window = new Chromium()
    window.context = await here.browser.newContext({ viewport: { width: 1180, height: 760 } })
    window.page = await window.context.newPage()
    return window
  }

  goto = (url) => this.page.goto(url)
  evaluate = (f, argument) => this.page.evaluate(f, argument)
  run = (script) => this.page.evaluate(`(() => { ${script} })()`)
  until = async (f, argument) => (await this.page.waitForFunction(f, argument, { timeout: 20_000 })).jsonValue()
  type = (text) => this.page.keyboard.type(text)
  resize = (width, height) => this.page.setViewportSize({ width, height })
  screenshot = (path) => this.page.screenshot({ path })
  close = () => this.context.close()
  async press(...names) {
    for (const name of names) await this.page.keyboard.press(name)
  }
}

let ann
const here = world(async ({ person }) => {
  ann = await person("ann")
  await here.fill("lobby", 120)
})
const axe = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
const list = "#messages ol:not([hidden])"

for (const Browser of [Chromium, Firefox, WebKit])
  describe(Browser.name, { skip: Browser.isInstalled() ? false : `${Browser.name} is not installed (apt-get install ${Browser.packages})` }, () => {
    const me = Browser.name.toLowerCase()
    let browser

    before(async () => (browser = await Browser.start()))
    after(() => browser?.close())
    const claim = (title, check) => test(`${Browser.name}: ${title}`, bounded(title, check))
    const shows = (selector, text) => browser.until(([where, what]) => document.querySelector(where)?.textContent === what, [selector, text])
    const hears = (text) =>
      browser.until(([where, what]) => [...document.querySelectorAll(`${where} .message:not(.waiting) .bubble`)].some((x) => x.textContent === what), [list, text])
    const status = (state) => browser.until((x) => document.querySelector("#status").dataset.state === x, state)
    const focused = () => browser.evaluate(() => document.activeElement.id || document.activeElement.closest("[id]").id)
    const heard = () => browser.evaluate((where) => [...document.querySelectorAll(`${where} .message:not(.waiting) .bubble`)].map((x) => x.textContent), list)
    async function screenshot(name) {
      const folder = process.env.BENNU_SCREENSHOTS
      if (!folder) return
      await mkdir(folder, { recursive: true })
      await browser.screenshot(join(folder, `${me}-${name}.png`))
    }

    /** The problems of any weight that axe-core finds. */
    async function findings() {
      await browser.run(await axe)
      await browser.run("window.found = null; axe.run(document).then(({ violations }) => { window.found = violations.map((x) => x.id + ': ' + x.nodes.map((y) => y.target + ' ' + y.any.map((z) => z.message))) })")
      return browser.until(() => window.found && JSON.stringify(window.found))
    }

    claim("a user makes an account, and is shown as online to both", async () => {
      await browser.goto(here.server.address)
      await browser.until(() => document.activeElement.id === "name")
      await browser.type(me)
      await browser.press("Tab")
      await browser.type("correct horse battery")
      await screenshot("entrance")
      await browser.press("Enter")
      await status("connected")
      await ann.page.waitForFunction((x) => [...document.querySelectorAll("#people .label")].some((y) => y.firstChild.textContent === x), me)
      await browser.until(() => [...document.querySelectorAll("#people .label")].some((x) => x.firstChild.textContent === "ann"))
      await browser.evaluate(() => void (window.isTheSamePage = true))
    })

    claim("two users chat; typing and mentions are shown", async () => {
      await browser.until(() => document.activeElement.id === "body")
      await browser.type("good mor")
      await ann.shows("#typing", `${me} is typing…`)
      await browser.type("ning")
      await browser.press("Shift+Enter")
      await browser.type(`from ${me}`)
      await browser.press("Enter")
      await ann.hears(`good morning\nfrom ${me}`)
      await ann.say(`hello @${me}`)
      await hears(`hello @${me}`)
      await shows("#bell-count", "1")
    })

    claim("the history goes back to the first message, and what is read stays in place", async () => {
      const moved = await browser.evaluate((where) => {
        const node = document.querySelector(where)
        const line = node.querySelector(".message")
        node.scrollTop = 0
        window.read = { line, bottom: line.getBoundingClientRect().bottom }
        return node.querySelectorAll(".message").length
      }, list)
      await browser.until(([where, n]) => document.querySelectorAll(`${where} .message`).length > n, [list, moved])
      assert.ok(Math.abs(await browser.evaluate(() => read.line.getBoundingClientRect().bottom - read.bottom)) < 2)
      await browser.until((where) => {
        const node = document.querySelector(where)
        node.scrollTop = node.scrollTop === 0 ? 1 : 0
        return node.querySelector(".beginning")
      }, list)
      assert.ok((await heard()).includes("filler 0"))
      await browser.evaluate((where) => document.querySelector(where).focus(), list)
      await browser.press("End")
      await browser.until(() => document.querySelector("#latest").hidden)
      await hears(`hello @${me}`)
    })

    claim("a game is played with the arrow keys, and the focus stays on the board", async () => {
      await browser.evaluate(() => document.querySelector("#game-open").focus())
      await browser.press("Enter")
      await shows("#game-status", "Your turn.")
      assert.equal(await focused(), "game-close")
      await browser.press("Tab", "ArrowDown", "ArrowRight", "Enter")
      const marks = (n) => browser.until(([at, x]) => document.querySelectorAll("#board button")[at].textContent === x, n)
      await marks([4, "X"])
      await ann.page.click("#game-open")
      await ann.shows("#game-status", "Your turn.")
      await ann.page.locator("#board button").first().click()
      await marks([0, "O"])
      assert.equal(await browser.evaluate(() => document.activeElement.getAttribute("aria-label")), "Row 2, column 2: X")
      await browser.press("ArrowUp", "Enter")
      await marks([1, "X"])
      await screenshot("game")
      await browser.press("Escape")
      assert.equal(await focused(), "game-open")
      await ann.page.click("#game-close")
    })

    claim("the server is killed: the page says so, keeps the draft and the focus, and sends in order what was written meanwhile", async () => {
      await browser.evaluate(() => document.querySelector("#body").focus())
      await here.server.kill()
      await status("reconnecting")
      for (const text of ["one", "two", "three"]) {
        await browser.type(`${text} of ${me}`)
        await browser.press("Enter")
      }
      await browser.type(`a draft of ${me}`)
      await screenshot("reconnecting")
      await here.server.comeBack()
      await ann.hears(`three of ${me}`)
      await hears(`three of ${me}`)
      for (const all of [await heard(), await ann.messages()]) assert.deepEqual(all.filter((x) => /^(one|two|three) of/.test(x) && x.endsWith(me)), ["one", "two", "three"].map((x) => `${x} of ${me}`))
      assert.equal(await focused(), "body")
      assert.equal(await browser.evaluate(() => document.querySelector("#body").value), `a draft of ${me}`)
      await browser.press("Enter")
      await ann.hears(`a draft of ${me}`)
      assert.ok(await browser.evaluate(() => window.isTheSamePage), "no reload")
      assert.equal((await heard()).filter((x) => x === `good morning\nfrom ${me}`).length, 1, "what was there is there once")
    })

    claim("axe-core finds nothing, in the light and in the dark, and nothing is wider than a phone", async () => {
      assert.equal(await findings(), "[]")
      await screenshot("light")
      await browser.evaluate(() => document.querySelector("#theme").click())
      assert.equal(await findings(), "[]")
      await screenshot("dark")
      await browser.resize(phone.viewport.width, phone.viewport.height)
      assert.equal(await findings(), "[]")
      assert.equal(await browser.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
      await screenshot("phone")
      await browser.evaluate(() => document.querySelector("#menu").focus())
      await browser.press("Enter")
      await browser.until(() => document.activeElement.dataset.room === "lobby")
      await browser.until(() => document.getAnimations().length === 0)
      await screenshot("phone-rooms")
      await browser.press("Escape")
      assert.equal(await focused(), "menu")
    })
  })
