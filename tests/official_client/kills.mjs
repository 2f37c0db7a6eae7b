// Kills and restarts nodes under traffic, and checks what every subscriber heard.
//
//   BENNU_PROBE=build/release/apps/probe/bennu-probe node tests/official_client/kills.mjs \
//     [--kills 10] [--subscribers 200] [--topics 20] [--rate 500] [--seed 1]
//
// Two nodes; the subscribers are official clients, unchanged, which a balancer sends to any node that lives. Each node has
// a publisher that publishes half of the messages through its HTTP API. A node is killed (SIGKILL), is away for a moment,
// comes back, and after another moment the next one is killed. Exit status 1 when a subscriber that says `recovered` has
// missed something or heard something twice.
import { Agent, request } from "node:http"
import { parseArgs } from "node:util"
import { setTimeout as pause } from "node:timers/promises"
import { pathToFileURL } from "node:url"
import { Socket } from "phoenix"
import WebSocket from "ws"
import { startCluster } from "./cluster.mjs"
import { problems } from "./sequences.mjs"

const key = "key-of-the-publishers"

/** Numbers that the seed determines (mulberry32). */
function random(seed) {
  return () => {
    seed = (seed + 0x6D2B79F5) | 0
    let x = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296
  }
}

const now = () => performance.now()

/** The nodes, of which each may be away, and a balancer that knows which ones live. */
class Cluster {
  static async start(dice) {
    const nodes = await startCluster(["a", "b"], ["--api-key", key])
    return Object.assign(new Cluster(), { nodes, dice, lives: [1, 1], up: [true, true], born: [now(), now()] })
  }

  /** A node that lives: its index. */
  any() {
    const alive = [0, 1].filter(i => this.up[i])
    return alive[Math.floor(this.dice() * alive.length)]
  }

  name(i) { return `${this.nodes[i].name}${this.lives[i]}` }

  async kill(i, away) {
    this.up[i] = false
    await this.nodes[i].probe.kill()
    await pause(away)
    this.nodes[i] = await this.nodes[i].again()
    ++this.lives[i]
    this.born[i] = now()
    this.up[i] = true
  }
}

/** An official client that is subscribed to one topic and notes what it hears. */
class Subscriber {
  constructor(cluster, topic) {
    Object.assign(this, { cluster, topic, notes: [], joins: 0, isJoined: false, isAtEnd: false })
    const self = this
    class Balanced extends WebSocket { // what a load balancer does
      constructor(url, ...more) {
        const i = cluster.any()
        const target = new URL(url)
        target.port = cluster.nodes[i].port
        super(target.href, ...more)
        self.node = { name: cluster.name(i), index: i }
      }
    }
    this.socket = new Socket("ws://127.0.0.1:1/socket", {
      transport: Balanced, reconnectAfterMs: () => 20 + cluster.dice() * 200, rejoinAfterMs: () => 50 })
    let since
    this.channel = this.socket.channel(topic, () => ({ since }))
    this.channel.on("msg", ({ from, n }, ref) => {
      since = ref
      this.notes.push({ at: now(), from, n })
    })
    this.channel.on("end", () => { this.isAtEnd = true })
    this.channel.onError(() => { this.isJoined = false })
    this.channel.join().receive("ok", ({ history }) => {
      if (!history.recovered) since = history.position
      const age = Math.round(now() - cluster.born[this.node.index])
      this.notes.push({ at: now(), join: true, recovered: history.recovered, node: this.node.name, first: !this.joins++, age })
      this.isJoined = true
    })
    this.socket.connect()
  }
}

/** Publishes numbered messages through one node. When a request fails, it begins anew under another name. */
class Publisher {
  constructor(cluster, index, topics, rate) {
    Object.assign(this, { cluster, index, topics, rate, lives: {}, published: 0, agent: new Agent({ keepAlive: true, maxSockets: 1 }) })
  }

