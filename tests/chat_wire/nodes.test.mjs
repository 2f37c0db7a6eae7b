// Two nodes with one database are one chat.
import assert from "node:assert/strict"
import { ChatServer } from "../support/chat_server.mjs"
import { Client, signUp } from "./client.mjs"
import { claim } from "./world.mjs"

const cell = (who, topic, n, event = "move") => who.push(topic, event, { cell: n })

/** Nodes a and b, ann on one and bob on the other. Both are in the lobby and see each other. */
async function pair(check) {
  const [a, b] = await ChatServer.pair()
  try {
    const ann = await Client.connect(a, await signUp(a, "ann"))
    const bob = await Client.connect(b, await signUp(b, "bob"))
    for (const one of [ann, bob]) await one.enter()
    // Until the nodes have connected, typing on one node is not shown on the other.
    const met = ann.next("room:lobby", "user_typing")
    let waiting = true
    met.then(() => (waiting = false))
    while (waiting) {
      bob.cast("room:lobby", "typing", { typing: true })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await check({ a, b, ann, bob })
  } finally {
    for (const node of [b, a]) assert.equal(await node.stop(), 0, "the node ends well")
  }
}

claim("users of different nodes can chat, see and mention each other; a user's limit counts on both nodes", () =>
  pair(async ({ b, ann, bob }) => {
    await bob.join(`user:${bob.user.id}`)
    const { response } = await ann.say("hello @bob")
    assert.equal((await bob.next("room:lobby", "new_message")).id, response.id)
    assert.equal((await bob.next(`user:${bob.user.id}`, "notification")).message_id, response.id)
    const cleo = await Client.connect(b, await signUp(b, "cleo"))
    await cleo.enter()
    assert.deepEqual(await ann.next("room:lobby", "user_joined", ({ user }) => user.name === "cleo").then((x) => x.user.id), cleo.user.id)
    await ann.next("room:lobby", "presence_diff", ({ joins }) => joins[cleo.user.id])
    await cleo.close()
    assert.deepEqual(await ann.next("room:lobby", "user_left"), { user_id: cleo.user.id })
    await ann.next("room:lobby", "presence_diff", ({ leaves }) => leaves[cleo.user.id])

    const elsewhere = await Client.connect(b, ann)
    await elsewhere.enter()
    for (let n = 1; n < 30; ++n) assert.equal((await (n % 2 ? ann : elsewhere).say(`${n}`)).status, "ok")
    for (const one of [ann, elsewhere]) assert.deepEqual(await one.say("30"), { status: "error", response: { reason: "rate_limited" } })
  }))

claim("a game is shared by both nodes, survives its crash, and continues when its node is lost", () =>
  pair(async ({ a, b, ann, bob }) => {
    // So many that each node owns some.
    const topics = Array.from({ length: 12 }, (_, n) => `game:g${n}`)
    for (const topic of topics) {
      assert.equal((await ann.join(topic)).status, "ok")
      const { response } = await bob.join(topic)
      assert.deepEqual([response.players.X.name, response.players.O.name], ["ann", "bob"], topic)
      assert.equal((await cell(ann, topic, 0)).status, "ok")
      for (const one of [ann, bob]) await one.next(topic, "game_state", ({ board }) => board[0] === "X")
      assert.deepEqual(await cell(bob, topic, 0), { status: "error", response: { reason: "taken" } })
      assert.deepEqual(await cell(bob, topic, 4, "boom"), { status: "error", response: { reason: "crashed" } })
      assert.equal((await cell(bob, topic, 3)).status, "ok")
      await ann.next(topic, "game_state", ({ board }) => board[3] === "O" && board[4] === "")
    }
    const running = async (node) => Number(/^chat_games (\d+)/m.exec(await (await fetch(new URL("metrics", node.address))).text())[1])
    const shares = [await running(a), await running(b)]
    assert.equal(shares[0] + shares[1], topics.length, "no game runs twice")
    assert.ok(shares[0] > 0 && shares[1] > 0, `each node owns some: ${shares}`)

    await b.kill()
    for (const topic of topics) {
      let answer = { status: "error", response: { reason: "unavailable" } }
      while (answer.response.reason === "unavailable") answer = await cell(ann, topic, 1)
      assert.equal(answer.status, "ok")
      await ann.next(topic, "game_state", ({ board }) => board.join("") === "XXO")
    }
    assert.equal(await running(a), topics.length)

    await b.comeBack()
    const back = await Client.connect(b, bob)
    for (const topic of topics) {
      let state
      do {
        await back.leave(topic)
        state = (await back.join(topic)).response
      } while (state.board?.join("") !== "XXO")
      assert.equal((await cell(back, topic, 4)).status, "ok")
    }
    while ((await running(a)) + (await running(b)) !== topics.length) await new Promise((resolve) => setTimeout(resolve, 100))
  }))
