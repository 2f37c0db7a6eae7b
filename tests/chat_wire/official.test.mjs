// The unmodified official client with the chat.
import assert from "node:assert/strict"
import { LongPoll, Presence, Socket } from "phoenix"
import WebSocket from "ws"
import { claim, world } from "./world.mjs"

const here = world()
const kinds = { websocket: WebSocket, longpoll: LongPoll }

function connect({ token }, transport) {
  const socket = new Socket(`${here.server.address.replace("http", "ws")}socket`, {
    transport: kinds[transport], params: { token }, reconnectAfterMs: () => 20, rejoinAfterMs: () => 20 })
  socket.connect()
  return socket
}

const answer = (push) =>
  new Promise((resolve) => ["ok", "error", "timeout"].forEach((status) => push.receive(status, (response) => resolve({ status, response }))))
const heard = (channel, event) => new Promise((resolve) => channel.on(event, resolve))

for (const transport of Object.keys(kinds)) {
  claim(`sign in, join, talk, see who is there, leave (${transport})`, async () => {
    const [ann, bob] = [await here.account("ann"), await here.account("bob")]
    const [one, two] = [ann, bob].map((x) => connect(x, transport))
    const mine = one.channel("room:lobby", {})
    const presence = new Presence(mine)
    const whoIsThere = (fits) =>
      new Promise((resolve) => presence.onSync(() => fits(presence.list((id) => Number(id))) && resolve()))
    const alone = whoIsThere((x) => x.includes(ann.user.id))
    assert.equal((await answer(mine.join())).status, "ok")
    await alone
    const together = whoIsThere((x) => x.includes(bob.user.id))
    const theirs = two.channel("room:lobby", {})
    assert.equal((await answer(theirs.join())).status, "ok")
    await together
    const message = heard(theirs, "new_message")
    const { response } = await answer(mine.push("new_message", { body: "hello" }))
    assert.equal((await message).id, response.id)
    const apart = whoIsThere((x) => !x.includes(bob.user.id))
    assert.equal((await answer(theirs.leave())).status, "ok")
    await apart
    for (const socket of [one, two]) await new Promise((resolve) => socket.disconnect(resolve))
  })

  claim(`the server is killed: the client comes back by itself, and what was said is there (${transport})`, async () => {
    const cleo = await here.account("cleo")
    const socket = connect(cleo, transport)
    const room = socket.channel("room:lobby", {})
    const first = heard(room, "recent_messages")
    await answer(room.join())
    await first
    const { status, response } = await answer(room.push("new_message", { body: `kept, ${transport}` }))
    assert.equal(status, "ok")
    const again = heard(room, "recent_messages")
    await here.server.kill()
    await here.server.comeBack()
    assert.ok((await again).messages.some((x) => x.id === response.id))
    await new Promise((resolve) => socket.disconnect(resolve))
  })
}
