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
  const first = () => fay.page.evaluate((where) => Number(document.querySelector(`${where} .message`).dataset.id), list)
  const up = () => fay.page.evaluate((where) => [1, 0].forEach((y) => document.querySelector(where).scrollTo(0, y)), list)
  for (let n = 0; n < 7; ++n) {
    const before = await first()
    await up()
    await fay.page.waitForFunction(([where, id]) => document.querySelector(`${where} .message`).dataset.id < id, [list, before])
  }
  const reached = await first()
  await fay.say("short again")
  await fay.hears("short again")
  assert.ok((await first()) > reached + 100)
  while ((await first()) > reached) {
    const before = await first()
    await up()
    await fay.page.waitForFunction(([where, id]) => document.querySelector(`${where} .message`).dataset.id < id, [list, before])
  }
  await fay.close()
})

claim("of 5,000 messages at most 250 are on the page; all can be read in order; what is read stays in place while others come", async () => {
  await here.fill("lobby", 60)
  const hugo = await here.person("hugo")
  const { page } = hugo
  const count = 5000
  await page.evaluate((where) => (document.querySelector(where).scrollTop = 500), list)
  await page.waitForSelector("#latest:not([hidden])")
  const moved = await page.evaluate(async ([where, count]) => {
    const node = document.querySelector(where)
    const line = [...node.querySelectorAll(".message")].find((x) => x.getBoundingClientRect().top > node.getBoundingClientRect().top)
    const top = line.getBoundingClientRect().top
    for (let n = 1; n <= count; ++n)
      bennu.receive("room:lobby", "new_message", { id: 1e6 + n, body: `live ${n}`, user: { id: 1, name: "ann" }, timestamp: new Date().toISOString(), client_id: `live-${n}` })
    return line.getBoundingClientRect().top - top
  }, [list, count])
  assert.equal(moved, 0)
  assert.equal(await page.textContent("#latest"), "5000 new messages ↓")

  /** Scrolls by `by` pixels a frame until the message `last` was on the page. */
  const read = (by, last) => page.evaluate(async ([where, by, last]) => {
    const node = document.querySelector(where)
    const lines = () => [...node.querySelectorAll(".message")]
    const result = { ids: new Set(), most: 0, jumps: 0 }
    while (!result.ids.has(last)) {
      const middle = node.getBoundingClientRect().top + node.clientHeight / 2
      const held = lines().find((x) => x.getBoundingClientRect().bottom > middle)
      const before = { y: held.getBoundingClientRect().top, at: node.scrollTop }
      node.scrollTop += by
      const wanted = before.y - (node.scrollTop - before.at)
      await new Promise(requestAnimationFrame) // the page hears of the scrolling before
      if (!held.isConnected || Math.abs(held.getBoundingClientRect().top - wanted) > 2) ++result.jumps
      lines().forEach((x) => result.ids.add(Number(x.dataset.id)))
      result.most = Math.max(result.most, lines().length)
    }
    return { ...result, ids: [...result.ids].filter((x) => x > 1e6) }
  }, [list, by, last])
  const down = await read(3000, 1e6 + count)
  assert.deepEqual(down.ids, Array.from({ length: count }, (_, n) => 1e6 + n + 1), "each was on the page, in order")
  assert.ok(down.most <= 250, `${down.most} lines`)
  assert.equal(down.jumps, 0, "the conversation never jumps")
  const up = await read(-3000, 1e6 + count - 600)
  assert.ok(up.most <= 250, `${up.most} lines`)
  assert.equal(up.jumps, 0, "the conversation never jumps")
  await page.click("#latest")
  await page.waitForSelector("#latest", { state: "hidden" })
  assert.equal((await hugo.messages()).at(-1), `live ${count}`)
  assert.equal(await page.evaluate(() => document.activeElement.id), "body")
  await hugo.close()
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
