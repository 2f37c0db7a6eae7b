// A page that was away gets what it missed: without a reload, and without asking for it.
import assert from "node:assert/strict"
import { Cable } from "../support/cable.mjs"
import { ChatServer } from "../support/chat_server.mjs"
import { exchange, world } from "./world.mjs"

let ann, bob, cable

const here = world(async ({ person, server }) => {
  cable = await Cable.to(server)
  ann = await person("ann")
  bob = await person("bob", { at: cable })
})
const { claim } = here
const typing = (window) => window.page.textContent("#typing")

/** The phone loses its network, and finds it again after `meanwhile`. Resolves to what its page asked for since then. */
async function tunnel(window, meanwhile) {
  await window.context.setOffline(true)
  cable.cut()
  await window.status("offline")
  await meanwhile()
  const asked = window.requests.length
  cable.mend()
  await window.context.setOffline(false)
  await window.status("connected")
  return () => window.requests.slice(asked).filter((x) => !x.startsWith("/socket/"))
}

/** Runs `meanwhile` and checks that the page joined the room once more, and got what it missed with that. */
async function recovers(window, topic, meanwhile) {
  const before = { joins: window.joins(topic).length, fetched: window.told("recent_messages").length }
  await window.page.evaluate(() => (window.isTheSamePage = true))
  await meanwhile()
  const joins = await window.laterJoins(topic, before.joins)
  assert.deepEqual(joins.map((x) => x.response.history.recovered), [true], "one join, which recovers")
  assert.equal(window.told("recent_messages").length, before.fetched, "no messages were fetched")
  assert.ok(await window.page.evaluate(() => window.isTheSamePage), "no reload")
}

claim("messages that were sent while a phone was offline appear when it is back; nothing is fetched, and nothing is said", async () => {
  await exchange(ann, bob, "see you after the tunnel")
  await recovers(bob, "room:lobby", async () => {
    const asked = await tunnel(bob, async () => {
      await bob.screenshot("offline")
      for (const text of ["one", "two", "three"]) await ann.say(text)
      await ann.hears("three")
      await ann.type("I am still wri")
    })
    await bob.hears("three")
    assert.deepEqual(asked(), [], "the page asked for nothing")
    assert.equal(await bob.page.textContent("#status-text"), "Connected")
    assert.equal(await typing(bob), "", "nobody is shown as typing who typed while the phone was away")
    assert.deepEqual(await bob.messages(), ["see you after the tunnel", "one", "two", "three"])
    await bob.screenshot("back")
  })
  await ann.say("ting")
  await bob.hears("I am still writing")
  await exchange(bob, ann, "welcome to the light")
})

claim("what a user writes while offline is sent later, after what the others wrote meanwhile, and appears once", async () => {
  const before = await bob.messages()
  await recovers(bob, "room:lobby", async () => {
    await tunnel(bob, async () => {
      await ann.say("said while bob was away")
      await ann.hears("said while bob was away")
      await bob.say("written in the dark")
    })
    await ann.hears("written in the dark")
    await bob.hears("written in the dark")
  })
  const expected = [...before, "said while bob was away", "written in the dark"]
  for (const window of [ann, bob]) assert.deepEqual(await window.messages(), expected)
})

claim("a message whose answer was lost is known when the page is back, and is not sent again", async () => {
  const before = await bob.messages()
  await recovers(bob, "room:lobby", async () => {
    cable.deafen()
    await bob.say("did this arrive?")
    await ann.hears("did this arrive?")
    await bob.page.waitForSelector("#messages .waiting")
    await tunnel(bob, () => {})
    await bob.hears("did this arrive?")
  })
  assert.deepEqual(await bob.messages(), [...before, "did this arrive?"])
  assert.equal(await here.server.query("SELECT COUNT(*) FROM messages WHERE body = 'did this arrive?'").then(Number), 1)
})

claim("rooms that are not open count what was missed as unread, once each", async () => {
  await ann.makeRoom("The shed")
  await bob.page.reload()
  await bob.joined()
  await bob.open("the-shed")
  await bob.open("lobby")
  await recovers(bob, "room:the-shed", async () => {
    await tunnel(bob, async () => {
      for (const text of ["in the shed", "still in the shed"]) await ann.say(text)
      await ann.hears("still in the shed")
    })
    await bob.unread("the-shed", "2")
  })
  assert.equal(await bob.page.title(), "(2) Bennu chat")
  await bob.open("the-shed")
  assert.deepEqual(await bob.messages(), ["in the shed", "still in the shed"])
  assert.equal(await bob.page.title(), "Bennu chat")
  for (const window of [ann, bob]) await window.open("lobby")
})

claim("a laptop that slept gets what it missed when it wakes", async () => {
  const page = await bob.context.newCDPSession(bob.page)
  await recovers(bob, "room:lobby", async () => {
    await page.send("Page.setWebLifecycleState", { state: "frozen" })
    cable.cut() // the server closes the connection of a client that is silent for a minute
    await ann.say("good night")
    await ann.hears("good night")
    cable.mend()
    await page.send("Page.setWebLifecycleState", { state: "active" })
    await bob.hears("good night")
  })
  await exchange(bob, ann, "good morning")
})

claim("two tabs of one user each get what they missed, once", async () => {
  const second = await bob.tab()
  await second.joined()
  const before = await bob.messages()
  await recovers(bob, "room:lobby", () => recovers(second, "room:lobby", async () => {
    await tunnel(bob, async () => {
      await ann.say("to both of you")
      await ann.hears("to both of you")
    })
    for (const tab of [bob, second]) await tab.hears("to both of you")
  }))
  await second.say("from the second tab")
  for (const window of [ann, bob, second]) {
    await window.hears("from the second tab")
    assert.deepEqual(await window.messages(), [...before, "to both of you", "from the second tab"])
  }
  await second.page.close()
})

claim("a page that was away for too long fetches the latest messages, and nothing is missing", async () => {
  const server = await ChatServer.start(["--history-seconds", "1"])
  const wire = await Cable.to(server)
  const cleo = await here.person("cleo", { at: server })
  const dan = await here.person("dan", { at: wire })
  await exchange(cleo, dan, "bon voyage")
  const joined = dan.joins("room:lobby").length
  wire.cut()
  await dan.status("reconnecting")
  await server.fill("lobby", 60)
  await cleo.say("you missed a lot")
  await cleo.hears("you missed a lot")
  await server.measures("bennu_history_messages", 0)
  wire.mend()
  await dan.hears("you missed a lot")
  assert.equal((await dan.laterJoins("room:lobby", joined)).at(-1).response.history.recovered, false)
  const all = ["bon voyage", ...Array.from({ length: 60 }, (_, n) => `filler ${n}`), "you missed a lot"]
  assert.deepEqual(await dan.messages(), all.slice(-50))
  await dan.page.locator("#messages ol:not([hidden])").evaluate((list) => list.scrollTo(0, 0))
  await dan.page.waitForFunction((n) => document.querySelectorAll("#messages ol:not([hidden]) .message").length === n, all.length)
  assert.deepEqual(await dan.messages(), all)
  for (const window of [cleo, dan]) await window.close()
  wire.close()
  assert.equal(await server.stop(), 0)
})
