import { test, before, after } from "node:test"
import assert from "node:assert/strict"
import { startProbe } from "./probe.mjs"
import { answer, connect, disconnect, join, lost, next, rejoined, transports } from "./client.mjs"

let probe
before(async () => { probe = await startProbe() })
after(async () => assert.equal(await probe.stop(), 0, "the probe ends well"))

/** A claim about a connected client, over every transport. The client is closed in the end. */
function claim(title, check, params) {
  for (const [name, transport] of Object.entries(transports))
    test(`${title} (${name})`, { timeout: 20_000 }, async () => {
      const socket = connect(probe.port, params, { transport })
      try {
        await check(socket, name)
      } finally {
        await disconnect(socket)
      }
    })
}

/** The bytes of a binary payload: unchanged over a WebSocket, in base64 where only text can be sent. */
const bytesOf = payload =>
  [...(payload instanceof ArrayBuffer ? new Uint8Array(payload) : Buffer.from(payload.base64, "base64"))]

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

claim("a push without a reply times out", async socket => {
  const channel = await join(socket, "echo:a")
  assert.deepEqual((await answer(channel.push("silent", {}, 30)))[0], "timeout")
})

claim("a deferred reply arrives", async socket => {
  const channel = await join(socket, "echo:a")
  assert.deepEqual(await answer(channel.push("later", { ms: 20 })), ["ok", { ms: 20 }])
})

claim("a room announces who entered and passes messages on", async (socket, name) => {
  const channel = socket.channel("room:official", { user: "ann" })
  const entered = next(channel, "user_entered")
  const joined = next(channel, "joined")
  await answer(channel.join())
  assert.deepEqual(await entered, { user: "ann" })
  assert.deepEqual(await joined, { status: "connected", user_id: "u1" })
  const message = next(channel, "new_msg")
  assert.deepEqual(await answer(channel.push("new_msg", { body: "hi" })), ["ok", {}])
  assert.deepEqual(await message, { body: "hi", transport: name })
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

claim("the client rejoins a crashed channel by itself", async socket => {
  const channel = await join(socket, "echo:a", { x: 1 })
  const crashed = new Promise(resolve => channel.onError(resolve))
  const again = rejoined(channel)
  channel.push("crash", {})
  await crashed
  assert.deepEqual(await again, { x: 1 })
  assert.deepEqual(await answer(channel.push("echo", { y: 2 })), ["ok", { y: 2 }])
})

claim("binary payloads are pushed, replied and broadcast unchanged", async socket => {
  const channel = await join(socket, "room:official-binary", { user: "ann" })
  const pushed = next(channel, "binary_event")
  const [status, response] = await answer(channel.push("binary_event", new Uint8Array([9, 0, 255]).buffer))
  assert.equal(status, "ok")
  assert.deepEqual(bytesOf(response), [9, 0, 255, 3, 4])
  assert.deepEqual(bytesOf(await pushed), [0, 1])
  const echo = await join(socket, "echo:official-binary")
  const shout = next(echo, "shout")
  echo.push("shout", new Uint8Array([1, 2]).buffer)
  assert.deepEqual(bytesOf(await shout), [1, 2])
})

claim("a kicked client reconnects and rejoins by itself", async (socket, name) => {
  const channel = await join(socket, "echo:a")
  const kicker = connect(probe.port)
  const gone = lost(socket)
  const again = rejoined(channel)
  const kick = (await join(kicker, "echo:kicker")).push("kick", { user_id: "kicked" })
  assert.equal((await answer(kick))[0], "ok")
  assert.equal(await gone, name === "websocket" ? 1001 : 3410)
  await again
  assert.deepEqual(await answer(channel.push("echo", { x: 1 })), ["ok", { x: 1 }])
  await disconnect(kicker)
}, { user_id: "kicked" })

claim("a client that kicks itself receives the reply first", async (socket, name) => {
  const channel = await join(socket, "echo:a")
  const gone = lost(socket)
  assert.deepEqual(await answer(channel.push("kick", { user_id: "self" })), ["ok", {}])
  assert.equal(await gone, name === "websocket" ? 1001 : 3410)
}, { user_id: "self" })

// The client handles each message of a poll in a separate task, and drops the rest when the next poll says that the
// session is gone. Here the tasks run as late as in a busy page.
claim("a message just before a kick is received, however soon the kick follows", async (socket, name) => {
  const channel = await join(socket, "echo:a")
  const { setTimeout } = globalThis
  globalThis.setTimeout = (task, ms = 0, ...more) => setTimeout(task, Math.max(ms, 20), ...more)
  try {
    const gone = lost(socket)
    let heard = 0
    for (let n = 0; n < 20; ++n) channel.push("echo", { n }).receive("ok", () => ++heard)
    channel.push("kick", { user_id: "last" }).receive("ok", () => ++heard)
    assert.equal(await gone, name === "websocket" ? 1001 : 3410)
    assert.equal(heard, 21)
  } finally {
    globalThis.setTimeout = setTimeout
  }
}, { user_id: "last" })

claim("another client in the same topic receives everything in order", async socket => {
  const listening = connect(probe.port)
  const speaker = await join(socket, "bench:order")
  const listener = await join(listening, "bench:order")
  const heard = []
  const all = new Promise(resolve => listener.on("msg", ({ n }) => heard.push(n) === 250 && resolve()))
  for (let n = 0; n < 250; ++n) speaker.push("pub", { n })
  await all
  assert.deepEqual(heard, [...Array(250).keys()])
  await disconnect(listening)
})

claim("a client receives the messages of others in order, whether it polls at that moment or not", async socket => {
  const speaking = connect(probe.port)
  const speaker = await join(speaking, "bench:heard")
  const listener = await join(socket, "bench:heard")
  const heard = []
  const all = new Promise(resolve => listener.on("msg", ({ n }) => heard.push(n) === 250 && resolve()))
  for (let n = 0; n < 250; ++n) speaker.push("pub", { n })
  await all
  assert.deepEqual(heard, [...Array(250).keys()])
  await disconnect(speaking)
})

/** Everything that the client receives under this topic, as `[event, payload]`. */
function heardUnder(socket, topic) {
  const heard = []
  socket.onMessage(message => message.topic === topic && heard.push([message.event, message.payload]))
  return heard
}

claim("a client receives the broadcasts of a topic to which its channel has subscribed it, until it leaves", async (socket, name) => {
  const feed = `feed:official-${name}`
  const heard = heardUnder(socket, feed)
  const reader = await join(socket, "echo:reader")
  const writer = await join(socket, "echo:writer")
  const publish = n => answer(writer.push("publish", { topic: feed, event: "item", payload: { n } }))
  assert.deepEqual(await answer(reader.push("subscribe", { topic: feed })), ["ok", {}])
  await publish(1)
  await answer(writer.push("echo", {})) // what was sent before has arrived
  assert.deepEqual(heard, [["item", { n: 1 }]])
  await answer(reader.leave())
  await publish(2)
  await answer(writer.push("echo", {}))
  assert.deepEqual(heard, [["item", { n: 1 }]])
})

claim("a push under another topic reaches the client's channel of that topic, also after a rejoin", async socket => {
  const sender = await join(socket, "echo:sender")
  const tell = n => sender.push("push_to", { topic: "echo:receiver", event: "told", payload: { n } })
  for (const n of [1, 2]) {
    const receiver = await join(socket, "echo:receiver")
    const told = next(receiver, "told")
    tell(n)
    assert.deepEqual(await told, { n })
    await answer(receiver.leave())
  }
})
