// Drives Debian's Firefox and WebKitGTK by the commands of W3C WebDriver, as Playwright drives Chromium: Firefox understands them by its
// own protocol, Marionette (a length, a colon, and JSON on TCP), WebKit through WebKitWebDriver over HTTP.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as pause } from "node:timers/promises"

const children = new Set()
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")))

function run(program, args, options) {
  const child = spawn(program, args, options)
  children.add(child)
  child.once("exit", () => children.delete(child))
  return child
}

async function end(child, signal = "SIGTERM") {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, "exit")
}

const keys = { Enter: "\uE007", Tab: "\uE004", Escape: "\uE00C", ArrowLeft: "\uE012", ArrowUp: "\uE013", ArrowRight: "\uE014", ArrowDown: "\uE015", End: "\uE010", Home: "\uE011", Shift: "\uE008" }

/** What both have. `send(name, path, body)` sends a command: by its name to Marionette, by its path over HTTP. */
class Browser {
  goto(url) {
    return this.send("WebDriver:Navigate", "POST url", { url })
  }

  /** Runs a function in the page. Resolves to what it returns. */
  async evaluate(f, argument) {
    const script = `return (${f})(arguments[0])`
    return this.send("WebDriver:ExecuteScript", "POST execute/sync", { script, args: argument === undefined ? [] : [argument] })
  }

  run(script) {
    return this.send("WebDriver:ExecuteScript", "POST execute/sync", { script, args: [] })
  }

  /** Resolves to what the function returns in the page, as soon as that is true. */
  async until(f, argument) {
    const script = `const done = arguments[1], look = () => { const x = (${f})(arguments[0]); x ? done(x) : setTimeout(look, 20) }; look()`
    try {
      return await this.send("WebDriver:ExecuteAsyncScript", "POST execute/async", { script, args: [argument ?? null], scriptTimeout: 20_000 })
    } catch (error) {
      throw new Error(`${f} with ${JSON.stringify(argument)}: ${error.message}`)
    }
  }

  /** Presses keys one after another: names as `Enter`, and others as letters. */
  async press(...names) {
    const actions = names.flatMap((name) => {
      const all = name.split("+").map((x) => keys[x] ?? x)
      return [...all.map((value) => ({ type: "keyDown", value })), ...all.reverse().map((value) => ({ type: "keyUp", value }))]
    })
    await this.send("WebDriver:PerformActions", "POST actions", { actions: [{ type: "key", id: "keys", actions }] })
  }

  type(text) {
    return this.press(...text)
  }

  async resize(width, height) {
    await this.send("WebDriver:SetWindowRect", "POST window/rect", { width, height })
  }

  async screenshot(path) {
    const image = await this.send("WebDriver:TakeScreenshot", "GET screenshot", { full: false })
    await writeFile(path, Buffer.from(image, "base64"))
  }
}

export class Firefox extends Browser {
  static isInstalled = () => existsSync("/usr/bin/firefox-esr")
  static packages = "firefox-esr"

  static async start() {
    const browser = new Firefox()
    browser.profile = await mkdtemp(join(tmpdir(), "bennu-firefox-"))
    await writeFile(join(browser.profile, "user.js"), 'user_pref("marionette.port", 0);\nuser_pref("dom.disable_open_during_load", false);\n')
    const options = { stdio: "ignore", env: { ...process.env, HOME: browser.profile, MOZ_HEADLESS: "1", MOZ_HEADLESS_WIDTH: "1180", MOZ_HEADLESS_HEIGHT: "840" } }
    browser.child = run("/usr/bin/firefox-esr", ["--headless", "--no-remote", "--marionette", "--profile", browser.profile], options)
    // Firefox chooses a port and writes it down; nothing announces that.
    const port = async () => Number(await readFile(join(browser.profile, "MarionetteActivePort"), "utf8").catch(() => 0))
    while (!(browser.port = await port())) {
      if (browser.child.exitCode !== null) throw new Error(`Firefox ended with ${browser.child.exitCode}`)
      await pause(50)
    }
    await browser.connect()
    await browser.send("WebDriver:NewSession", "", {})
    return browser
  }

  async connect() {
    this.socket = connect(this.port, "127.0.0.1")
    this.waiting = new Map()
    this.next = 0
    let input = Buffer.alloc(0)
    this.socket.on("data", (part) => {
      input = Buffer.concat([input, part])
      for (let at; (at = input.indexOf(":")) > 0; ) {
        const size = Number(input.subarray(0, at))
        if (input.length < at + 1 + size) return
        this.take(JSON.parse(input.subarray(at + 1, at + 1 + size)))
        input = input.subarray(at + 1 + size)
      }
    })
    await new Promise((hello) => this.waiting.set("hello", hello))
  }

  take(message) {
    if (!Array.isArray(message)) return this.waiting.get("hello")()
    const [, id, error, result] = message
    const { resolve, reject } = this.waiting.get(id)
    this.waiting.delete(id)
    error ? reject(new Error(`${error.error}: ${error.message}`)) : resolve(result && "value" in result ? result.value : result)
  }

  send(name, _path, body) {
    const id = ++this.next
    const text = JSON.stringify([0, id, name, body])
    this.socket.write(`${Buffer.byteLength(text)}:${text}`)
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }))
  }

  async close() {
    this.socket.destroy()
    await end(this.child)
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

const miniBrowser = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser".replace("x86_64", process.arch === "arm64" ? "aarch64" : "x86_64")

export class WebKit extends Browser {
  static isInstalled = () => [miniBrowser, "/usr/bin/WebKitWebDriver", "/usr/bin/Xvfb"].every((x) => existsSync(x))
  static packages = "webkit2gtk-driver xvfb"

  static async start() {
    const browser = new WebKit()
    browser.home = await mkdtemp(join(tmpdir(), "bennu-webkit-"))
    browser.screen = run("Xvfb", ["-displayfd", "1", "-screen", "0", "1300x1000x24", "-nolisten", "tcp"], { stdio: ["ignore", "pipe", "ignore"] })
    const [display] = await once(createInterface({ input: browser.screen.stdout }), "line")
    const env = { ...process.env, DISPLAY: `:${display}`, HOME: browser.home, XDG_RUNTIME_DIR: browser.home, GDK_BACKEND: "x11", NO_AT_BRIDGE: "1", LIBGL_ALWAYS_SOFTWARE: "1" }
    browser.port = 20000 + (process.pid % 20000)
    browser.driver = run("/usr/bin/WebKitWebDriver", [`--port=${browser.port}`], { stdio: "ignore", env })
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": { binary: miniBrowser, args: ["--automation"] } } }
    // The driver says nothing when it listens.
    for (;;) {
      const answer = await browser.http("POST", "session", { capabilities }).catch((error) => ({ error }))
      if (answer.sessionId) return Object.assign(browser, { session: answer.sessionId })
      if (answer.error.cause?.code !== "ECONNREFUSED" || browser.driver.exitCode !== null) throw answer.error
      await pause(50)
    }
  }

  async http(method, path, body) {
    const answer = await fetch(`http://127.0.0.1:${this.port}/${path}`, { method, body: method === "POST" ? JSON.stringify(body) : undefined })
    const { value } = await answer.json()
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`)
    return value
  }

  send(_name, line, body) {
    const [method, path] = line.split(" ")
    return this.http(method, `session/${this.session}/${path}`, body)
  }

  async close() {
    await this.http("DELETE", `session/${this.session}`).catch(() => {})
    await end(this.driver)
    await end(this.screen)
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 })
  }
}
