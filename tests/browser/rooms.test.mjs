import assert from "node:assert/strict"
import { exchange, world } from "./world.mjs"

let ann, bob, eve

const here = world(async ({ person }) => {
  ann = await person("ann")
  bob = await person("bob")
  eve = await person("eve")
})
const { claim } = here

claim("a mention rings the bell, leads to its room, and stays read afterwards", async () => {
  await ann.say("are you there, @BOB?")
  await bob.shows("#bell-count", "1")
  await bob.page.click("#bell")
  await bob.screenshot("mentions")
  await bob.page.click("text=ann mentioned you in")
  await bob.page.waitForSelector("#bell-count", { state: "hidden" })
  assert.equal(await ann.page.isVisible("#bell-count"), false)
  await bob.page.reload()
  await bob.joined()
  await bob.page.waitForSelector('#mentions[aria-busy="false"] .empty', { state: "attached" })
})

claim("mentions that came while a user was away are shown at the next visit", async () => {
  await bob.page.goto("about:blank")
  await ann.say("call me, @bob")
  await ann.hears("call me, @bob")
  await bob.page.goto(here.server.address)
  await bob.shows("#bell-count", "1")
  await bob.page.click("#bell")
  await bob.page.click("#mark-read")
  await bob.page.waitForSelector("#bell-count", { state: "hidden" })
})

claim("a private room can be created and is visible to its members only", async () => {
  await ann.makeRoom("The den", { members: "bob", isPrivate: true })
  await ann.shows("#room-name", "◆ The den")
  await bob.page.reload()
  await bob.open("the-den")
  await exchange(ann, bob, "just us two")
  await eve.page.reload()
  await eve.joined()
  assert.equal(await eve.page.locator('#rooms button[data-room="the-den"]').count(), 0)
  assert.deepEqual(await eve.page.evaluate(() => bennu.join("room:the-den")), { status: "error", response: { reason: "unauthorized" } })
})

claim("a room with an unknown member is refused with a clear text", async () => {
  await ann.makeRoom("Nobody's", { members: "nobody" })
  await ann.shows("#room-complaint", "no such user: nobody")
  await ann.screenshot("new-room")
  await ann.page.click("#new-room-cancel")
})

claim("unread messages of other rooms are counted", async () => {
  await bob.open("lobby")
  await ann.open("the-den")
  await ann.say("one")
  await ann.say("two")
  await bob.unread("the-den", "2")
  await bob.screenshot("unread")
  await bob.page.keyboard.press("Alt+ArrowDown")
  await bob.hears("two")
  await bob.page.waitForSelector('#rooms button[data-room="the-den"] .badge', { state: "hidden" })
})

claim("the limit of 30 messages a minute is explained, and the message can be sent again", async () => {
  await eve.joined()
  for (let n = 1; n <= 30; ++n) await eve.say(`message ${n}`)
  await eve.hears("message 30")
  await eve.say("one too many")
  const failed = eve.page.locator("#messages .failed")
  await failed.waitFor()
  assert.match(await failed.textContent(), /Slow down a little/)
  assert.equal(await failed.getByRole("button", { name: "Try again" }).count(), 1)
  await failed.getByRole("button", { name: "Remove" }).click()
  await failed.waitFor({ state: "detached" })
})
