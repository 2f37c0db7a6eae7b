// Measures a crowd in the chat: node crowd.mjs [--users 2000] [--rooms 100] [--minutes 10] [--pause 10]
//
// Starts bennu-chat (named by BENNU_CHAT) with a new SQLite file, puts the users into the rooms, and lets each write
// a message every --pause seconds. Once a minute and at the end it prints the server's memory, the messages and
// deliveries, how long a message took from sending to receiving in milliseconds, and the load of this process. The
// accounts are written directly into the database, because hashing 2,000 passwords is not what it measures.
import { createHmac } from "node:crypto"
import { execFileSync } from "node:child_process"
import { once } from "node:events"
import { get } from "node:http"
import { text } from "node:stream/consumers"
import { parseArgs } from "node:util"
import { setTimeout as pause } from "node:timers/promises"
import { ChatServer } from "../support/chat_server.mjs"
import { Client } from "./client.mjs"

const { values } = parseArgs({
  options: Object.fromEntries(Object.entries({ users: "2000", rooms: "100", minutes: "10", pause: "10" }).map(([k, v]) => [k, { type: "string", default: v }])),
})
const [users, rooms, minutes, seconds] = [values.users, values.rooms, values.minutes, values.pause].map(Number)

const fill = `
import sqlite3, sys
to = sqlite3.connect(sys.argv[1])
for n in range(1, int(sys.argv[2]) + 1): to.execute("INSERT INTO users (id, name, name_key, password_hash, created_at) VALUES (?, ?, ?, '!', 0)", (n, f"user{n}", f"user{n}"))
for n in range(int(sys.argv[3])): to.execute("INSERT INTO rooms (id, name, is_private, created_at) VALUES (?, ?, 0, 0)", (f"room{n}", f"Room {n}"))
to.commit()`

function sign(secret, claims) {
  const text = [{ alg: "HS256", typ: "JWT" }, claims].map((x) => Buffer.from(JSON.stringify(x)).toString("base64url")).join(".")
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`
}

/**
 * Counts tenths of a millisecond, because sorting millions of values would keep this process busy and distort the
 * delays.
 */
class Delays {
  counts = []
  all = 0
  max = 0
  add(ms) {
    const at = Math.floor(ms * 10)
    this.counts[at] = (this.counts[at] ?? 0) + 1
    this.max = Math.max(this.max, ms)
    ++this.all
  }
  at(share) {
    let left = this.all * share
    const at = this.counts.findIndex((x) => (left -= x ?? 0) <= 0)
    return at < 0 ? "-" : ((at + 1) / 10).toFixed(1)
  }
}

const server = await ChatServer.start([], { dev: false })
execFileSync("python3", ["-c", fill, server.database, users, rooms].map(String))
const secret = (await server.secret()).trim()
const exp = Math.floor(Date.now() / 1000) + 86400
const ever = new Delays()
let lately = new Delays()
let sent = 0
let refused = 0

// Uses a separate connection, because one that was idle for a minute may just be closing.
const memory = async () => {
  const [answer] = await once(get(new URL("metrics", server.address), { agent: false }), "response")
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(await text(answer))[1]) / 2 ** 20
}
console.log(`nobody is there: ${(await memory()).toFixed(0)} MiB`)

const crowd = []
for (let n = 1; n <= users; ++n) {
  const token = sign(secret, { sub: String(n), name: `user${n}`, iat: exp - 86400, exp })
  const client = await Client.connect(server, { token, user: { id: n, name: `user${n}` } })
  client.topic = `room:room${n % rooms}`
  const { status } = await client.join(client.topic)
  if (status !== "ok") throw new Error(`user ${n} cannot join`)
  client.take = ([, , , event, { body, response, status: answer }]) => {
    if (event === "new_message") [ever, lately].forEach((x) => x.add(performance.now() - Number(body)))
    else if (event === "phx_reply" && response?.reason) refused += answer === "error" ? 1 : 0
  }
  client.frames.length = 0
  crowd.push(client)
}

let idle = performance.eventLoopUtilization()
const tell = async (what, delays) => {
  const busy = performance.eventLoopUtilization(idle).utilization
  console.log(
    `${what}: ${(await memory()).toFixed(0)} MiB, ${sent} sent, ${refused} refused, ${delays.all} received, send to receive ` +
      `p50 ${delays.at(0.5)} ms, p99 ${delays.at(0.99)} ms, max ${delays.max.toFixed(0)} ms; this load maker was busy for ${(100 * busy).toFixed(0)} %`,
  )
}

console.log(`${users} users in ${rooms} rooms for ${minutes} min, each writes every ${seconds} s`)
await tell("all are there", ever)
idle = performance.eventLoopUtilization()
const end = Date.now() + minutes * 60e3
const writing = crowd.map(async (client) => {
  await pause(Math.random() * seconds * 1000)
  const beating = setInterval(() => client.send(null, "phoenix", "heartbeat", {}), 30e3)
  while (Date.now() < end) {
    client.cast(client.topic, "new_message", { body: String(performance.now()) })
    ++sent
    await pause(seconds * 1000)
  }
  clearInterval(beating)
})
for (let minute = 1; minute <= minutes; ++minute) {
  await pause(60e3)
  await tell(`minute ${minute}`, lately)
  lately = new Delays()
}
await Promise.all(writing)
await tell("altogether", ever)
await Promise.all(crowd.map((x) => x.close()))
process.exitCode = await server.stop()
