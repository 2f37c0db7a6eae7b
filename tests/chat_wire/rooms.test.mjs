import assert from "node:assert/strict"
import { Client } from "./client.mjs"
import { claim, claimOnBoth, world } from "./world.mjs"

const here = world()
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const events = (client, topic) => client.frames.filter((x) => x[2] === topic).map((x) => x[3])

claimOnBoth("a join of a room that does not exist, or of others' private room, is refused; any other reply names the room", async (transport) => {
  const ann = await here.person("ann", transport)
  const eve = await here.person("eve", transport)
  assert.deepEqual(await ann.join("room:nowhere"), { status: "error", response: { reason: "room not found" } })
  const { history, ...rest } = (await ann.join("room:lobby")).response
  assert.deepEqual(rest, { room: { id: "lobby", name: "Lobby" } })
  assert.deepEqual([history.recovered, history.position[0]], [false, "@"])
  const den = await here.room(ann, { isPrivate: true, members: [] })
  assert.equal((await ann.join(`room:${den}`)).status, "ok")
  assert.deepEqual(await eve.join(`room:${den}`), { status: "error", response: { reason: "unauthorized" } })
})

claimOnBoth("after the join the client receives recent_messages, then presence_state; the others user_joined, then the presence", async (transport) => {
  const ann = await here.person("ann", transport)
  const bob = await here.person("bob", transport)
  const room = await here.room(ann)
  const topic = `room:${room}`
  await ann.enter(room)
  await bob.join(topic)
  const state = await bob.next(topic, "presence_state")
  assert.deepEqual(Object.keys(state).sort(), [ann, bob].map((x) => String(x.user.id)).sort())
  const { metas: [{ phx_ref, joined_at, ...meta }] } = state[bob.user.id]
  assert.equal(typeof phx_ref, "string")
  assert.match(joined_at, iso)
  assert.deepEqual(meta, { name: bob.user.name, avatar: bob.user.avatar, status: "online" })
  assert.deepEqual(await bob.next(topic, "recent_messages"), { messages: [] })
  const { joins } = await ann.next(topic, "presence_diff", (x) => x.joins[bob.user.id])
  assert.equal(joins[bob.user.id].metas[0].name, bob.user.name)
  const joined = await ann.next(topic, "user_joined")
  assert.deepEqual(joined, { user: { id: bob.user.id, name: bob.user.name } })
  assert.ok(!(await bob.has("user_joined")), "the client that joined does not receive it")
})

claimOnBoth("the order after a join is recent_messages, one's own presence_diff, presence_state", async (transport) => {
  const ann = await here.person("ann", transport)
  const room = await here.room(ann)
  const topic = `room:${room}`
  await ann.join(topic)
  while (!events(ann, topic).includes("presence_state")) await ann.settled()
  assert.deepEqual(events(ann, topic).slice(0, 3), ["recent_messages", "presence_diff", "presence_state"])
})

claimOnBoth("a client that joins receives the last 50 messages, oldest first", async (transport) => {
  const people = [await here.person("ann", transport), await here.person("bob", transport)]
  const room = await here.room(people[0])
  for (const one of people) await one.enter(room)
  for (let n = 0; n < 52; ++n) assert.equal((await people[n % 2].say(`message ${n}`, room)).status, "ok")
  const cleo = await here.person("cleo", transport)
  const found = await cleo.enter(room)
  assert.deepEqual(found.map((x) => x.body), Array.from({ length: 50 }, (_, n) => `message ${n + 2}`))
  assert.ok(found.every((x, n) => n === 0 || x.id > found[n - 1].id))
})

claimOnBoth("a message is broadcast to all, then answered with its id", async (transport) => {
  const { ann, bob, room, topic } = await here.pair(transport)
  ann.frames.length = 0
  const ref = ann.cast(topic, "new_message", { body: "hello <b>you</b>" })
  const [, , , , reply] = await ann.frame((x) => x[1] === ref)
  assert.ok(events(ann, topic).includes("new_message"), "its own broadcast came before the reply")
  const heard = await bob.next(topic, "new_message")
  assert.deepEqual(reply, { status: "ok", response: { id: heard.id } })
  assert.ok(Number.isInteger(heard.id))
  assert.match(heard.timestamp, iso)
  const { id, timestamp, ...rest } = heard
  assert.deepEqual(rest, { body: "hello <b>you</b>", user: { id: ann.user.id, name: ann.user.name } })
  assert.deepEqual(await ann.next(topic, "new_message"), heard)
  const cleo = await here.person("cleo", transport)
  assert.deepEqual(await cleo.enter(room), [heard], "what was acknowledged is stored")
})

