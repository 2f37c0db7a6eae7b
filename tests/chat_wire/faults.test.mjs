// The database is down, locked, full or read-only: clients receive "unavailable", stay connected, and the chat
// recovers by itself.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { api, Client, password, signUp } from "./client.mjs"
import { claim, withServer } from "./world.mjs"

const unavailable = { status: "error", response: { reason: "unavailable" } }
const onPostgresql = Boolean(process.env.BENNU_TEST_POSTGRESQL)

/** Two people in the lobby of a separate server. */
async function lobby(server) {
  const [ann, bob] = await Promise.all(["ann", "bob"].map(async (name) => Client.connect(server, await signUp(server, name))))
  for (const one of [ann, bob]) {
    await one.enter()
    await one.join(`user:${one.user.id}`)
  }
  await ann.say("before")
  await bob.next("room:lobby", "new_message")
  return { ann, bob }
}

/** Checks what must hold while the database does not work. Calls `broken`, later `mended`. */
async function survives(server, broken, mended) {
  const { ann, bob } = await lobby(server)
  bob.frames.length = 0
  await broken()
  for (const text of ["lost", "lost, too"]) assert.deepEqual(await ann.say(text), unavailable)
  ann.cast("room:lobby", "typing", { typing: true })
  assert.equal((await bob.next("room:lobby", "user_typing")).typing, true, "events that need no database continue")
  const events = (await bob.settled()).map((x) => x[3])
  assert.ok(!["phx_error", "phx_close", "user_left"].some((x) => events.includes(x)), `bob heard ${events}`)
  const ready = async (path) => {
    const { status, data } = await api(server, "GET", path)
    return [status, data.ready]
  }
  assert.deepEqual([await ready("health"), await ready("health/ready")], [[200, false], [503, false]])
  await mended()
  let answer = unavailable
  while (answer.status !== "ok") answer = await ann.say("after")
  const { body } = await bob.next("room:lobby", "new_message")
  assert.equal(body, "after", "no client receives a refused message")
  assert.deepEqual([await ready("health"), await ready("health/ready")], [[200, undefined], [200, undefined]])
  const stored = await server.query("SELECT body FROM messages ORDER BY id")
  assert.deepEqual(stored.trim().split("\n"), ["before", "after"])
}

claim("the database is down", () =>
  withServer([], (server) =>
    survives(server, () => server.databaseAway(), () => server.databaseBack())))

claim("while the database is down no new client can join, and a crashed channel stays joined", () =>
  withServer([], async (server) => {
    const { ann, bob } = await lobby(server)
    await server.databaseAway()
    const again = await Client.connect(server, ann)
    assert.deepEqual(await again.join("room:lobby"), unavailable)
    assert.deepEqual(await again.join(`user:${ann.user.id}`), unavailable)
    assert.deepEqual(await api(server, "POST", "api/sessions", { body: { name: "ann", password } }).then((x) => [x.status, x.data]), [503, { reason: "unavailable" }])
    bob.frames.length = 0
    assert.deepEqual(await ann.push("room:lobby", "boom", {}), { status: "error", response: { reason: "crashed" } })
    ann.cast("room:lobby", "typing", { typing: true })
    await bob.next("room:lobby", "user_typing")
    assert.ok(!(await bob.has("user_left")))
    await server.databaseBack()
    let answer = unavailable
    while (answer.status !== "ok") answer = await again.join("room:lobby")
    assert.deepEqual((await again.next("room:lobby", "recent_messages")).messages.map((x) => x.body), ["before"])
  }))

claim("another client has locked the tables", () =>
  withServer([], async (server) => {
    let unlock
    await survives(server, async () => (unlock = await server.lockTables()), () => unlock())
  }))

claim("the log has one line when the database stops working, and one when it works again", () =>
  withServer(["--log-level", "info"], async (server) => {
    const { ann } = await lobby(server)
    const unlock = await server.lockTables()
    for (const text of ["a", "b", "c"]) assert.deepEqual(await ann.say(text), unavailable)
    await unlock()
    let answer = unavailable
    while (answer.status !== "ok") answer = await ann.say("after")
    await server.logged(/the database serves again/)
    for (const line of [/the database does not serve/g, /the database serves again/g]) assert.equal(server.log.match(line).length, 1)
  }, { keepLog: true }))

claim("the database is slow: only requests that need it wait", () =>
  withServer([], async (server) => {
    const { ann, bob } = await lobby(server)
    const unlock = await server.lockTables()
    const answer = ann.say("late")
    bob.cast("room:lobby", "typing", { typing: true })
    await ann.next("room:lobby", "user_typing")
    await unlock()
    assert.equal((await answer).status, "ok")
  }))

/** `bennu-node chaos` with one fault, which lasts until `heal`. */
class Chaos {
  static async begin(server, fault) {
    const file = join(server.folder, "scenario.json")
    const steps = [{ at: 0, ...fault }, { at: 600_000, heal: "all" }]
    await writeFile(file, JSON.stringify({ nodes: { chat: server.control }, steps }))
    const chaos = new Chaos()
    chaos.child = spawn(process.env.BENNU_NODE, ["chaos", file], { stdio: ["ignore", "pipe", "inherit"] })
    chaos.ended = once(chaos.child, "exit")
    chaos.said = ""
    chaos.child.stdout.on("data", (text) => (chaos.said += text))
    while (!chaos.said.includes(` ${fault.fault}`)) await once(chaos.child.stdout, "data")
    return chaos
  }

  async heal() {
    this.child.kill("SIGINT")
    await this.ended
    assert.match(this.said, /everything is healed/)
  }
}

const withControl = (check) => withServer([], check, { control: true })

if (process.env.BENNU_NODE) {
  claim("bennu-node chaos fills the disk of the database", () =>
    withControl(async (server) => {
      let chaos
      const fault = { fault: "full_disk", label: "database" }
      await survives(server, async () => (chaos = await Chaos.begin(server, fault)), () => chaos.heal())
    }))

  claim("bennu-node chaos lets the clock jump: messages have its time, tokens end by it, and the room goes on", () =>
    withControl(async (server) => {
      const { ann, bob } = await lobby(server)
      const aheadOf = ({ timestamp }) => Math.round(Math.abs(Date.parse(timestamp) - Date.now()) / 3_600_000)
      const chaos = await Chaos.begin(server, { fault: "clock", jump: 23 * 3_600_000 })
      await ann.say("from tomorrow")
      assert.equal(aheadOf(await bob.next("room:lobby", "new_message")), 23)
      const { data } = await api(server, "POST", "api/sessions", { body: { name: "ann", password } })
      await chaos.heal()
      await ann.say("from today")
      assert.equal(aheadOf(await bob.next("room:lobby", "new_message")), 0)
      const later = await Chaos.begin(server, { fault: "clock", jump: 25 * 3_600_000 })
      assert.equal((await api(server, "GET", "api/rooms", { token: ann.token })).status, 401)
      assert.equal((await api(server, "GET", "api/rooms", { token: data.token })).status, 200, "it was issued tomorrow")
      await later.heal()
    }))
}

if (onPostgresql)
  claim("the database has become read-only", () =>
    withServer([], (server) => survives(server, () => server.readOnly(true), () => server.readOnly(false))))
else
  claim("the disk is full", () =>
    withServer([], (server) => survives(server, () => server.diskFull(true), () => server.diskFull(false))))
