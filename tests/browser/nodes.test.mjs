// Two windows on two nodes. Users cannot notice that there are two.
import assert from "node:assert/strict"
import { Cable } from "../support/cable.mjs"
import { exchange, world } from "./world.mjs"

let ann, bob, balancer

const here = world(
  async ({ person, other }) => {
    balancer = await Cable.to(other)
    ann = await person("ann")
    bob = await person("bob", { at: balancer })
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

claim("a node is killed: its users disappear, reconnect to the other one, and get what they missed without fetching it", async () => {
  const before = await ann.messages()
  const seen = { joins: bob.joins("room:lobby").length, fetched: bob.told("recent_messages").length }
  balancer.cut()
  await here.other.kill()
  await bob.status("reconnecting")
  await ann.seesOnline(["ann"])
  await ann.say("said while bob was away")
  await ann.hears("said while bob was away")
  balancer.mend(here.server)
  await bob.status("connected")
  await bob.hears("said while bob was away")
  for (const window of [ann, bob]) await window.seesOnline(["ann", "bob"])
  await exchange(bob, ann, "back again")
  for (const window of [ann, bob]) assert.deepEqual(await window.messages(), [...before, "said while bob was away", "back again"])
  assert.deepEqual((await bob.laterJoins("room:lobby", seen.joins)).map((x) => x.response.history.recovered), [true])
  assert.equal(bob.told("recent_messages").length, seen.fetched)
})

claim("the node is back with an empty memory: a page that returns to it still misses nothing", async () => {
  const before = await ann.messages()
  await here.other.comeBack()
  balancer.cut()
  await bob.status("reconnecting")
  await ann.say("while bob changed nodes")
  await ann.hears("while bob changed nodes")
  balancer.mend(here.other)
  await bob.hears("while bob changed nodes")
  for (const window of [ann, bob]) await window.seesOnline(["ann", "bob"])
  await exchange(bob, ann, "home again")
  for (const window of [ann, bob]) assert.deepEqual(await window.messages(), [...before, "while bob changed nodes", "home again"])
})
