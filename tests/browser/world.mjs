// A server and a browser for the claims of one file, and the people whose windows it opens.
import { after, before, test } from "node:test"
import assert from "node:assert/strict"
import { chromium } from "playwright-core"
import { bounded, ChatServer } from "../support/chat_server.mjs"
import { ChatWindow } from "./chat_window.mjs"

export { phone } from "./chat_window.mjs"

/**
 * `setUp(here)` opens the windows that all claims of the file share. With `nodes: 2`, `here.other` is a second node
 * of the chat.
 */
export function world(setUp, { nodes = 1 } = {}) {
  const here = { windows: [] }

  before(async () => {
    ;[here.server, here.other] = nodes === 2 ? await ChatServer.pair() : [await ChatServer.start()]
    here.browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" })
    await setUp(here)
  })

  after(async () => {
    await here.browser?.close()
    for (const server of [here.other, here.server]) if (server) assert.equal(await server.stop(), 0, "the server ends well")
  })

  here.window = async ({ at = here.server, ...options } = {}) => {
    const opened = await ChatWindow.open(here.browser, at.address, options)
    here.windows.push(opened)
    return opened
  }

  here.person = async (name, options) => {
    const opened = await here.window(options)
    await opened.signUp(name)
    return opened
  }

  /** Stores this many messages in a room, faster than people may write. */
  here.fill = (room, count) => here.server.fill(room, count)

  here.claim = (title, check) =>
    test(title, bounded(title, async () => {
      await check()
      assert.deepEqual(here.windows.flatMap((x) => x.problems), [], "no page has reported an error")
    }))

  return here
}

/** `from` sends it, `to` receives it within a second. */
export async function exchange(from, to, text) {
  const said = await from.say(text)
  const late = (await to.hears(text)) - said
  assert.ok(late < 1000, `"${text}" took ${late} ms`)
  await from.hears(text)
}
