// How a crowd fares: node crowd.mjs [--users 2000] [--rooms 100] [--minutes 10] [--pause 20]
//
// Starts bennu-chat (BENNU_CHAT names it) over a fresh SQLite file, puts the users into the rooms, and lets each write every --pause
// seconds. Tells once a minute, and at the end, the server's memory, messages, deliveries and how long a message took from being sent to
// being received, in milliseconds. The accounts are written straight into the database: hashing 2,000 passwords is not what is measured.
import { createHmac } from "node:crypto"
import { execFileSync } from "node:child_process"
import { parseArgs } from "node:util"
import { setTimeout as pause } from "node:timers/promises"
import { ChatServer } from "../support/chat_server.mjs"
import { api, Client } from "./client.mjs"

const { values } = parseArgs({
  options: Object.fromEntries(Object.entries({ users: "2000", rooms: "100", minutes: "10", pause: "20" }).map(([k, v]) => [k, { type: "string", default: v }])),
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

class Delays {
  all = []
  since = 0
  add(ms) {
    this.all.push(ms)
  }
  at(share, from = 0) {
    const sorted = this.all.slice(from).sort((a, b) => a - b)
    return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1) : "-"
  }
}

const server = await ChatServer.start([], { dev: false })
execFileSync("python3", ["-c", fill, server.database, users, rooms].map(String))
const secret = await server.secret()
const exp = Math.floor(Date.now() / 1000) + 86400
const delays = new Delays()
let sent = 0
let refused = 0

const crowd = []
for (let n = 1; n <= users; ++n) {
  const token = sign(secret, { sub: String(n), name: `user${n}`, iat: exp - 86400, exp })
  const client = await Client.connect(server, { token, user: { id: n, name: `user${n}` } })
  client.topic = `room:room${n % rooms}`
  const { status } = await client.join(client.topic)
  if (status !== "ok") throw new Error(`user ${n} cannot join`)
  client.take = ([, , , event, { body, response, status: answer }]) => {
    if (event === "new_message") delays.add(performance.now() - Number(body))
    else if (event === "phx_reply" && response?.reason) refused += answer === "error" ? 1 : 0
  }
  client.frames.length = 0
  crowd.push(client)
}

const memory = async () => {
  const { data } = await api(server, "GET", "metrics")
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(data)[1]) / 2 ** 20
}
const tell = async (what, from = 0) =>
  console.log(
    `${what}: ${(await memory()).toFixed(0)} MiB, ${sent} sent, ${refused} refused, ${delays.all.length} received, ` +
      `send to receive p50 ${delays.at(0.5, from)} ms, p99 ${delays.at(0.99, from)} ms, max ${delays.at(1, from)} ms`,
  )

console.log(`${users} users in ${rooms} rooms for ${minutes} min, each writes every ${seconds} s`)
await tell("all are there")
const end = Date.now() + minutes * 60e3
const writing = crowd.map(async (client) => {
  await pause(Math.random() * seconds * 1000)
  while (Date.now() < end) {
    client.cast(client.topic, "new_message", { body: String(performance.now()) })
    ++sent
    await pause(seconds * 1000)
  }
})
const beating = setInterval(() => crowd.forEach((x) => x.send(null, "phoenix", "heartbeat", {})), 25e3)
for (let minute = 1; minute <= minutes; ++minute) {
  const from = delays.all.length
  await pause(60e3)
  await tell(`minute ${minute}`, from)
}
await Promise.all(writing)
clearInterval(beating)
await tell("altogether")
await Promise.all(crowd.map((x) => x.close()))
process.exitCode = await server.stop()
