// The JavaScript of README and guides, as it stands there, with the unmodified client: against the room of the README,
// the application of the article, the probe (with its topics and events in place of the guide's), or against a transport that answers by a script.
import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join as join_path } from "node:path"
import { test } from "node:test"
import { Presence, Socket } from "phoenix"
import WebSocket from "ws"
import { answer, connect, disconnect, join } from "./client.mjs"
import { startProbe, startProgram } from "./probe.mjs"

const read = name => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8")
const scripts = name => [...read(name).matchAll(/```js\n(.*?)```/gs)].map(x => x[1])

/** Runs a script of a guide with these names, and returns what it has called `result`. */
const run = (script, names, result) =>
  new Function(...Object.keys(names), `${script}\nreturn ${result}`)(...Object.values(names))

/** Replaces a part of a script, which must be there. */
function changed(script, ...pairs) {
  for (const [old, put] of pairs) {
    assert.ok(script.includes(old), `the guide still has ${old}`)
    script = script.replaceAll(old, put)
  }
  return script
}

test("every script of README and guides is run here", () => {
  const found = ["README.md", "channels", "from-phoenix", "history", "presence", "sockets", "traces"].map(x => x.endsWith(".md") ? x : `apps/guide/${x}.md`)
  for (const name of found) assert.equal(scripts(name).length, 1, name)
  const index = [...read("apps/guide/README.md").matchAll(/\]\(([\w-]+\.md)\)/g)].map(x => `apps/guide/${x[1]}`)
  assert.deepEqual(index.filter(x => scripts(x).length > 0 && !found.includes(x)), [])
})

test("README: the client talks in the room", { timeout: 20_000 }, async t => {
  const program = process.env.BENNU_README_ROOM
  if (!program) return t.skip("set BENNU_README_ROOM to the program bennu-readme-room (ctest does)")
  const server = await startProgram(program)
  let log
  const heard = new Promise(resolve => { log = (...line) => resolve(line) })
  class Client extends Socket {
    constructor(address) { super(address, { transport: WebSocket }) }
  }
  const [script] = scripts("README.md")
  const socket = run(changed(script, ["127.0.0.1:4000", `127.0.0.1:${server.port}`]),
    { Socket: Client, console: { log } }, "socket")
  assert.deepEqual(await heard, ["ann", "hello"])
  await disconnect(socket)
  assert.equal(await server.stop(), 0)
})

test("history: the client of the guide fetches once, and misses nothing afterwards", { timeout: 20_000 }, async () => {
  const probe = await startProbe()
  const [away, there] = [connect(probe.port), connect(probe.port)]
  const shown = [], waiting = []
  const show = ({ n }) => { shown.push(n); waiting.splice(0).forEach(look => look()) }
  const until = async holds => { while (!holds()) await new Promise(resolve => waiting.push(resolve)) }
  let fetched = 0
  const fetchEverything = async () => { fetched += 1 }
  const [script] = scripts("apps/guide/history.md")
  const channel = run(changed(script, ['"news:sports"', '"log:guide"'], ['"item"', '"msg"']), { socket: away, show, fetchEverything }, "channel")
  await answer(channel.joinPush)
  const writer = await join(there, "log:guide")
  await answer(writer.push("pub", { n: 1 }))
  await until(() => shown.length === 1)
  await disconnect(away)
  for (const n of [2, 3]) await answer(writer.push("pub", { n }))
  away.connect()
  await until(() => shown.length >= 3)
  assert.deepEqual([shown, fetched], [[1, 2, 3], 1])
  await disconnect(away)
  await disconnect(there)
  assert.equal(await probe.stop(), 0)
})

test("presence: the client of the guide draws who is here", { timeout: 20_000 }, async () => {
  const probe = await startProbe()
  const socket = connect(probe.port)
  const channel = socket.channel("presence:guide", { key: "ann", meta: { hand: "down" } })
  const [script] = scripts("apps/guide/presence.md")
  const drawn = new Promise(resolve => run(changed(script, ['import {Presence} from "phoenix"\n', ""]), { Presence, channel, draw: resolve }, "presence"))
  await answer(channel.join())
  assert.deepEqual(await drawn, [{ name: "ann", hand: "down", tabs: 1 }])
  await disconnect(socket)
  assert.equal(await probe.stop(), 0)
})

