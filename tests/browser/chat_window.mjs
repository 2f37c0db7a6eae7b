// One person in one browser window with separate storage.
import { EventEmitter, once } from "node:events"
import { mkdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const script = join(dirname(fileURLToPath(import.meta.url)), "in_page.js")
const room = "#messages ol:not([hidden])"
const settled = `${room} .message:not(.waiting):not(.failed) .bubble`

export const phone = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }

export class ChatWindow {
  static async open(browser, address, options = {}) {
    return ChatWindow.in(await browser.newContext({ viewport: { width: 1180, height: 760 }, ...options }), address)
  }

  /** Another tab of the same browser, with the same user. */
  tab() {
    return ChatWindow.in(this.context, this.page.url())
  }

  static async in(context, address) {
    const window = new ChatWindow()
    window.context = context
    window.page = await context.newPage()
    window.page.setDefaultTimeout(15_000)
    window.page.setDefaultNavigationTimeout(60_000) // for the first page of a cold browser on a busy machine
    await window.page.addInitScript({ path: script })
    window.listen()
    await window.page.goto(address)
    return window
  }

  // Records what the server sends, and what must never happen.
  listen() {
    this.frames = []
    this.arrivals = new EventEmitter()
    this.requests = []
    this.problems = []
    this.page.on("request", (request) => this.requests.push(new URL(request.url()).pathname))
    const arrives = (frame) => {
      this.frames.push(frame)
      this.arrivals.emit("frame")
    }
    this.page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => arrives(String(payload))))
    // A page that finds no network for a few seconds, also while it sleeps, may come back by long polling.
    this.page.on("response", async (response) => {
      if (response.request().method() !== "GET" || !new URL(response.url()).pathname.endsWith("/longpoll")) return
      const body = await response.json().catch(() => null) // the page is gone, or has given up the request
      for (const message of body?.messages ?? []) arrives(typeof message === "string" ? message : JSON.stringify(message))
    })
    this.page.on("pageerror", (error) => this.problems.push(String(error)))
    this.page.on("console", (line) => /Content.Security.Policy/i.test(line.text()) && this.problems.push(line.text()))
    this.page.on("dialog", (dialog) => {
      this.problems.push(`dialog: ${dialog.message()}`)
      dialog.dismiss()
    })
  }

  async signUp(name) {
    await this.page.fill("#name", name)
    await this.page.fill("#password", "correct horse battery")
    await this.page.click("text=Create account")
    await this.joined()
  }

  /** Resolves when the room shows its history. */
  async joined() {
    await this.status("connected")
    await this.page.waitForSelector(`${room} .empty, ${room} .message`)
  }

  /** Resolves to the text of the connection status as soon as it is `state`. */
  async status(state) {
    await this.page.waitForSelector(`#status[data-state="${state}"]`)
    return this.page.textContent("#status-text")
  }

  /** Opens a room in the list. */
  async open(id) {
    await this.page.click(`#rooms button[data-room="${id}"]`)
    await this.joined()
  }

  async makeRoom(name, { members = "", isPrivate = false } = {}) {
    await this.page.click("#new-room-open")
    await this.page.fill("#new-room-name", name)
    await this.page.fill("#new-room-members", members)
    if (isPrivate) await this.page.check("#new-room-private")
    await this.page.click("text=Create room")
  }

  /** Resolves when these people are shown as online, in this order. */
  seesOnline(names) {
    return this.page.waitForFunction(
      (x) => [...document.querySelectorAll('#people li[data-state="online"] .label')].map((y) => y.firstChild.textContent).join() === x,
      names.join(),
    )
  }

  /** Resolves when the badge of a room shows `text`. */
  unread(id, text) {
    return this.shows(`#rooms button[data-room="${id}"] .badge`, text)
  }

  /** The events of this name that the server has sent, oldest first. */
  told(event) {
    return this.frames.map((x) => JSON.parse(x)).filter((x) => x[3] === event).map((x) => x[4])
  }

  /** The answers to joins of a topic, oldest first. */
  joins(topic) {
    const all = this.frames.map((x) => JSON.parse(x))
    return all.filter((x) => x[0] !== null && x[0] === x[1] && x[2] === topic && x[3] === "phx_reply").map((x) => x[4])
  }

  /** Those after the first `known`. Resolves when there is one, because the test learns of frames later than the page. */
  async laterJoins(topic, known) {
    while (this.joins(topic).length <= known) await once(this.arrivals, "frame")
    return this.joins(topic).slice(known)
  }

  async type(text) {
    await this.page.focus("#body")
    await this.page.keyboard.insertText(text)
  }

  /** Types and sends a text. Resolves to the time of sending. */
  async say(text) {
    await this.type(text)
    const moment = Date.now()
    await this.page.keyboard.press("Enter")
    return moment
  }

  /** Resolves to the time at which the message was shown in this window, neither pending nor failed. */
  async hears(text) {
    const moment = await this.page.waitForFunction((x) => bennu.seen.get(x), text)
    return moment.jsonValue()
  }

  /** The texts of the messages that are neither pending nor failed. */
  messages() {
    return this.page.$$eval(settled, (all) => all.map((x) => x.textContent))
  }

  /** Resolves when an element shows `text`. */
  shows(selector, text) {
    return this.page.waitForFunction(([where, what]) => document.querySelector(where)?.textContent === what, [selector, text])
  }

  /** Pushes an event without the page noticing. Resolves to the reply. */
  push(topic, event, body = {}) {
    return this.page.evaluate((x) => bennu.push(...x), [topic, event, body])
  }

  /** Saves a screenshot in the folder BENNU_SCREENSHOTS, if that is set. */
  async screenshot(name) {
    const folder = process.env.BENNU_SCREENSHOTS
    if (!folder) return
    await mkdir(folder, { recursive: true })
    await this.page.screenshot({ path: join(folder, `${name}.png`) })
  }

  close() {
    return this.context.close()
  }
}
