// An unmodified client misses nothing: its params are a function that returns the position of its last message.
import assert from "node:assert/strict"
import { test } from "node:test"
import { answer, connect, disconnect, join, transports } from "./client.mjs"
import { startCluster } from "./cluster.mjs"
import { startProbe } from "./probe.mjs"

/** A client of a topic with history, as the guide shows it. */
class Log {
  constructor(socket, topic) {
    this.got = []
    this.waiting = new Set()
    this.channel = socket.channel(topic, () => ({ since: this.since }))
    this.channel.on("msg", ({ n }, ref) => {
      if (!this.channel.isJoined()) return // the rejoin brings it again
      this.since = ref
      this.got.push(n)
      this.look()
    })
    this.channel.joinPush.receive("ok", ({ history }) => {
      this.recovered = history.recovered
      if (!history.recovered) this.since = history.position
      this.look()
    })
  }

  look() { for (const look of this.waiting) look() }

  /** Resolves when the condition holds. */
  until(holds) {
    return new Promise(resolve => {
      const look = () => {
        if (!holds(this)) return
        this.waiting.delete(look)
        resolve()
      }
      this.waiting.add(look)
      look()
    })
  }
}

const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

for (const [name, transport] of Object.entries(transports))
  test(`history: what was published while a client was away arrives once and in order (${name})`, { timeout: 20_000 }, async () => {
    const probe = await startProbe()
    const [away, there] = [connect(probe.port, {}, { transport }), connect(probe.port)]
    try {
      const log = new Log(away, "log:official")
      assert.equal((await answer(log.channel.join()))[1].history.recovered, false)
      const writer = await join(there, "log:official")
      for (const n of numbers(1, 3)) await answer(writer.push("pub", { n }))
      await log.until(({ got }) => got.length === 3)
      await disconnect(away)
      for (const n of numbers(4, 9)) await answer(writer.push("pub", { n }))
      away.connect()
      await log.until(({ got }) => got.length >= 9)
      assert.equal(log.recovered, true)
      await answer(writer.push("pub", { n: 10 }))
      await log.until(({ got }) => got.length >= 10)
      assert.deepEqual(log.got, numbers(1, 10))
    } finally {
      await disconnect(away)
      await disconnect(there)
      assert.equal(await probe.stop(), 0, "the probe ends well")
    }
  })

test("history: a client whose node was killed goes on through another node", { timeout: 30_000 }, async () => {
  const [a, b] = await startCluster(["a", "b"])
  const there = connect(b.port)
  const away = connect(a.port)
  let again
  try {
    const writer = await join(there, "log:killed")
    const log = new Log(away, "log:killed")
    await answer(log.channel.join())
    // The nodes have met when a message of the one arrives at the other.
    let n = 0
    while (log.got.length === 0) await answer(writer.push("pub", { n: ++n }))
    const first = log.got[0]
    await a.probe.kill()
    const last = n + 50
    while (n < last) await answer(writer.push("pub", { n: ++n }))
    away.endPoint = `ws://127.0.0.1:${b.port}/socket/websocket`
    await log.until(({ got }) => got.at(-1) === last)
    assert.equal(log.recovered, true)
    assert.deepEqual(log.got, numbers(first, last))
    // The same through the new life of that node, which learns the history from the other one.
    again = await a.again()
    away.endPoint = `ws://127.0.0.1:${a.port}/socket/websocket`
    do {
      await disconnect(away)
      log.recovered = undefined
      away.connect()
      await log.until(({ recovered }) => recovered !== undefined)
    } while (!log.recovered)
    await answer(writer.push("pub", { n: last + 1 }))
    await log.until(({ got }) => got.at(-1) === last + 1)
  } finally {
    await disconnect(away)
    await disconnect(there)
    await a.probe.kill()
    await again?.probe.kill()
    await b.probe.kill()
  }
})
