// The probe as a server under observation, a window with its observer, and clients that cost almost nothing.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { EventEmitter, once } from "node:events"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"

const program = process.env.BENNU_PROBE
if (!program) throw new Error("set BENNU_PROBE to the program bennu-probe (ctest does)")

/** The running servers. None outlives this process, however it ends. */
const children = new Set()
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")))

export class ObservedServer {
  static async start(options = [], { dev = true } = {}) {
    const server = new ObservedServer()
    server.folder = await mkdtemp(join(tmpdir(), "bennu-observed-"))
    server.options = [
      "--log-file",
      join(server.folder, "log"),
      "--observer",
      join(server.folder, "token"),
      ...(dev ? ["--dev"] : []),
      ...options,
    ]
    await server.launch(0)
    return server
  }

  /** Nodes a and b that connect to each other. */
  static async pair() {
    const insecure = ["--cluster-insecure", "--cluster-listen"]
    const first = `127.0.0.1:${20000 + (process.pid % 20000)}`
    const a = await ObservedServer.start(["--node", "a", ...insecure, first])
    return [a, await ObservedServer.start(["--node", "b", ...insecure, "127.0.0.1:0", "--peer", first])]
  }

  async launch(port) {
    this.child = spawn(program, ["--port", String(port), ...this.options], { stdio: ["ignore", "pipe", "inherit"] })
    const { child } = this
    children.add(child)
    this.ended = once(child, "exit").finally(() => children.delete(child))
    for await (const line of createInterface({ input: child.stdout })) {
      const ready = /^ready (\d+)$/.exec(line)
      if (ready) return (this.port = Number(ready[1]))
    }
    throw new Error("bennu-probe ended before it was ready")
  }

  get address() {
    return `http://127.0.0.1:${this.port}/`
  }

  async token() {
    return (await readFile(join(this.folder, "token"), "utf8")).trim()
  }

  async stop() {
    this.child.kill("SIGTERM")
    const limit = setTimeout(() => this.child.kill("SIGKILL"), 20_000)
    const [status] = await this.ended
    clearTimeout(limit)
    await rm(this.folder, { recursive: true })
    return status
  }
}

/** A WebSocket of Phoenix Channels on a bare TCP connection: ten thousand of them fit into one test. */
export class LightClient {
  static async connect(port, user) {
    const client = new LightClient()
    client.socket = connect(port, "127.0.0.1")
    client.socket.on("error", () => {})
    client.socket.write(
      `GET /socket/websocket?vsn=2.0.0&user_id=${user} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    )
    const [head] = await once(client.socket, "data")
    assert.match(String(head), /^HTTP\/1.1 101 /)
    return client
  }

  /** Sends a frame; resolves to the text of what comes next. REQUIRES: less than 64 KiB. */
  async send(message) {
    const text = Buffer.from(JSON.stringify(message))
    const short = text.length < 126
    const size = short ? [0x80 | text.length] : [0x80 | 126, text.length >> 8, text.length & 255]
    const head = Buffer.from([0x81, ...size, 0, 0, 0, 0]) // the mask is four zeros
    this.socket.write(Buffer.concat([head, text]))
    const [answer] = await once(this.socket, "data")
    return String(answer)
  }

  async join(topic, params = {}) {
    assert.match(await this.send(["1", "1", topic, "phx_join", params]), /"status":"ok"/)
    return this
  }

  close() {
    this.socket.destroy()
  }
}

/** A window with the observer of a server. */
export class ObserverWindow {
  /** Opens it with its token, unless another one is given. */
  static async open(browser, server, { token, path = "#/overview", ...options } = {}) {
    const window = new ObserverWindow()
    window.context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
    window.page = await window.context.newPage()
    window.page.setDefaultTimeout(15_000)
    Object.assign(window, { server, problems: [], sent: [], frames: new EventEmitter() })
    window.page.on("pageerror", (error) => window.problems.push(String(error)))
    window.page.on(
      "console",
      (line) => /Content.Security.Policy/i.test(line.text()) && window.problems.push(line.text()),
    )
    window.page.on("websocket", (socket) => {
      socket.on("framesent", ({ payload }) => {
        window.sent.push(JSON.parse(payload))
        window.frames.emit("sent")
      })
    })
    await window.page.goto(`${server.address}observer/#token=${token ?? (await server.token())}`)
    if (token) return window
    await window.page.waitForSelector(".tile strong")
    if (path !== "#/overview") await window.go(path)
    return window
  }

  async go(path) {
    await this.page.evaluate((x) => (location.hash = x), path)
    await this.page.waitForSelector(`.view-${path.slice(2).split("/")[0]}`)
  }

  /** Resolves when an element shows the text. */
  shows(selector, text) {
    return this.page.waitForFunction(
      ([where, what]) => [...document.querySelectorAll(where)].some((x) => x.textContent.includes(what)),
      [selector, text],
    )
  }

  /** Searches in the list, and opens the only row that is left; it contains the text. */
  async find(text) {
    await this.page.fill("input[type=search]", text)
    await this.page.waitForFunction((what) => {
      const rows = [...document.querySelectorAll("tbody tr")]
      return rows.length === 1 && rows[0].textContent.includes(what)
    }, text)
    await this.page.click("tbody button")
  }

  /** The item of the supervision tree with this path; opens what is on the way. */
  async item(...path) {
    for (let depth = 1; depth < path.length; ++depth) {
      const above = this.treeitem(path.slice(0, depth))
      if ((await above.getAttribute("aria-expanded")) === "false") await above.locator(".twisty").click()
    }
    const item = this.treeitem(path)
    await item.waitFor()
    return item
  }

  treeitem(path) {
    return this.page.locator(`[role=treeitem][data-path=${JSON.stringify(path.join(" / "))}]`)
  }

  close() {
    return this.context.close()
  }
}
