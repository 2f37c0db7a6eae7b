// Several nodes are one system for unmodified clients.
import assert from "node:assert/strict"
import { test } from "node:test"
import { answer, closed, connect, disconnect, join, next, opened, transports } from "./client.mjs"
import { AlternatingProxy, Member, startCluster } from "./cluster.mjs"

/** Runs `body(nodes, member)`, then ends everything that still runs. */
function onCluster(names, body) {
  return async () => {
    const nodes = await startCluster(names)
    const members = []
    const member = async (node, key) => members[members.push(await Member.join(node, key)) - 1]
    try {
      await body(nodes, member)
    } finally {
      for (const x of members) x.socket.disconnect()
      for (const node of nodes) {
        node.probe.thaw()
        await node.probe.kill()
      }
    }
  }
}

/** One member on each node. All of them see each other, so that the nodes have connected. */
async function meet(nodes, member) {
  const all = []
  for (const node of nodes) all.push(await member(node, `on-${node.name}`))
  for (const one of all) await one.sees(...nodes.map(node => `on-${node.name}`))
  return all
}

test("cluster: members of every node see each other, and a leave", onCluster(["a", "b", "c"], async (nodes, member) => {
  const [a, b, c] = await meet(nodes, member)
  await answer(c.channel.leave())
  await Promise.all([a.sees("on-a", "on-b"), b.sees("on-a", "on-b")])
}))

test("cluster: an update reaches every node with the ref that it replaces", onCluster(["a", "b"], async (nodes, member) => {
  const [a, b] = await meet(nodes, member)
  const before = a.presence.state["on-b"].metas[0].phx_ref
  const diff = next(a.channel, "presence_diff")
  await answer(b.channel.push("update", { name: "another" }))
  const [meta] = (await diff).joins["on-b"].metas
  assert.equal(meta.name, "another")
  assert.equal(meta.phx_ref_prev, before)
}))

test("cluster: a broadcast on one node arrives once on each node, in order", onCluster(["a", "b", "c"], async (nodes, member) => {
  await meet(nodes, member)
  const heard = []
  const sockets = nodes.map(node => connect(node.port))
  const channels = await Promise.all(sockets.map(socket => join(socket, "echo:all")))
  const done = channels.map(channel => new Promise(resolve => {
    const got = []
    heard.push(got)
    channel.on("shout", ({ n }) => got.push(n) === 100 && resolve())
  }))
  for (let n = 0; n < 100; ++n) channels[0].push("shout", { n })
  await Promise.all(done)
  for (const got of heard) assert.deepEqual(got, [...Array(100).keys()])
  await Promise.all(sockets.map(disconnect))
}))

test("cluster: a channel's subscription of its client hears what is said on another node", onCluster(["a", "b"], async (nodes, member) => {
  await meet(nodes, member)
  const [reader, writer] = await Promise.all(nodes.map(node => join(connect(node.port), "echo:feeds")))
  const heard = new Promise(resolve => reader.socket.onMessage(message => message.topic === "feed:1" && resolve(message)))
  await answer(reader.push("subscribe", { topic: "feed:1" }))
  await answer(writer.push("publish", { topic: "feed:1", event: "item", payload: { n: 1 } }))
  const { event, payload } = await heard
  assert.deepEqual([event, payload], ["item", { n: 1 }])
  await Promise.all([reader, writer].map(channel => disconnect(channel.socket)))
}))

test("cluster: a kick reaches the sockets of that user on every node", onCluster(["a", "b"], async (nodes, member) => {
  await meet(nodes, member)
  const victims = nodes.map(node => connect(node.port, { user_id: "7" }, { reconnectAfterMs: () => 1e9 }))
  await Promise.all(victims.map(socket => join(socket, "echo:x")))
  const ends = victims.map(closed)
  const kicker = connect(nodes[0].port)
  await answer((await join(kicker, "echo:y")).push("kick", { user_id: "7" }))
  for (const end of await Promise.all(ends)) assert.equal(end.code, 1001)
  for (const socket of [kicker, ...victims]) socket.disconnect() // the victims would reconnect some day
}))