claimOnBoth("an empty body, a missing one and one that is not a text are blank; one over 1000 bytes is too long", async (transport) => {
  const { ann, topic, room } = await here.pair(transport)
  const blank = { status: "error", response: { errors: { body: ["can't be blank"] } } }
  for (const payload of [{ body: "" }, { body: " \n" }, {}, { body: 7 }, { body: null }, []])
    assert.deepEqual(await ann.push(topic, "new_message", payload), blank)
  assert.equal((await ann.say("x".repeat(1000), room)).status, "ok")
  const long = { status: "error", response: { reason: "message_too_long" } }
  assert.deepEqual(await ann.say("x".repeat(1001), room), long)
  assert.deepEqual(await ann.say("ü".repeat(501), room), long, "bytes, not characters")
})

claimOnBoth("a NUL or another control character in a message is refused, and no room has an id with one", async (transport) => {
  const { ann, bob, topic, room } = await here.pair(transport)
  const refused = { status: "error", response: { errors: { body: ["may not hold control characters"] } } }
  for (const body of ["pay 10\u0000 to bob", "bell\u0007", "\u001b[31mred"]) assert.deepEqual(await ann.say(body, room), refused)
  for (const body of ["\u3164", "\u2800", "\u00ad", "\u{e0020}"])
    assert.deepEqual((await ann.say(body, room)).response.errors, { body: ["can't be blank"] })
  assert.equal((await ann.say("two\nlines \u202eand no trick", room)).status, "ok")
  assert.equal((await bob.next(topic, "new_message")).body, "two\nlines and no trick")
  for (const id of [`${room}\u0000hidden`, "lobby\u0000hidden", "lobby\n"])
    assert.deepEqual(await ann.join(`room:${id}`), { status: "error", response: { reason: "room not found" } })
  assert.deepEqual(await ann.join("game:g\u0000x"), { status: "error", response: { reason: "game not found" } })
})

claimOnBoth("a user may send 30 messages a minute, over all connections and rooms", async (transport) => {
  const { ann, bob, room } = await here.pair(transport)
  const again = await Client.connect(here.server, ann, transport)
  const other = await here.room(ann)
  await again.enter(other)
  for (let n = 0; n < 30; ++n)
    assert.equal((await (n % 2 ? ann.say(`${n}`, room) : again.say(`${n}`, other))).status, "ok")
  const limited = { status: "error", response: { reason: "rate_limited" } }
  assert.deepEqual(await ann.say("31", room), limited)
  assert.deepEqual(await again.say("31", other), limited)
  assert.equal((await bob.say("bob may", room)).status, "ok")
})

claimOnBoth("typing is sent to the others, and is not answered", async (transport) => {
  const { ann, bob, topic } = await here.pair(transport)
  const refs = [ann.cast(topic, "typing", { typing: true }), ann.cast(topic, "typing", { typing: false })]
  assert.deepEqual(await bob.next(topic, "user_typing"), { user_id: ann.user.id, typing: true })
  assert.deepEqual(await bob.next(topic, "user_typing"), { user_id: ann.user.id, typing: false })
  assert.ok(!(await ann.has("user_typing")))
  assert.ok(!ann.frames.some((x) => refs.includes(x[1])), "no reply")
})

claimOnBoth("a status of up to 64 bytes is shown to all, and is not answered; anything else changes nothing", async (transport) => {
  const { ann, bob, topic } = await here.pair(transport)
  const lunch = "ü".repeat(32)
  const refs = [{ status: "x".repeat(65) }, { status: 1 }, {}, { status: lunch }].map((x) => ann.cast(topic, "update_status", x))
  const { joins, leaves } = await bob.next(topic, "presence_diff", (x) => x.leaves[ann.user.id])
  const [after] = joins[ann.user.id].metas
  const [before] = leaves[ann.user.id].metas
  assert.deepEqual([before.status, after.status], ["online", lunch])
  assert.equal(after.phx_ref_prev, before.phx_ref)
  assert.equal(after.joined_at, before.joined_at)
  assert.ok(!(await ann.settled()).some((x) => refs.includes(x[1])), "no reply")
})

claimOnBoth("when a client leaves, the others receive user_left and the presence", async (transport) => {
  const { ann, bob, topic } = await here.pair(transport)
  await bob.leave(topic)
  assert.deepEqual(await ann.next(topic, "user_left"), { user_id: bob.user.id })
  const { leaves } = await ann.next(topic, "presence_diff", (x) => x.leaves[bob.user.id])
  assert.deepEqual(Object.keys(leaves), [String(bob.user.id)])
})

