// Two windows on two nodes. Users cannot notice that there are two.
import assert from "node:assert/strict"
import { exchange, world } from "./world.mjs"

let ann, bob

const here = world(
  async ({ person, other }) => {
    ann = await person("ann")
    bob = await person("bob", { at: other })
  },
  { nodes: 2 },
)
const { claim } = here

claim("two windows on two nodes see each other, and exchange messages, each within a second of sending", async () => {
  for (const window of [ann, bob]) await window.seesOnline(["ann", "bob"])
  await exchange(ann, bob, "hello over there")
  await exchange(bob, ann, "hello yourself")
  for (const window of [ann, bob]) assert.deepEqual(await window.messages(), ["hello over there", "hello yourself"])
})

claim("typing and a mention on one node are shown on the other", async () => {
  await ann.type("are you there, ")
  await bob.shows("#typing", "ann is typing…")
  await ann.say("@bob?")
  await bob.shows("#bell-count", "1")
  await bob.shows("#typing", "")
  await bob.page.click("#bell")
  await bob.page.click("text=ann mentioned you in")
})

claim("a game is played over both nodes", async () => {
  for (const window of [ann, bob]) await window.page.click("#game-open")
  const [x, o] = [ann, bob]
  for (const [who, n, mark] of [[x, 0, "X"], [o, 3, "O"], [x, 1, "X"], [o, 4, "O"], [x, 2, "X"]]) {
    await who.page.locator("#board button").nth(n).click()
    for (const window of [ann, bob])
      await window.page.waitForFunction(([at, what]) => document.querySelectorAll("#board button")[at].textContent === what, [n, mark])
  }
  await ann.shows("#game-status", "You have won!")
  await bob.shows("#game-status", "ann has won.")
})

claim("a node is killed: its users disappear, reconnect by themselves, and no message is missing", async () => {
  const before = await ann.messages()
  await here.other.kill()
  await bob.status("reconnecting")
  await ann.seesOnline(["ann"])
  await ann.say("said while bob was away")
  await ann.hears("said while bob was away")
  await here.other.comeBack()
  await bob.status("connected")
  await bob.hears("said while bob was away")
  for (const window of [ann, bob]) await window.seesOnline(["ann", "bob"])
  await exchange(bob, ann, "back again")
  for (const window of [ann, bob]) assert.deepEqual(await window.messages(), [...before, "said while bob was away", "back again"])
})