test("cluster: the members of a killed node leave, and return with it", onCluster(["a", "b"], async (nodes, member) => {
  const [a, b] = await meet(nodes, member)
  await nodes[1].probe.kill()
  await a.sees("on-a")
  nodes[1] = await nodes[1].again() // the client of b reconnects by itself
  await Promise.all([a.sees("on-a", "on-b"), b.sees("on-a", "on-b")])
}))

test("cluster: members of a node that says goodbye leave before those of a node that was killed a moment earlier", onCluster(["a", "b", "c"], async (nodes, member) => {
  const [a, b, c] = await meet(nodes, member)
  b.socket.disconnect()
  c.socket.disconnect()
  const other = await member(nodes[1], "late-b")
  const another = await member(nodes[2], "late-c")
  await a.sees("on-a", "late-b", "late-c")
  await nodes[1].probe.kill()
  nodes[2].probe.child.kill("SIGTERM")
  other.socket.disconnect()
  another.socket.disconnect()
  await a.sees("on-a", "late-b")
  await a.sees("on-a")
}))

test("cluster: a node that was stopped catches up", onCluster(["a", "b"], async (nodes, member) => {
  const [a, b] = await meet(nodes, member)
  nodes[1].probe.freeze()
  await a.sees("on-a") // it counts as dead
  const late = await member(nodes[0], "late")
  nodes[1].probe.thaw()
  await Promise.all([a, b, late].map(one => one.sees("late", "on-a", "on-b")))
}))

/** A long-polling client that sends each request to another node than the last one. */
function overAll(body) {
  return async (nodes, member) => {
    await meet(nodes, member)
    const proxy = await AlternatingProxy.start(nodes)
    const socket = connect(proxy.port, {}, { transport: transports.longpoll })
    const ends = []
    socket.onClose(event => ends.push(event.code))
    try {
      await body(nodes, socket, proxy, ends)
    } finally {
      socket.disconnect()
      proxy.stop()
    }
  }
}

const count = n => [...Array(n).keys()]

test("cluster: a long poll through any node: it joins, pushes, and receives all broadcasts of every node in order",
  onCluster(["a", "b"], overAll(async (nodes, socket, proxy, ends) => {
    const channel = await join(socket, "echo:all")
    const speakers = await Promise.all(nodes.map(node => join(connect(node.port), "echo:all")))
    const heard = { a: [], b: [], own: [] }
    const all = new Promise(resolve => channel.on("shout", ({ from, n }) => {
      heard[from].push(n)
      if (Object.values(heard).every(list => list.length === 200)) resolve()
    }))
    for (const n of count(200)) {
      speakers[0].push("shout", { from: "a", n })
      speakers[1].push("shout", { from: "b", n })
      channel.push("shout", { from: "own", n })
      if (n % 10 === 0) assert.deepEqual(await answer(channel.push("echo", { n })), ["ok", { n }])
    }
    await all
    for (const list of Object.values(heard)) assert.deepEqual(list, count(200))
    assert.deepEqual(ends, [])
    for (const served of proxy.served) assert.ok(served > 10, `one node served ${served} requests`)
    await Promise.all(speakers.map(speaker => disconnect(speaker.socket)))
  })))

test("cluster: a long poll through any node: when the node of its session is killed, the client begins another and rejoins",
  onCluster(["a", "b"], overAll(async (nodes, socket, proxy) => {
    const channel = await join(socket, "echo:all")
    assert.deepEqual(await answer(channel.push("echo", { n: 1 })), ["ok", { n: 1 }])
    const again = opened(socket)
    await nodes[0].probe.kill() // the first request went to it
    await again
    // Pushes before the client has noticed the end of its session are lost, as with one node.
    let last
    do last = await answer(channel.push("echo", { n: 2 }, 1_000))
    while (last[0] !== "ok")
    assert.deepEqual(last, ["ok", { n: 2 }])
  })))
