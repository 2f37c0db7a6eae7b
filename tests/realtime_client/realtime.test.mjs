// The unmodified realtime-js, version 2.0.0 of its protocol, with the serializer of the guide.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { RealtimeClient } from "@supabase/realtime-js"
import WebSocket from "ws"
import { startProbe } from "../official_client/probe.mjs"

let server
before(async () => { server = await startProbe() })
after(async () => assert.equal(await server.stop(), 0, "the server ends well"))

function connect() {
  return new RealtimeClient(`ws://127.0.0.1:${server.port}/socket`, { transport: WebSocket, params: { apikey: "any" } })
}

/** Joins a topic. Resolves when the server has accepted the join. */
function joined(client, name, config, listen = () => {}) {
  const channel = client.channel(name, { config: { broadcast: config } })
  listen(channel)
  return new Promise((resolve, reject) => channel.subscribe((status, error) =>
    status === "SUBSCRIBED" ? resolve(channel) : reject(new Error(`${status} ${error?.message}`))))
}

/** Two clients of a topic; the second one's next broadcast with this event. */
async function pair(event, body) {
  const [ann, bob] = [connect(), connect()]
  try {
    let heard
    const hears = new Promise(resolve => { heard = resolve })
    await joined(bob, "cursors", {}, channel => channel.on("broadcast", { event }, heard))
    await body(await joined(ann, "cursors", { ack: true }), hears)
  } finally {
    await Promise.all([ann, bob].map(client => client.disconnect()))
  }
}

test("a broadcast of JSON, which the client sends as a frame of kind 3, is answered and reaches the other client", { timeout: 20_000 },
  () => pair("moved", async (channel, hears) => {
    assert.equal(await channel.send({ type: "broadcast", event: "moved", payload: { x: 1, name: "Zoë" } }), "ok")
    const { event, payload } = await hears
    assert.deepEqual([event, payload], ["moved", { x: 1, name: "Zoë" }])
  }))

test("a broadcast of bytes reaches the other client as a frame of kind 4", { timeout: 20_000 },
  () => pair("bytes", async (channel, hears) => {
    const sent = Uint8Array.from([0, 1, 254, 255])
    assert.equal(await channel.send({ type: "broadcast", event: "bytes", payload: sent.buffer }), "ok")
    const { event, payload } = await hears
    assert.deepEqual([event, new Uint8Array(payload)], ["bytes", sent])
  }))

test("the client's own broadcast comes back where it asked for that", { timeout: 20_000 }, async () => {
  const client = connect()
  let heard
  const hears = new Promise(resolve => { heard = resolve })
  const channel = await joined(client, "echo", { self: true }, x => x.on("broadcast", { event: "own" }, heard))
  await channel.send({ type: "broadcast", event: "own", payload: { n: 7 } })
  assert.deepEqual((await hears).payload, { n: 7 })
  await client.disconnect()
})