claim("a user who disconnects has left", async () => {
  const { ann, bob, topic } = await here.pair("websocket")
  await bob.close()
  assert.deepEqual(await ann.next(topic, "user_left"), { user_id: bob.user.id })
  await ann.next(topic, "presence_diff", (x) => x.leaves[bob.user.id])
})

claimOnBoth("a channel that crashes restarts in place: no user leaves or joins, and the status stays", async (transport) => {
  const { ann, bob, topic, room } = await here.pair(transport)
  ann.cast(topic, "update_status", { status: "busy" })
  await bob.next(topic, "presence_diff", (x) => x.leaves[ann.user.id])
  bob.frames.length = 0
  assert.deepEqual(await ann.push(topic, "boom", {}), { status: "error", response: { reason: "crashed" } })
  assert.equal((await ann.say("still here", room)).status, "ok")
  await bob.next(topic, "new_message")
  const told = events(bob, topic)
  assert.ok(!told.includes("user_left") && !told.includes("user_joined"), `bob heard ${told}`)
  const cleo = await here.person("cleo", transport)
  await cleo.join(topic)
  const state = await cleo.next(topic, "presence_state")
  assert.deepEqual(state[ann.user.id].metas.map((x) => x.status), ["busy"])
})

claimOnBoth("a message that is sent again with its client_id is stored and broadcast once, and answered with the same id", async (transport) => {
  const { ann, bob, topic } = await here.pair(transport)
  const send = (body, client_id = "c-1") => ann.push(topic, "new_message", { body, client_id })
  const first = await send("once")
  assert.equal(first.status, "ok")
  assert.deepEqual(await send("once"), first)
  assert.deepEqual((await send("another")).response, { errors: { client_id: ["was used for another message"] } })
  assert.deepEqual(Object.keys((await send("x", "no id")).response.errors), ["client_id"])
  assert.equal((await send("after", "c-2")).status, "ok")
  const heard = [await bob.next(topic, "new_message"), await bob.next(topic, "new_message")]
  assert.deepEqual(heard.map((x) => [x.body, x.client_id]), [["once", "c-1"], ["after", "c-2"]])
})

claimOnBoth("watch returns what is unread in rooms that are not joined, and then each message there is pushed", async (transport) => {
  const { ann, bob, room } = await here.pair(transport)
  const den = await here.room(ann, { isPrivate: true })
  const eve = await here.person("eve", transport)
  const mine = `user:${eve.user.id}`
  await eve.join(mine)
  const first = (await ann.say("one", room)).response.id
  const { status, response } = await eve.push(mine, "watch", { rooms: { [room]: 0, [den]: 0, nowhere: 0 } })
  assert.deepEqual([status, response], ["ok", { unread: { [room]: { count: 1, last: first } } }])
  const { id } = (await bob.say("two", room)).response
  assert.deepEqual(await eve.next(mine, "room_message"), { room_id: room, message_id: id, user_id: bob.user.id })
  assert.deepEqual((await eve.push(mine, "watch", { rooms: {} })).response, { unread: {} })
  for (const rooms of [[], { "a b": 1 }, { a: "x" }, null]) assert.equal((await eve.push(mine, "watch", { rooms })).status, "error")
})

claimOnBoth("above a user's limit on events for a whole room, typing is dropped and only the last status is shown", async (transport) => {
  const { ann, bob, topic, room } = await here.pair(transport)
  for (let n = 0; n < 200; ++n) ann.cast(topic, "typing", { typing: true })
  for (let n = 0; n <= 200; ++n) ann.cast(topic, "update_status", { status: `status ${n}` })
  await ann.say("done", room)
  await bob.next(topic, "new_message")
  assert.ok(events(bob, topic).filter((x) => x === "user_typing").length <= 20)
  await bob.next(topic, "presence_diff", ({ joins }) => joins[ann.user.id]?.metas.some((x) => x.status === "status 200"))
  assert.ok(events(bob, topic).filter((x) => x === "presence_diff").length <= 25)
})

claimOnBoth("a client may ask for older messages and members thirty times in ten seconds; then it is told to wait", async (transport) => {
  const { ann, topic } = await here.pair(transport)
  const answers = []
  for (let n = 0; n < 40; ++n) answers.push(await ann.push(topic, n % 2 ? "members" : "older_messages", { before: 1000 }))
  assert.equal(answers.filter((x) => x.status === "ok").length, 30)
  assert.deepEqual(answers.at(-1), { status: "error", response: { reason: "rate_limited" } })
})
