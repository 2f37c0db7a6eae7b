// A client that comes back with the position of its last message gets what it missed, instead of the recent messages.
import assert from "node:assert/strict"
import { Socket } from "phoenix"
import WebSocket from "ws"
import { Cable } from "../support/cable.mjs"
import { ChatServer } from "../support/chat_server.mjs"
import { Client, signUp } from "./client.mjs"
import { claim, claimOnBoth, withServer, world } from "./world.mjs"

const here = world()
const bodies = (frames) => frames.filter((x) => x[3] === "new_message").map((x) => x[4].body)

/** Joins again on a new connection. Resolves to its client and to the frames that come with the join, in order. */
async function comeBack(who, topic, since, { server = here.server, transport } = {}) {
  const client = await Client.connect(server, who, transport)
  const { response } = await client.join(topic, since && { since })
  while (!client.frames.some((x) => x[2] === topic && x[3] === "presence_state")) await client.settled()
  return { client, response, frames: client.frames.filter((x) => x[2] === topic) }
}

/** The position of the last message that a client has received. */
const positionOf = async (client, topic) => (await client.settled()).findLast((x) => x[2] === topic && x[3] === "new_message")[1]

claimOnBoth("a join with a position gets what was missed, before anything else, and no recent messages", async (transport) => {
  const { ann, bob, room, topic } = await here.pair(transport)
  await ann.say("one", room)
  const since = await positionOf(bob, topic)
  await bob.close()
  for (const text of ["two", "three"]) await ann.say(text, room)
  const { response, frames } = await comeBack(bob, topic, since, { transport })
  assert.equal(response.history.recovered, true)
  assert.deepEqual(frames.slice(0, 2).map((x) => [x[3], x[4].body]), [["new_message", "two"], ["new_message", "three"]])
  assert.equal(frames[1][1], response.history.position)
  assert.ok(!frames.some((x) => x[3] === "recent_messages"))
})

claim("without a position, or with one that is worth nothing, the recent messages come as ever", async () => {
  const { ann, bob, room, topic } = await here.pair()
  await ann.say("one", room)
  for (const since of [undefined, "@nonsense", "", 7, null]) {
    const { client, response, frames } = await comeBack(bob, topic, since)
    assert.equal(response.history.recovered, false, `${since}`)
    assert.deepEqual(frames.find((x) => x[3] === "recent_messages")[4].messages.map((x) => x.body), ["one"])
    assert.deepEqual(bodies(frames), [])
    await client.close()
  }
})

claim("messages have positions; who types, comes and goes has none, and is not told to those who come back", async () => {
  const { ann, bob, room, topic } = await here.pair()
  await ann.say("one", room)
  const since = await positionOf(bob, topic)
  await bob.close()
  await ann.next(topic, "user_left")
  ann.cast(topic, "typing", { typing: true })
  const cleo = await here.person("cleo")
  await cleo.enter(room)
  await cleo.close()
  const left = await ann.frame((x) => x[3] === "user_left" && x[4].user_id === cleo.user.id)
  assert.equal(left[1], null)
  await ann.say("two", room)
  const { client, frames } = await comeBack(bob, topic, since)
  assert.deepEqual([...new Set(frames.map((x) => x[3]))].sort(), ["new_message", "presence_diff", "presence_state"])
  ann.cast(topic, "typing", { typing: false })
  assert.equal((await client.frame((x) => x[3] === "user_typing"))[1], null)
})

claim("a message that was stored while its author's answer was lost is sent again, stored once and told once", async () => {
  const { ann, bob, room, topic } = await here.pair()
  const draft = { body: "once", client_id: "c-1" }
  await bob.push(topic, "new_message", draft)
  const since = (await ann.frame((x) => x[2] === topic && x[3] === "new_message"))[1]
  const { client, response, frames } = await comeBack(bob, topic, since)
  assert.equal(response.history.recovered, true)
  assert.equal((await client.push(topic, "new_message", draft)).status, "ok")
  await ann.say("after", room)
  await client.next(topic, "new_message", ({ body }) => body === "after")
  assert.deepEqual(bodies(frames), [])
  assert.deepEqual(bodies(await ann.settled()), ["after"])
})

