import { test, before, after } from "node:test"
import assert from "node:assert/strict"
import { startProbe } from "./probe.mjs"
import { answer, closed, connect, disconnect, join, next, opened } from "./client.mjs"

let probe
before(async () => { probe = await startProbe() })
after(async () => assert.equal(await probe.stop(), 0, "the probe ends well"))

/** A claim about a connected client; the client is closed at the end. */
const claim = (title, check, params) => test(title, { timeout: 20_000 }, async () => {
  const socket = connect(probe.port, params)
  try {
    await check(socket)
  } finally {
    await disconnect(socket)
  }
})

claim("a join is answered with the channel's response", async socket => {
  const channel = socket.channel("echo:a", { x: 1 })
  assert.deepEqual(await answer(channel.join()), ["ok", { x: 1 }])
})

claim("a refused join is an error with its reason", async socket => {
  const channel = socket.channel("echo:deny")
  assert.deepEqual(await answer(channel.join()), ["error", { reason: "unauthorized" }])
  channel.leave()
})

claim("a push is answered ok or error", async socket => {
  const channel = await join(socket, "echo:a")
  assert.deepEqual(await answer(channel.push("echo", { x: 1 })), ["ok", { x: 1 }])
  assert.deepEqual(await answer(channel.push("error", { x: 2 })), ["error", { x: 2 }])
})

claim("a push that nobody answers times out", async socket => {
  const channel = await join(socket, "echo:a")
  assert.deepEqual((await answer(channel.push("silent", {}, 30)))[0], "timeout")
})

claim("a deferred reply arrives", async socket => {
  const channel = await join(socket, "echo:a")
  assert.deepEqual(await answer(channel.push("later", { ms: 20 })), ["ok", { ms: 20 }])
})

claim("a room tells who entered, and passes messages on", async socket => {
  const channel = socket.channel("room:official", { user: "ann" })
  const entered = next(channel, "user_entered")
  const joined = next(channel, "joined")
  await answer(channel.join())
  assert.deepEqual(await entered, { user: "ann" })
  assert.deepEqual(await joined, { status: "connected", user_id: "u1" })
  const message = next(channel, "new_msg")
  assert.deepEqual(await answer(channel.push("new_msg", { body: "hi" })), ["ok", {}])
  assert.deepEqual(await message, { body: "hi", transport: "websocket" })
}, { user_id: "u1" })

claim("a leave is answered and closes the channel", async socket => {
  const channel = await join(socket, "echo:a")
  const closes = new Promise(resolve => channel.onClose(resolve))
  assert.equal((await answer(channel.leave()))[0], "ok")
  await closes
  assert.equal(channel.state, "closed")
})

claim("a channel that stops is closed", async socket => {
  const channel = await join(socket, "echo:a")
  const closes = new Promise(resolve => channel.onClose(resolve))
  channel.push("stop", {})
  await closes
})

claim("a channel that crashed is joined again by the client itself", async socket => {
  const channel = await join(socket, "echo:a", { x: 1 })
  const crashed = new Promise(resolve => channel.onError(resolve))
  const rejoined = new Promise(resolve => channel.joinPush.receive("ok", resolve))
  channel.push("crash", {})
  await crashed
  assert.deepEqual(await rejoined, { x: 1 })
  assert.deepEqual(await answer(channel.push("echo", { y: 2 })), ["ok", { y: 2 }])
})

claim("a kicked client reconnects and rejoins by itself", async socket => {
  const channel = await join(socket, "echo:a")
  const kicker = connect(probe.port)
  const gone = closed(socket)
  const rejoined = new Promise(resolve => channel.joinPush.receive("ok", resolve))
  const kick = (await join(kicker, "echo:kicker")).push("kick", { user_id: "kicked" })
  assert.equal((await answer(kick))[0], "ok")
  assert.equal((await gone).code, 1001)
  await rejoined
  assert.deepEqual(await answer(channel.push("echo", { x: 1 })), ["ok", { x: 1 }])
  await disconnect(kicker)
}, { user_id: "kicked" })

test("heartbeats keep a connection alive and are answered", { timeout: 20_000 }, async () => {
  const socket = connect(probe.port, {}, { heartbeatIntervalMs: 10 })
  const answered = new Promise(resolve => socket.onMessage(message => {
    if (message.topic === "phoenix" && message.event === "phx_reply") resolve(message.payload.status)
  }))
  assert.equal(await answered, "ok")
  await disconnect(socket)
})

test("two clients in one topic hear each other in order", { timeout: 20_000 }, async () => {
  const [ann, bob] = [connect(probe.port), connect(probe.port)]
  const speaker = await join(ann, "bench:order")
  const listener = await join(bob, "bench:order")
  const heard = []
  const all = new Promise(resolve => listener.on("msg", ({ n }) => heard.push(n) === 100 && resolve()))
  for (let n = 0; n < 100; ++n) speaker.push("pub", { n })
  await all
  assert.deepEqual(heard, [...Array(100).keys()])
  await Promise.all([disconnect(ann), disconnect(bob)])
})

test("after a restart of the server clients reconnect and rejoin by themselves", { timeout: 30_000 }, async () => {
  const first = await startProbe()
  const socket = connect(first.port)
  const channel = await join(socket, "echo:a", { x: 1 })
  const gone = closed(socket)
  assert.equal(await first.stop(), 0)
  await gone
  const back = opened(socket)
  const rejoined = new Promise(resolve => channel.joinPush.receive("ok", resolve))
  const second = await startProbe(first.port)
  await back
  assert.deepEqual(await rejoined, { x: 1 })
  await disconnect(socket)
  assert.equal(await second.stop(), 0)
})
