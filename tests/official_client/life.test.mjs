// The client survives servers that end, freeze, or cannot be reached with WebSocket.
import { test } from "node:test"
import assert from "node:assert/strict"
import { startProbe } from "./probe.mjs"
import { answer, connect, disconnect, join, lost, opened, rejoined, transports } from "./client.mjs"

/** A claim about a client and a separate server, over every transport. */
function claim(title, check) {
  for (const [name, transport] of Object.entries(transports))
    test(`${title} (${name})`, { timeout: 30_000 }, async () => {
      const probe = await startProbe()
      const socket = connect(probe.port, {}, { transport })
      let last
      try {
        last = await check(socket, probe, name)
      } finally {
        await disconnect(socket)
        if (!last) await probe.kill()
      }
      assert.equal(await last.stop(), 0, "the probe ends well")
    })
}

claim("after a drain the client reconnects and rejoins by itself", async (socket, first, name) => {
  const channel = await join(socket, "echo:a", { x: 1 })
  const gone = lost(socket)
  const again = rejoined(channel)
  assert.equal(await first.stop(), 0)
  // A poll of a session that has ended meets a server that accepts no client.
  assert.ok((name === "websocket" ? [1012] : [3410, 1011]).includes(await gone))
  const second = await startProbe(first.port)
  assert.deepEqual(await again, { x: 1 })
  assert.deepEqual(await answer(channel.push("echo", { y: 2 })), ["ok", { y: 2 }])
  return second
})

claim("after a killed server comes back the client reconnects and rejoins by itself", async (socket, first) => {
  const channel = await join(socket, "echo:a", { x: 1 })
  const gone = lost(socket)
  const again = rejoined(channel)
  await first.kill()
  await gone
  const second = await startProbe(first.port)
  assert.deepEqual(await again, { x: 1 })
  assert.deepEqual(await answer(channel.push("echo", { y: 2 })), ["ok", { y: 2 }])
  return second
})

test("heartbeats are answered", { timeout: 20_000 }, async () => {
  const probe = await startProbe()
  const socket = connect(probe.port, {}, { heartbeatIntervalMs: 10 })
  await new Promise(resolve => socket.onMessage(message => {
    if (message.topic === "phoenix" && message.event === "phx_reply" && message.payload.status === "ok") resolve()
  }))
  await disconnect(socket)
  assert.equal(await probe.stop(), 0)
})

// Over long polling the client sends no heartbeats; a poll without an answer in time has the same meaning.
for (const [name, transport] of Object.entries(transports))
  test(`a server that answers no heartbeat, or no poll, is left, and joined again when it does (${name})`, { timeout: 30_000 },
    async () => {
      const probe = await startProbe()
      const socket = connect(probe.port, {}, { transport, heartbeatIntervalMs: 200, longpollerTimeout: 1_000 })
      const channel = await join(socket, "echo:a", { x: 1 })
      const gone = new Promise(resolve => channel.onError(resolve))
      probe.freeze()
      await gone
      const again = rejoined(channel)
      probe.thaw()
      assert.deepEqual(await again, { x: 1 })
      await disconnect(socket)
      assert.equal(await probe.stop(), 0)
    })

/** A WebSocket whose proxy drops everything: it neither opens nor fails. */
class Swallowed {
  close() {}
  send() { throw new Error("it never opened") }
}

/** A WebSocket that the proxy refuses. */
class Refused {
  constructor() { setTimeout(() => this.onerror?.("refused"), 0) }
  close() { this.onclose?.({ code: 1006 }) }
}

for (const transport of [Swallowed, Refused])
  test(`where WebSockets are ${transport.name.toLowerCase()} the client falls back to long polling`,
    { timeout: 20_000 }, async () => {
      const probe = await startProbe()
      const socket = connect(probe.port, {}, { transport, longPollFallbackMs: 100 })
      await opened(socket)
      assert.equal(socket.transport, transports.longpoll)
      const channel = await join(socket, "echo:a")
      assert.deepEqual(await answer(channel.push("echo", { x: 1 })), ["ok", { x: 1 }])
      await disconnect(socket)
      assert.equal(await probe.stop(), 0)
    })

test("where WebSockets work the client stays with them", { timeout: 20_000 }, async () => {
  const probe = await startProbe()
  const socket = connect(probe.port, {}, { longPollFallbackMs: 5_000 })
  const channel = await join(socket, "echo:a")
  assert.equal(socket.transport, transports.websocket)
  assert.deepEqual(await answer(channel.push("echo", { x: 1 })), ["ok", { x: 1 }])
  await disconnect(socket)
  assert.equal(await probe.stop(), 0)
})
