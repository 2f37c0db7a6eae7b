import { get } from "node:http"
import { test } from "node:test"
import assert from "node:assert/strict"
import { startProbe } from "./probe.mjs"
import { answer, connect, join } from "./client.mjs"

// A connection's actor handles only joins itself. With this seed, and one join after another, no connection's actor crashes more often than
// its intensity allows in five seconds.
const clients = 400
const rounds = 4
const rule = "crash label=connection event=wake probability=0.055 seed=3 times=100"

/** How often an actor of this label has crashed, by the probe's own count. */
async function crashes(probe, actor) {
  const text = await new Promise((resolve, reject) => {
    get({ port: probe.port, path: "/metrics", agent: false }, answer => { // a connection of its own, which ends with the answer
      let body = ""
      answer.on("data", part => body += part).on("end", () => resolve(body))
    }).on("error", reject)
  })
  return Number(new RegExp(`^bennu_crashes_total\\{actor="${actor}"\\} (\\d+)`, "m").exec(text)?.[1] ?? 0)
}

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
    let n = 0
    for (let round = 0; round < rounds; ++round)
      for (let i = 0; i < clients; ++i) {
        const side = await join(sockets[i], `echo:side ${round}`)
        await answer(side.leave())
        if (i % rounds !== round) continue
        const speaker = heard[i]
        const arrived = new Promise(resolve => {
          told = () => speaker.numbers.length > n && resolve()
        })
        speaker.channel.push("shout", { n })
        await arrived
        ++n
      }
    await new Promise(resolve => {
      told = () => heard.every(x => x.numbers.length === n) && resolve()
      told()
    })
    const all = Array.from({ length: n }, (_, i) => i)
    for (const x of heard) {
      assert.deepEqual(x.numbers, all)
      assert.equal(x.channel.state, "joined")
    }
    assert.equal(closes, 0, "no client connects or joins again")
    assert.equal(await crashes(probe, "connection"), 100)
    assert.equal(await probe.stop(), 0)
  })
