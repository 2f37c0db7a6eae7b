import assert from "node:assert/strict"
import { phone } from "./chat_window.mjs"
import { exchange, world } from "./world.mjs"

let ann, bob

const here = world(async ({ person }) => {
  ann = await person("ann")
  bob = await person("bob")
})
const { claim } = here

claim("two windows exchange messages, each within a second of sending", async () => {
  await exchange(ann, bob, "hello bob")
  await exchange(bob, ann, "hello ann")
  for (const window of [ann, bob]) assert.deepEqual(await window.messages(), ["hello bob", "hello ann"])
})

claim("typing is shown to the other user and disappears with the message", async () => {
  await ann.type("I am wri")
  await bob.shows("#typing", "ann is typing…")
  await ann.say("ting")
  await bob.hears("I am writing")
  await bob.shows("#typing", "")
})

claim("HTML in a message stays text", async () => {
  const text = `<img src=x onerror=alert(1)><script>alert(2)</script><b>bold</b>`
  await exchange(ann, bob, text)
  assert.equal(await bob.page.locator("#messages .bubble :is(img, script, b)").count(), 0)
})

claim("a channel crashes without any visible effect, and the chat continues", async () => {
  const told = bob.frames.length
  await ann.page.evaluate(() => {
    bennu.states = []
    new MutationObserver(() => bennu.states.push(document.querySelector("#status").dataset.state)).observe(
      document.querySelector("#status"), { attributes: true })
  })
  const before = await ann.messages()
  assert.deepEqual(await ann.push("room:lobby", "boom"), { status: "error", response: { reason: "crashed" } })
  await exchange(ann, bob, "still here")
  await exchange(bob, ann, "so am I")
  assert.deepEqual(await ann.messages(), [...before, "still here", "so am I"])
  assert.deepEqual(await ann.page.evaluate(() => bennu.states), [], "the status did not change")
  const others = bob.frames.slice(told).map((x) => JSON.parse(x)[3])
  assert.ok(!others.includes("user_left") && !others.includes("user_joined"), `bob was told ${others}`)
})

claim("the server is killed and restarted: both windows say so, reconnect by themselves and continue", async () => {
  const history = await ann.messages()
  await here.server.kill()
  for (const window of [ann, bob]) assert.match(await window.status("reconnecting"), /Reconnecting/)
  await ann.screenshot("reconnecting")
  await ann.say("said while it was away")
  await ann.page.waitForSelector(`#messages .waiting`)
  await here.server.comeBack()
  for (const window of [ann, bob]) await window.status("connected")
  for (const window of [ann, bob]) await window.hears("said while it was away")
  await exchange(bob, ann, "welcome back")
  const expected = [...history, "said while it was away", "welcome back"]
  for (const window of [ann, bob]) assert.deepEqual(await window.messages(), expected)
})

claim("the page looks well on a desktop and on a phone", async () => {
  await exchange(bob, ann, "How does it look over there, @ann?")
  await ann.screenshot("desktop-light")
  await bob.page.emulateMedia({ colorScheme: "dark" })
  await bob.screenshot("desktop-dark")
  const cleo = await here.window(phone)
  await cleo.screenshot("phone-entrance")
  await cleo.signUp("cleo")
  await cleo.screenshot("phone")
  const sideways = await cleo.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
  assert.equal(sideways, false, "nothing is wider than the phone")
  await cleo.page.click("#menu")
  await cleo.page.waitForSelector("#side.open")
  await cleo.page.getByRole("button", { name: "Sign out" }).waitFor()
  await cleo.close()
})
