// The publish API: its description, the examples of its guide, and two nodes that answer as one.
import { test, before, after } from "node:test"
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { Validator } from "@seriousme/openapi-schema-validator"
import { connect, disconnect, join, lost, next } from "./client.mjs"
import { Member, startCluster } from "./cluster.mjs"
import { Service, description, guide } from "./api.mjs"

const key = "key-of-the-tests"
const run = promisify(execFile)
let a, b, nodes

before(async () => {
  nodes = await startCluster(["a", "b"], ["--api-key", key, "--api-key", "some log:*"])
  ;[a, b] = nodes.map(node => new Service(node.port, key))
  await connected()
})
after(async () => { for (const node of nodes) assert.equal(await node.probe.stop(), 0, "the node ends well") })

const message = (topic, n = 1) => ({ topic, event: "msg", payload: { n } })

/** Resolves when each node sees the presences of the other, and knows what the other has carried out. */
async function connected() {
  const listeners = await Promise.all(nodes.map(node => Member.join(node, node.name)))
  await Promise.all(listeners.map(x => x.sees("a", "b")))
  await Promise.all(listeners.map(x => disconnect(x.socket)))
  for (const service of [a, b]) // the answer of the other node comes after what it has carried out
    while ((await service.topics({ prefix: "none" })).body.missing_nodes) continue
}

/** A client of a node that keeps what it hears on a topic. */
async function listen(node, topic, params) {
  const socket = connect(node.port, params)
  const channel = await join(socket, topic)
  const heard = []
  channel.on("msg", ({ n }) => heard.push(n))
  return { socket, channel, heard }
}

test("the description is valid OpenAPI 3", async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(description))
  assert.ok(valid, JSON.stringify(errors))
})

test("the examples of the guide do what it says", { timeout: 20_000 }, async () => {
  const env = { ...process.env, BENNU: `http://127.0.0.1:${nodes[0].port}`, KEY: key }
  const examples = [...guide.matchAll(/```sh\n(.*?)```\n\n```json\n(.*?)```/gs)]
  assert.equal(examples.length, guide.split("```sh\n").length - 1)
  for (const [, commands, expected] of examples) {
    const { stdout } = await run("sh", ["-c", commands.replaceAll(/^curl/gm, "curl -w '\\n'")], { env })
    const values = text => text.trim().split("\n").map(line => JSON.parse(line))
    assert.deepEqual(values(stdout), values(expected), commands)
  }
})

test("a message that is published through one node reaches the clients of the other", async () => {
  const ann = await listen(nodes[1], "bench:across")
  const arrived = next(ann.channel, "msg")
  assert.deepEqual((await a.publish(message("bench:across"))).body, { accepted: 1 })
  assert.deepEqual(await arrived, { n: 1 })
  await disconnect(ann.socket)
})

test("a repetition through the other node publishes nothing and has the same answer", async () => {
  const ann = await listen(nodes[0], "bench:once")
  for (const [first, second] of [[a, b], [b, a]])
    for (let i = 0; i < 10; ++i) {
      const list = [message("bench:once", i), message("bench:once", i + 0.5)]
      const id = `once-${first.port}-${i}`
      for (const service of [first, second, first])
        assert.deepEqual((await service.publish(list, id)).body, { accepted: 2 })
      const other = await second.publish(message("bench:once"), id)
      assert.equal(other.status, 422)
    }
  const end = next(ann.channel, "end")
  await b.publish({ topic: "bench:once", event: "end", payload: null })
  await end
  assert.equal(ann.heard.length, 40)
  assert.equal(new Set(ann.heard).size, 20) // each half is published through each of the two
  await disconnect(ann.socket)
})

