// A server for the claims of one file.
import { after, before, test } from "node:test"
import assert from "node:assert/strict"
import { bounded, ChatServer } from "../support/chat_server.mjs"
import { api, Client, signUp, transports } from "./client.mjs"

export const claim = (title, check) => test(title, bounded(title, check))

/** The same claim over both transports; `check` receives the transport. */
export function claimOnBoth(title, check) {
  for (const transport of Object.keys(transports)) claim(`${title} (${transport})`, () => check(transport))
}

/** One server that all claims of the file share. Names of people and rooms are unique for that reason. */
export function world(options, how) {
  const here = { made: 0 }
  before(async () => (here.server = await ChatServer.start(options, how)))
  after(async () => assert.equal(await here.server?.stop(), 0, "the server ends well"))
  here.account = (name = "p") => signUp(here.server, `${name}-${++here.made}`)
  here.person = async (name, transport) => Client.connect(here.server, await here.account(name), transport)

  /** Creates a room. Resolves to its id. */
  here.room = async (by, { members = [], isPrivate = false } = {}) => {
    const id = `room-${++here.made}`
    const body = { id, name: `Room ${here.made}`, private: isPrivate, members }
    const { status } = await api(here.server, "POST", "api/rooms", { token: by.token, body })
    assert.equal(status, 201)
    return id
  }

  /** Two people in a separate room. */
  here.pair = async (transport) => {
    const ann = await here.person("ann", transport)
    const bob = await here.person("bob", transport)
    const room = await here.room(ann)
    for (const one of [ann, bob]) await one.enter(room)
    await ann.next(`room:${room}`, "user_joined")
    await ann.next(`room:${room}`, "presence_diff", ({ joins }) => joins[bob.user.id])
    return { ann, bob, room, topic: `room:${room}` }
  }
  return here
}

/** A separate server for one claim. */
export async function withServer(options, check, how) {
  const server = await ChatServer.start(options, how)
  try {
    await check(server)
  } finally {
    assert.equal(await server.stop(), 0, "the server ends well")
  }
}