claim("a member who was removed from a private room gets nothing more of it", async () => {
  const [ann, bob] = [await here.person("ann"), await here.person("bob")]
  const room = await here.room(ann, { isPrivate: true, members: [bob.user.name] })
  for (const one of [ann, bob]) await one.enter(room)
  const topic = `room:${room}`
  await ann.say("one", room)
  const since = await positionOf(bob, topic)
  await bob.close()
  await ann.say("two", room)
  if (process.env.BENNU_TEST_POSTGRESQL) await here.server.query(`DELETE FROM members WHERE user_id = ${bob.user.id}`)
  else await here.server.run("DELETE FROM members WHERE user_id = ?", 1, () => [bob.user.id])
  const again = await Client.connect(here.server, bob)
  assert.deepEqual(await again.join(topic, { since }), { status: "error", response: { reason: "unauthorized" } })
  assert.deepEqual(bodies(await again.settled()), [])
})

claim("--history-seconds 0: there are no positions, and the recent messages always come", () =>
  withServer(["--history-seconds", "0"], async (server) => {
    const ann = await Client.connect(server, await signUp(server, "ann"))
    assert.deepEqual((await ann.join("room:lobby", { since: "@AAAA" })).response, { room: { id: "lobby", name: "Lobby" } })
    assert.deepEqual(await ann.next("room:lobby", "recent_messages"), { messages: [] })
    await ann.say("one")
    assert.equal((await ann.frame((x) => x[3] === "new_message"))[1], null)
  }))

/** A person with the unmodified official client, who keeps the position as the guide shows. */
class Person {
  constructor(address, { token, user }, options = {}) {
    Object.assign(this, { user, heard: [], fetched: 0, recovered: [] })
    this.socket = new Socket(`${address.replace("http", "ws")}socket`, {
      transport: WebSocket, params: { token }, reconnectAfterMs: () => 20, rejoinAfterMs: () => 20, ...options })
    this.socket.connect()
    this.room = this.socket.channel("room:lobby", () => (this.complete ? { since: this.since } : {}))
    this.room.on("new_message", (m, ref) => {
      if (this.room.state !== "joined") return
      this.heard.push(m.body)
      this.since = ref
      this.look?.()
    })
    this.room.on("recent_messages", ({ messages }) => {
      ++this.fetched
      this.complete = true
      for (const { body } of messages) if (!this.heard.includes(body)) this.heard.push(body)
      this.look?.()
    })
    this.joined = new Promise((resolve) => this.room.on("presence_state", resolve))
    this.room.join().receive("ok", ({ history }) => {
      this.recovered.push(history.recovered)
      if (!history.recovered) {
        this.complete = false
        this.since = history.position
      }
      this.look?.()
    })
  }

  async until(fits) {
    while (!fits()) await new Promise((resolve) => (this.look = resolve))
  }

  say(body) {
    return new Promise((resolve) => this.room.push("new_message", { body }).receive("ok", resolve))
  }
}

