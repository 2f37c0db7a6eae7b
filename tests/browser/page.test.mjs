// The page with many rooms, many messages, long names, other scripts, and networks without WebSockets.
import assert from "node:assert/strict"
import { exchange, phone, world } from "./world.mjs"

let ann, bob

const here = world(async ({ person }) => {
  ann = await person("ann")
  bob = await person("bob")
})
const { claim } = here
const list = "#messages ol:not([hidden])"

claim("with 150 rooms the page joins the one that is open, and shows the others in pages", async () => {
  await here.server.run("INSERT INTO rooms (id, name, is_private, created_at) VALUES (?, ?, 0, 0)", 150, (n) => [`many-${n}`, `Many ${n}`])
  await ann.page.reload()
  await ann.joined()
  const rooms = () => ann.page.locator("#rooms button").count()
  assert.equal(await rooms(), 100)
  await ann.page.click("#rooms-more")
  await ann.page.waitForFunction(() => document.querySelectorAll("#rooms button").length === 151)
  const topics = await ann.page.evaluate(() => [...bennu.joinRefs.keys()].filter((x) => x.startsWith("room:")))
  assert.deepEqual(topics, ["room:lobby"])
  await exchange(ann, bob, "one room is joined")
})

claim("a room that cannot be joined is not shown as \"Connected\", and the page says why", async () => {
  const eve = await here.window()
  await eve.signUp("eve")
  await here.server.run("DELETE FROM rooms WHERE id = ?", 1, () => ["many-1"])
  await eve.page.click('#rooms button[data-room="many-1"]')
  await eve.status("connecting")
  await eve.shows("#status-text", "This room does not exist.")
  await eve.close()
})

claim("a name of 32 letters stays inside its column, and a user's own name is shown whole or cut with dots", async () => {
  const long = "Wilhelmina-Theodora-von-Hohenzol"
  const dora = await here.person(long, phone)
  const desk = await here.window()
  await desk.page.fill("#name", long)
  await desk.page.fill("#password", "correct horse battery")
  await desk.page.click("button[value=sign-in]")
  await desk.joined()
  await desk.say("hello")
  await ann.hears("hello")
  for (const window of [ann, desk])
    assert.ok(await window.page.evaluate(() => {
      const side = document.querySelector("#side").getBoundingClientRect()
      return [...document.querySelectorAll("#people .label, #my-name")].every((x) => x.getBoundingClientRect().right <= side.right)
    }))
  assert.ok((await desk.page.evaluate(() => document.querySelector("#my-name").getBoundingClientRect().width)) > 120)
  await desk.screenshot("long-name")
  for (const window of [dora, desk]) await window.close()
})

claim("a name may be Zoë or שרה, and Hebrew runs from right to left", async () => {
  const zoe = await here.person("Zoë")
  const sara = await here.person("שרה")
  await exchange(sara, zoe, "שלום, @Zoë!")
  const direction = await zoe.page.evaluate((where) => {
    const bubbles = [...document.querySelectorAll(`${where} .bubble`)]
    return getComputedStyle(bubbles.find((x) => x.textContent.startsWith("ש"))).direction
  }, list)
  assert.equal(direction, "rtl")
  await zoe.shows("#bell-count", "1")
  for (const window of [zoe, sara]) await window.close()
})

claim("messages far above the end leave the page when the user writes, and return when the user scrolls up", async () => {
  await here.fill("lobby", 500)
  const fay = await here.person("fay")
  const shown = () => fay.page.locator(`${list} .message`).count()
  const up = () => fay.page.evaluate((where) => document.querySelector(where).scrollTo(0, 0), list)
  while ((await shown()) < 400) {
    const before = await shown()
    await fay.page.evaluate((where) => document.querySelector(where).scrollTo(0, 1), list)
    await up()
    await fay.page.waitForFunction(([where, n]) => document.querySelectorAll(`${where} .message`).length > n, [list, before])
  }
  await fay.say("short again")
  await fay.hears("short again")
  assert.ok((await shown()) <= 301, `${await shown()}`)
  await up()
  await fay.page.waitForFunction((where) => document.querySelectorAll(`${where} .message`).length > 301, list)
  await fay.close()
})

claim("every target has 24 pixels, also those of a message that was not sent", async () => {
  const small = (window) => window.page.evaluate(() => [...document.querySelectorAll("button, input, textarea")]
    .filter((x) => x.checkVisibility())
    .map((x) => [x.id || x.textContent, x.getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 24 || height < 24).map(([name]) => name))
  for (let n = 0; n < 31; ++n) await bob.say(`quick ${n}`)
  await bob.page.waitForSelector(`${list} .failed`)
  assert.deepEqual(await small(bob), [])
})

claim("when a proxy blocks WebSockets, the page uses long polling", async () => {
  const gil = await here.window()
  await gil.page.addInitScript(() => {
    window.WebSocket = class extends EventTarget {
      readyState = 0
      close() {}
    }
  })
  await gil.page.reload()
  await gil.signUp("gil")
  await gil.say("by post")
  await ann.hears("by post")
  await gil.close()
})

claim("while the server restarts, the page says so; a new window is still signed in", async () => {
  here.server.child.kill("SIGTERM")
  await here.server.ended
  await ann.status("reconnecting")
  await ann.page.waitForFunction(() => document.querySelector("#status-text").textContent === "Reconnecting: the server restarts")
  await here.server.comeBack()
  await ann.status("connected")
  const second = await ann.context.newPage()
  await second.goto(here.server.address)
  await second.waitForSelector('#status[data-state="connected"]')
  assert.equal(await second.textContent("#my-name"), "ann")
  await second.close()
})