  post(body) {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" }
      const sent = request({ host: "127.0.0.1", port: this.cluster.nodes[this.index].port, path: "/api/publish", method: "POST",
        headers, agent: this.agent }, answer => answer.resume().on("end", () => resolve(answer.statusCode)).on("error", reject))
      sent.on("error", reject).end(JSON.stringify(body))
    })
  }

  async run() {
    const tick = 20
    let life = 0, due = 0, next = 0
    while (!this.isOver) {
      while (!this.cluster.up[this.index] && !this.isOver) await pause(10)
      const name = `${this.cluster.name(this.index)}.${++life}`
      const counts = Object.fromEntries(this.topics.map(topic => [topic, 0]))
      this.lives[name] = { node: this.cluster.name(this.index), start: now() }
      try {
        for (let at = now(); !this.isOver; at = Math.max(at + tick, now() - 100)) {
          due += this.rate * tick / 1000
          const batch = []
          for (; due >= 1; --due) {
            const topic = this.topics[next++ % this.topics.length]
            batch.push({ topic, event: "msg", payload: { from: name, n: ++counts[topic] } })
          }
          if (batch.length > 0 && await this.post(batch) === 202) this.published += batch.length
          await pause(Math.max(0, at + tick - now()))
        }
      } catch {
        continue // the node has died
      }
    }
    this.agent.destroy()
  }
}

/** Resolves when `look` is true, at the latest after so many seconds. */
async function until(look, seconds) {
  for (const end = now() + seconds * 1000; !look(); await pause(20))
    if (now() > end) return false
  return true
}

export async function run({ kills = 10, subscribers = 200, topics = 20, rate = 500, seed = 1 }) {
  const dice = random(seed)
  const cluster = await Cluster.start(dice)
  const names = Array.from({ length: topics }, (_, i) => `log:kills${i}`)
  const all = Array.from({ length: subscribers }, (_, i) => new Subscriber(cluster, names[i % topics]))
  const wrong = []
  if (!await until(() => all.every(x => x.isJoined), 30)) wrong.push("not all subscribers could join")
  const publishers = [0, 1].map(i => new Publisher(cluster, i, names, rate / 2))
  const began = now()
  const running = publishers.map(x => x.run())
  for (let i = 0; i < kills; ++i) {
    await pause(500 + dice() * 3000)
    await cluster.kill(Math.floor(dice() * 2), dice() * 1500)
  }
  await pause(2000)
  publishers.forEach(x => { x.isOver = true })
  await Promise.all(running)
  const seconds = (now() - began) / 1000
  if (!await until(() => all.every(x => x.isJoined), 20)) wrong.push("not all subscribers have come back")
  const end = new Publisher(cluster, 0, names, 0)
  await end.post(names.map(topic => ({ topic, event: "end", payload: {} })))
  end.agent.destroy()
  if (!await until(() => all.every(x => x.isAtEnd), 20)) wrong.push("not all subscribers have heard the end")
  const lives = Object.assign({}, ...publishers.map(x => x.lives))
  for (const topic of names) {
    const here = all.filter(x => x.topic === topic)
    wrong.push(...problems(lives, Object.fromEntries(here.map((x, i) => [`${topic} ${i}`, x.notes]))))
  }
  const statistics = summary(all, publishers, kills, seconds)
  all.forEach(x => x.socket.disconnect())
  for (const node of cluster.nodes) await node.probe.stop()
  return { wrong, statistics }
}

/** How many joins recovered, and why the others did not. */
function summary(all, publishers, kills, seconds) {
  const joins = all.flatMap(x => x.notes.filter(note => note.join && !note.first))
  const lost = joins.filter(x => !x.recovered)
  const young = lost.filter(x => x.age < 1000)
  return {
    kills, seconds: Math.round(seconds),
    published: publishers.reduce((sum, x) => sum + x.published, 0),
    received: all.reduce((sum, x) => sum + x.notes.filter(note => !note.join).length, 0),
    rejoins: joins.length, recovered: joins.length - lost.length,
    "not recovered": lost.length,
    "of these, at a node younger than a second": young.length,
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const number = { type: "string" }
  const { values } = parseArgs({ options: { kills: number, subscribers: number, topics: number, rate: number, seed: number } })
  const { wrong, statistics } = await run(Object.fromEntries(Object.entries(values).map(([name, x]) => [name, Number(x)])))
  for (const [name, x] of Object.entries(statistics)) console.log(`${name}: ${x}`)
  console.log(wrong.length ? `${wrong.length} violations, of which the first are\n${wrong.slice(0, 20).join("\n")}` : "every recovered sequence is unbroken")
  process.exit(wrong.length ? 1 : 0)
}