test("of requests with one key that race through both nodes one is carried out, all have the same answer", async () => {
  const ann = await listen(nodes[1], "bench:race")
  const rounds = Array.from({ length: 40 }, (_, i) => i)
  const answers = await Promise.all(rounds.flatMap(i =>
    [a, b, a, b].map(service => service.publish(message("bench:race", i), `race-${i}`))))
  for (const answer of answers) assert.deepEqual([answer.status, answer.body], [202, { accepted: 1 }])
  const end = next(ann.channel, "end")
  for (const service of [a, b]) await service.publish({ topic: "bench:race", event: "end", payload: null })
  await end
  assert.deepEqual(ann.heard.sort((x, y) => x - y), rounds)
  await disconnect(ann.socket)
})

test("keys of two services are different ones, and a malformed key is answered 400", async () => {
  const some = new Service(nodes[0].port, "some")
  assert.equal((await a.publish(message("log:keys"), "same")).status, 202)
  assert.equal((await some.publish([message("log:keys"), message("log:keys")], "same")).status, 202)
  for (const wrong of [" ", "x".repeat(256), "\xe4"])
    assert.equal((await a.publish(message("log:keys"), wrong)).status, 400, wrong)
})

test("a request that was refused uses up no key", async () => {
  assert.equal((await a.publish({ topic: "x" }, "refused")).status, 422)
  assert.equal((await b.publish(message("bench:refused"), "refused")).status, 202)
})

test("presences are those of all nodes", async () => {
  const members = await Promise.all([Member.join(nodes[0], "ann"), Member.join(nodes[1], "bob")])
  await Promise.all(members.map(x => x.sees("ann", "bob")))
  for (const service of [a, b])
    assert.deepEqual(Object.keys((await service.presence("presence:crowd")).body).sort(), ["ann", "bob"])
  await Promise.all(members.map(x => disconnect(x.socket)))
})

test("disconnect closes the sockets of an id on every node", async () => {
  const clients = await Promise.all([nodes[0], nodes[1]].map(node => listen(node, "bench:user", { user_id: "7" })))
  const other = await listen(nodes[1], "bench:user", { user_id: "77" })
  const ends = Promise.all(clients.map(({ socket }) => lost(socket)))
  assert.equal((await a.disconnect("user_sockets:7")).status, 202)
  assert.deepEqual(await ends, [1001, 1001])
  assert.ok(other.socket.isConnected())
  await Promise.all([...clients, other].map(({ socket }) => disconnect(socket)))
})

test("every error has the form that the description gives it, also what the server itself refuses", async () => {
  const is = async (status, ...request) => assert.equal((await a.call(...request)).status, status, JSON.stringify(request).slice(0, 200))
  for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS"]) await is(404, method, "/nothing")
  for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) await is(405, method, "/publish")
  for (const method of ["POST", "PATCH"]) await is(405, method, "/topics")
  await is(400, "POST", "/publish", "{")
  await is(400, "POST", "/publish?x=1", [])
  await is(401, "POST", "/publish", [], { authorization: "Bearer nobody" })
  await is(413, "POST", "/publish", `"${"x".repeat(1 << 20)}"`)
  await is(413, "POST", "/publish", Array(1001).fill(message("t")))
  await is(415, "POST", "/publish", "[]", { "content-type": "text/plain" })
  await is(422, "POST", "/publish", [message("t"), {}, { ...message("t"), event: "position" }])
  await is(422, "POST", "/disconnect", { id: "room:lobby" })
  await is(431, "POST", "/publish", [], { "x-long": "x".repeat(20_000) })
  await is(400, "GET", "/presence")
  await is(400, "GET", "/topics?limit=0")
})

test("a node that does not acknowledge a key is named in the answer, and knows the key later", { timeout: 30_000 }, async () => {
  const ann = await listen(nodes[0], "bench:hangs")
  const ids = Array.from({ length: 12 }, (_, i) => i)
  nodes[1].probe.child.kill("SIGSTOP") // it decides about some of the keys: these wait for it
  const all = ids.map(i => a.publish(message("bench:hangs", i), `hangs-${i}`))
  const first = await Promise.race(all)
  nodes[1].probe.child.kill("SIGCONT")
  assert.deepEqual([first.status, first.body], [202, { accepted: 1, missing_nodes: ["b"] }])
  for (const { status, body } of await Promise.all(all)) assert.deepEqual([status, body.accepted], [202, 1])
  for (const i of ids) assert.deepEqual((await b.publish(message("bench:hangs", i), `hangs-${i}`)).body, { accepted: 1 })
  const end = next(ann.channel, "end")
  for (const service of [a, b]) await service.publish({ topic: "bench:hangs", event: "end", payload: null })
  await end
  assert.deepEqual(ann.heard.sort((x, y) => x - y), ids)
  await disconnect(ann.socket)
})