claim("a node is killed: the official client goes to the other node, and has every message once and in order", async () => {
  const [a, b] = await ChatServer.pair()
  for (const node of [a, b]) await node.met()
  const balancer = await Cable.to(b)
  const ann = new Person(a.address, await signUp(a, "ann"))
  const bob = new Person(balancer.address, await signUp(b, "bob"))
  const all = []
  const say = async (who, body) => {
    await who.say(body)
    all.push(body)
    for (const one of [ann, bob]) if (one.socket.isConnected()) await one.until(() => one.heard.includes(body))
  }
  try {
    for (const one of [ann, bob]) await one.joined
    await say(ann, "by ann")
    await say(bob, "by bob")
    for (let n = 0; n < 3; ++n) {
      const gone = new Promise((resolve) => bob.socket.onClose(resolve))
      balancer.cut()
      if (n === 0) await b.kill()
      await gone
      for (const part of ["first", "second"]) await say(ann, `${part} of ${n}`)
      if (n === 1) await b.comeBack()
      balancer.mend(n === 2 ? b : a)
      await bob.until(() => bob.recovered.length === n + 2)
      await say(ann, `live after ${n}`)
    }
    await say(bob, "by bob, in the end")
    for (const one of [ann, bob]) assert.deepEqual(one.heard, all)
    assert.deepEqual([bob.recovered.slice(0, 3), bob.fetched], [[false, true, true], bob.recovered.filter((x) => !x).length])
  } finally {
    for (const one of [ann, bob]) one.socket.disconnect()
    balancer.close()
    for (const node of [b, a]) assert.equal(await node.stop(), 0, "the node ends well")
  }
})

/** A WebSocket whose messages can be held back. */
class SlowSocket extends WebSocket {
  static held = null

  /** Holds back all messages from now on. Resolves when there is one. */
  static hold() {
    SlowSocket.held = []
    return new Promise((resolve) => (SlowSocket.holds = resolve))
  }

  static release() {
    const held = SlowSocket.held
    SlowSocket.held = null
    held.forEach((hand) => hand())
  }

  set onmessage(handle) {
    super.onmessage = (event) => {
      if (!SlowSocket.held) return handle(event)
      SlowSocket.held.push(() => handle(event))
      SlowSocket.holds()
    }
  }
}

claim("the answer to a join comes too late for the client: what came with it is no progress, and nothing is missing in the end", async () => {
  const cable = await Cable.to(here.server)
  const ann = new Person(here.server.address, await here.account("ann"))
  const bob = new Person(cable.address, await here.account("bob"), { transport: SlowSocket, timeout: 1000 })
  const say = async (body) => {
    await ann.say(body)
    await ann.until(() => ann.heard.includes(body))
  }
  for (const one of [ann, bob]) await one.joined
  await say("before")
  await bob.until(() => bob.heard.includes("before"))
  const gone = new Promise((resolve) => bob.socket.onClose(resolve))
  cable.cut()
  await gone
  await say("while bob was away")
  const good = bob.since
  bob.since = "@nonsense" // as if it were too old
  const held = SlowSocket.hold()
  const late = new Promise((resolve) => bob.room.joinPush.receive("timeout", resolve))
  cable.mend()
  await held
  await say("behind the answer")
  await late
  bob.since = good
  SlowSocket.release()
  await say("in the end")
  await bob.until(() => bob.heard.includes("in the end"))
  assert.deepEqual(bob.heard.slice(bob.heard.indexOf("before")), ["before", "while bob was away", "behind the answer", "in the end"])
  for (const one of [ann, bob]) one.socket.disconnect()
  cable.close()
})

claim("a message that a node stored, and could not announce before it was killed, is announced by the other one", async () => {
  const [a, b] = await ChatServer.pair()
  for (const node of [a, b]) await node.met()
  const ann = new Person(a.address, await signUp(a, "ann"))
  try {
    await ann.joined
    await ann.say("announced")
    const values = ["lobby", ann.user.id, "last words", Date.now() - 1000]
    const sql = "INSERT INTO messages (room_id, user_id, body, sent_at) VALUES"
    if (process.env.BENNU_TEST_POSTGRESQL) await a.query(`${sql} ('${values.join("', '")}')`)
    else await a.run(`${sql} (?, ?, ?, ?)`, 1, () => values)
    await b.kill()
    await ann.until(() => ann.heard.includes("last words"))
    await ann.say("after")
    await ann.until(() => ann.heard.includes("after"))
    assert.deepEqual(ann.heard, ["announced", "last words", "after"])
    assert.match(ann.since, /^@/)
  } finally {
    ann.socket.disconnect()
    await b.comeBack()
    for (const node of [b, a]) assert.equal(await node.stop(), 0, "the node ends well")
  }
})
