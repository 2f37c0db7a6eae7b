import assert from "node:assert/strict"
import { claim, claimOnBoth, world } from "./world.mjs"

const here = world()

claimOnBoth("user:ID is for that user only; the reply to the join has the unread notifications, newest first", async (transport) => {
  const { ann, bob, room } = await here.pair(transport)
  const mine = `user:${bob.user.id}`
  assert.deepEqual(await ann.join(mine), { status: "error", response: { reason: "unauthorized" } })
  assert.deepEqual(await bob.join(mine), { status: "ok", response: { notifications: [] } })
  await bob.leave(mine)
  const sent = []
  for (const text of ["one", "two"]) sent.push((await ann.say(`@${bob.user.name.toUpperCase()} ${text}`, room)).response.id)
  const { notifications } = (await bob.join(mine)).response
  assert.deepEqual(notifications.map((x) => x.message_id), sent.reverse())
  const { id, ...rest } = notifications[0]
  assert.ok(Number.isInteger(id))
  assert.deepEqual(rest, { room_id: room, message_id: sent[0], from: ann.user.name, read: false })
})

claimOnBoth("a mention is pushed when it comes, and stays read once it is marked", async (transport) => {
  const { ann, bob, room } = await here.pair(transport)
  const mine = `user:${bob.user.id}`
  await bob.join(mine)
  const { response: { id } } = await ann.say(`hi @${bob.user.name}, and @nobody-here`, room)
  const told = await bob.next(mine, "notification")
  assert.equal(told.message_id, id)
  assert.deepEqual(Object.keys(told).sort(), ["from", "id", "message_id", "read", "room_id"])
  assert.deepEqual(await bob.push(mine, "mark_notifications_read", { ids: [told.id] }), { status: "ok", response: {} })
  await bob.leave(mine)
  assert.deepEqual((await bob.join(mine)).response, { notifications: [] })
})

claim("users cannot mark the notifications of others, and are not notified of rooms that they may not read", async () => {
  const { ann, bob, room } = await here.pair()
  const eve = await here.person("eve")
  for (const one of [bob, eve]) await one.join(`user:${one.user.id}`)
  await ann.say(`@${bob.user.name}`, room)
  const { id } = await bob.next(`user:${bob.user.id}`, "notification")
  assert.equal((await eve.push(`user:${eve.user.id}`, "mark_notifications_read", { ids: [id] })).status, "ok")
  await bob.leave(`user:${bob.user.id}`)
  assert.equal((await bob.join(`user:${bob.user.id}`)).response.notifications.length, 1)
  const den = await here.room(ann, { isPrivate: true })
  await ann.enter(den)
  await ann.say(`@${eve.user.name} psst`, den)
  assert.ok(!(await eve.has("notification")))
})