test("topics are counted over all nodes, in pages, as far as the key may see them", async () => {
  const sockets = nodes.map(node => connect(node.port))
  const topics = ["log:t-a", "log:t-b", "bench:t-c", "bench:t-d", "bench:t-\u00e4"]
  for (const topic of topics) await join(sockets[0], topic)
  await join(sockets[1], "bench:t-c")
  await join(sockets[1], "bench:t-e")
  for (const service of [a, b]) {
    const read = async query => (await service.topics({ ...query, prefix: "bench:t-" })).body
    const names = page => page.topics.map(({ topic, subscribers }) => `${topic.slice(8)} ${subscribers}`)
    assert.deepEqual(names(await read({})), ["c 2", "d 1", "e 1", "\u00e4 1"])
    const first = await read({ limit: 2 })
    assert.deepEqual([names(first), first.next], [["c 2", "d 1"], "bench:t-d"])
    const second = await read({ limit: 2, after: first.next })
    assert.deepEqual([names(second), second.next], [["e 1", "\u00e4 1"], undefined])
    const some = (await new Service(service.port, "some").topics({})).body
    assert.deepEqual(some, { topics: [{ topic: "log:t-a", subscribers: 1 }, { topic: "log:t-b", subscribers: 1 }] })
  }
  await Promise.all(sockets.map(socket => disconnect(socket)))
})

test("what a node has carried out before it died is known to the others, and to its next life", { timeout: 30_000 }, async () => {
  const ann = await listen(nodes[0], "bench:death")
  const ids = Array.from({ length: 20 }, (_, i) => i)
  for (const i of ids) assert.equal((await b.publish(message("bench:death", i), `death-${i}`)).status, 202)
  await nodes[1].probe.kill()
  for (const i of ids) assert.deepEqual((await a.publish(message("bench:death", i), `death-${i}`)).body, { accepted: 1 })
  nodes[1] = await nodes[1].again()
  b = new Service(nodes[1].port, key)
  await connected()
  for (const i of ids) assert.deepEqual((await b.publish(message("bench:death", i), `death-${i}`)).body, { accepted: 1 })
  const end = next(ann.channel, "end")
  await b.publish({ topic: "bench:death", event: "end", payload: null })
  await end
  assert.deepEqual(ann.heard, ids)
  await disconnect(ann.socket)
})

test("what is carried out while a node starts again is known to it, too", { timeout: 30_000 }, async () => {
  const ann = await listen(nodes[0], "bench:load")
  let count = 0, isOver = false
  const load = Promise.all(Array.from({ length: 20 }, async () => {
    while (!isOver) {
      const i = count++
      assert.equal((await a.publish(message("bench:load", i), `load-${i}`)).status, 202)
    }
  }))
  await nodes[1].probe.kill()
  nodes[1] = await nodes[1].again()
  b = new Service(nodes[1].port, key)
  await connected()
  isOver = true
  await load
  await Promise.all(Array.from({ length: 20 }, async (_, first) => {
    for (let i = first; i < count; i += 20)
      assert.deepEqual((await b.publish(message("bench:load", i), `load-${i}`)).body, { accepted: 1 })
  }))
  const end = next(ann.channel, "end")
  await b.publish({ topic: "bench:load", event: "end", payload: null })
  await end
  assert.deepEqual(ann.heard.sort((x, y) => x - y), Array.from({ length: count }, (_, i) => i))
  await disconnect(ann.socket)
})