test("from Phoenix: two clients of the article talk in its application", { timeout: 20_000 }, async t => {
  const program = process.env.BENNU_ARTICLE
  if (!program) return t.skip("set BENNU_ARTICLE to the program bennu-guide-article (ctest does)")
  const folder = mkdtempSync(join_path(tmpdir(), "article-"))
  const server = await startProgram(program, 0, "--secret-file", join_path(folder, "my_app.secret"))
  class Client extends Socket {
    constructor(path, options) { super(`ws://127.0.0.1:${server.port}${path}`, { transport: WebSocket, ...options }) }
  }
  const [script] = scripts("apps/guide/from-phoenix.md")
  /** What the page of a user was told to show, in order, and what it can send. */
  async function page(user, roomId = "tea") {
    const shown = [], waiting = []
    const show = what => (...x) => { shown.push([what, ...x]); waiting.splice(0).forEach(look => look()) }
    const token = await (await fetch(`http://127.0.0.1:${server.port}/sign-in`, { method: "POST", body: user })).text()
    const names = { Socket: Client, Presence, token, roomId }
    for (const name of ["showConnectionStatus", "displayMessage", "showNotification", "showTypingIndicator", "updateUserList", "clearInput", "showError"])
      names[name] = show(name)
    const can = run(script, names, "{ socket, sendMessage, sendTyping }")
    /** Waits until it has shown something for which this holds, and returns it. */
    const sees = async holds => {
      while (!shown.some(holds)) await new Promise(resolve => waiting.push(resolve))
      return shown.find(holds)
    }
    await sees(([what]) => what === "updateUserList" || what === "showNotification")
    return { ...can, shown, sees }
  }
  const [ann, bob] = [await page("1"), await page("2")]
  await ann.sees(([what, text]) => what === "showNotification" && text === "Bob joined")
  await ann.sees(([what, users]) => what === "updateUserList" && Presence.list(users).length === 2)
  ann.sendMessage(" hello ")
  const [, message] = await bob.sees(([what]) => what === "displayMessage")
  assert.deepEqual([message.body, message.user], ["hello", { id: 1, name: "Ann" }])
  assert.ok(Math.abs(new Date(message.timestamp) - Date.now()) < 60_000, "the time is one that a page can show")
  await ann.sees(([what, answer]) => what === "clearInput" && answer.id === message.id)
  ann.sendMessage("")
  await ann.sees(([what, answer]) => what === "showError" && answer.errors.body)
  ann.sendTyping(true)
  await bob.sees(([what, user, typing]) => what === "showTypingIndicator" && user === 1 && typing)
  await disconnect(ann.socket)
  await bob.sees(([what, text]) => what === "showNotification" && text === "User left")
  const late = await page("1")
  await late.sees(([what, { body } = {}]) => what === "displayMessage" && body === "hello")
  const stranger = await page("1", "office")
  assert.deepEqual(stranger.shown.filter(([what]) => what === "showNotification"), [["showNotification", "unauthorized"]])
  for (const one of [bob, late, stranger]) await disconnect(one.socket)
  assert.equal(await server.stop(), 0)
  rmSync(folder, { recursive: true })
})

/** A transport that answers each message with what `reply(topic, event, payload)` returns. */
const scripted = (reply, opened = () => {}) => class {
  constructor(address, protocols) {
    opened({ address, protocols })
    this.readyState = 0
    setImmediate(() => { this.readyState = 1; this.onopen() })
  }

  send(text) {
    const [joinRef, ref, topic, event, payload] = JSON.parse(text)
    const [status, response] = reply(topic, event, payload)
    setImmediate(() => this.onmessage({ data: JSON.stringify([joinRef, ref, topic, "phx_reply", { status, response }]) }))
  }

  close() { this.readyState = 3; this.onclose?.({ code: 1000 }) }
}

test("channels: the client of the guide sends what the C++ beside it handles, and shows the answers", { timeout: 20_000 }, async () => {
  const guide = read("apps/guide/channels.md"), sent = [], drawn = []
  const socket = new Socket("ws://poll/socket", { transport: scripted((topic, event, payload) => {
    sent.push([topic, event, payload])
    return event === "phx_join" ? ["ok", { votes: { soup: 1 } }] : ["error", { reason: "you have voted" }]
  }) })
  socket.connect()
  const alerted = new Promise(alert => run(scripts("apps/guide/channels.md")[0], { socket, draw: x => drawn.push(x), alert }, "poll"))
  assert.equal(await alerted, "you have voted")
  assert.deepEqual(sent, [["poll:lunch", "phx_join", { voter: "ann" }], ["poll:lunch", "vote", { choice: "soup" }]])
  assert.deepEqual(drawn, [{ soup: 1 }])
  for (const part of ['{"vote", ', 'broadcast("votes"', 'bennu::reply::error({{"reason", "you have voted"}})', 'accept{{{"votes"', 'params["voter"]'])
    assert.ok(guide.includes(part), `the C++ of the guide has ${part}`)
  await disconnect(socket)
})

test("sockets: the client of the guide sends its token in a header", { timeout: 20_000 }, async () => {
  let told
  const opened = new Promise(resolve => { told = resolve })
  class Client extends Socket {
    constructor(path, options) { super(`ws://shop${path}`, { transport: scripted(() => ["ok", {}], told), ...options }) }
  }
  const socket = run(scripts("apps/guide/sockets.md")[0], { Socket: Client, token: "secret" }, "socket")
  socket.connect()
  const { address, protocols } = await opened
  assert.ok(!address.includes("secret") && !address.includes("token"), address)
  assert.ok(protocols.some(x => Buffer.from(x.split(".").at(-1), "base64").toString() === "secret"), String(protocols))
  await disconnect(socket)
})

test("traces: the client of the guide sends a context with its connect, and one with a message", { timeout: 20_000 }, async () => {
  const probe = await startProbe()
  const there = connect(probe.port)
  const channel = await join(there, "echo:guide")
  class Client extends Socket {
    constructor(address, options) { super(address, { transport: WebSocket, ...options }) }
  }
  const sent = []
  const context = () => `00-${"a".repeat(32)}-${"b".repeat(16)}-01`
  const [script] = scripts("apps/guide/traces.md")
  const socket = run(changed(script, ['"/socket"', `"ws://127.0.0.1:${probe.port}/socket"`], ['"new_msg"', '"echo"']),
    { Socket: Client, context, channel: { push: (...message) => sent.push(channel.push(...message)) } }, "socket")
  socket.connect()
  await answer((await join(socket, "echo:guide")).push("echo", {}))
  assert.equal(new URL(socket.conn.url).searchParams.get("traceparent"), context())
  assert.deepEqual(await answer(sent[0]), ["ok", { body: "hi", _traceparent: context() }])
  await disconnect(socket)
  await disconnect(there)
  assert.equal(await probe.stop(), 0)
})
