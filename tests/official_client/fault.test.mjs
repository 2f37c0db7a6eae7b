import { test } from "node:test"
import assert from "node:assert/strict"
import { startProbe } from "./probe.mjs"
import { connect, disconnect, join } from "./client.mjs"

// With this seed, and one message after another, no connection actor crashes more often than its intensity allows in
// five seconds.
const clients = 60
const shouts = 340
const rule = "crash label=connection event=wake probability=0.25 seed=16547 times=100"

test("connection actors killed 100 times under traffic lose neither a joined channel nor a message",
  { timeout: 120_000 }, async () => {
    const probe = await startProbe(0, "--dev", "--threads", "1", "--fault", rule)
    const sockets = []
    const heard = []
    let closes = 0
    let told = () => {}
    for (let i = 0; i < clients; ++i) {
      const socket = connect(probe.port)
      sockets.push(socket)
      const channel = await join(socket, "echo:everybody")
      socket.onClose(() => ++closes)
      channel.onClose(() => ++closes)
      channel.onError(() => ++closes)
      heard.push({ channel, numbers: [] })
      channel.on("shout", ({ n }) => {
        heard[i].numbers.push(n)
        told()
      })
    }
    for (let n = 0; n < shouts; ++n) {
      const speaker = heard[n % clients]
      const arrived = new Promise(resolve => {
        told = () => speaker.numbers.length > n && resolve()
      })
      speaker.channel.push("shout", { n })
      await arrived
    }
    await new Promise(resolve => {
      told = () => heard.every(x => x.numbers.length === shouts) && resolve()
      told()
    })
    const all = Array.from({ length: shouts }, (_, n) => n)
    for (const x of heard) {
      assert.deepEqual(x.numbers, all)
      assert.equal(x.channel.state, "joined")
    }
    assert.equal(closes, 0, "nobody had to connect or join again")
    for (const x of sockets) await disconnect(x)
    assert.equal(await probe.stop(), 0)
    assert.equal(probe.log.match(/process\.crashed label="connection"/g)?.length, 100)
  })
