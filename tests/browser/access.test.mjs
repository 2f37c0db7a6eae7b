// Keyboard, screen reader, colours, narrow screens, long histories, strict policy.
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { exchange, phone, world } from "./world.mjs"

let ann, bob

const here = world(async ({ person }) => {
  ann = await person("ann")
  bob = await person("bob")
})
const { claim } = here
const axe = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** Fails when axe-core finds a problem, of whatever weight. */
async function examine(window, state) {
  // Injected through the debugger, because the policy of the page refuses the script.
  await window.page.evaluate(await axe)
  const { violations } = await window.page.evaluate(() => axe.run(document))
  const found = violations.map((x) => `${x.id} (${x.impact}): ${x.nodes.map((y) => `${y.target} ${y.any[0]?.message ?? ""}`).join("; ")}`)
  assert.deepEqual(found, [], state)
}

/** Goes through the states of the page. */
async function examineAll(window, name, isPhone) {
  const { page } = window
  const menu = () => isPhone && page.click("#menu")
  await page.waitForSelector("#name")
  await examine(window, "the entrance")
  await page.fill("#name", "two words")
  await page.click("text=Create account")
  await page.waitForFunction(() => document.activeElement.id === "name" && document.querySelector("#name-complaint").textContent)
  await examine(window, "the entrance with complaints")
  await window.signUp(name)
  await exchange(ann, window, `look, @${name}`)
  await exchange(window, ann, `I see, @ann`)
  await examine(window, "the chat")
  await page.click("#bell")
  await page.waitForSelector("#mention-list button")
  await examine(window, "the mentions")
  await page.keyboard.press("Escape")
  await page.click("#game-open")
  await page.waitForFunction(() => document.querySelector("#game-status").textContent)
  await examine(window, "the game")
  await window.screenshot(`${isPhone ? "phone-game" : "desktop"}-${name}`)
  await page.click("#game-close")
  await menu()
  await page.click("#new-room-open")
  await page.click("text=Create room")
  await page.waitForFunction(() => document.querySelector("#room-complaint").textContent)
  await examine(window, "the dialog with a complaint")
  await page.fill("#new-room-name", `Shed ${name}`)
  await page.fill("#new-room-members", "ann")
  await page.click("text=Create room")
  await page.waitForSelector('#people li[data-state="away"]', { state: "attached" })
  await menu()
  await examine(window, "the rooms, and a member who is away")
  await page.keyboard.press("Escape")
  await window.say("x".repeat(1001))
  await page.waitForSelector(".failed")
  await window.context.setOffline(true)
  await window.status("offline")
  await window.say("this waits")
  await examine(window, "a message that failed, one that waits, and no network")
  await window.screenshot(`offline-${name}`)
  await window.close()
}

claim("axe-core finds nothing in any state of the page: on a desktop in the light", async () =>
  examineAll(await here.window({ colorScheme: "light" }), "cleo", false))

claim("axe-core finds nothing in any state of the page: on a phone in the dark", async () =>
  examineAll(await here.window({ ...phone, colorScheme: "dark" }), "cyd", true))

claim("dark and light can be switched, and the choice is kept", async () => {
  const ground = () => ann.page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await ground()
  await ann.page.click("#theme")
  const dark = await ground()
  assert.notEqual(dark, light)
  await ann.page.reload()
  await ann.joined()
  assert.equal(await ground(), dark)
  await ann.page.click("#theme")
  assert.equal(await ground(), light)
})

claim("everything can be reached with the keyboard alone", async () => {
  const dora = await here.window()
  const { keyboard } = dora.page
  await dora.page.waitForFunction(() => document.activeElement.id === "name")
  await keyboard.type("dora")
  await keyboard.press("Tab")
  await keyboard.type("correct horse battery")
  await keyboard.press("Enter")
  await dora.joined()
  await keyboard.type("typed without a mouse")
  await keyboard.press("Enter")
  await ann.hears("typed without a mouse")
  const reached = new Set()
  for (let n = 0; n < 30; ++n) {
    await keyboard.press("Tab")
    reached.add(await dora.page.evaluate(() => document.activeElement.id || document.activeElement.closest("[id]")?.id))
  }
  for (const id of ["new-room-open", "my-status", "sign-out", "game-open", "theme", "bell", "body"]) assert.ok(reached.has(id), `${id} is among ${[...reached]}`)
  await dora.close()
})

claim("arrow keys lead through the rooms, and what the keyboard has opened leads back where it was", async () => {
  const { page } = ann
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.dataset.room)
  for (const name of ["Attic", "Barn"]) await ann.makeRoom(name)
  await ann.joined()
  await page.focus('#rooms button[tabindex="0"]')
  assert.equal(await page.locator('#rooms button[tabindex="0"]').count(), 1, "Tab meets one room of the list")
  await page.keyboard.press("Home")
  const first = await focused()
  await page.keyboard.press("ArrowDown")
  const second = await focused()
  assert.notEqual(second, first)
  await page.keyboard.press("Enter")
  assert.equal(await focused(), "body", "the message can be written")
  await page.waitForFunction((id) => location.hash === `#${id}`, second)
  await page.keyboard.press("Alt+ArrowUp")
  await page.waitForFunction((id) => location.hash === `#${id}`, first)
  for (const opener of ["bell", "new-room-open", "game-open"]) {
    await page.focus(`#${opener}`)
    await page.keyboard.press("Enter")
    assert.notEqual(await focused(), opener, "what opens gets the focus")
    const look = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle)
    if (opener !== "bell") assert.equal(look, "solid", "the focus can be seen")
    await page.keyboard.press("Escape")
    assert.equal(await focused(), opener)
  }
  await ann.open("lobby")
})

claim("the focus stays where it is while the page joins again, and on a mention while another one comes", async () => {
  const focused = () => bob.page.evaluate(() => document.activeElement.id || document.activeElement.dataset.room)
  await exchange(ann, bob, "first for @bob")
  await bob.page.click("#bell")
  await bob.page.focus("#mention-list button")
  const on = await focused()
  await exchange(ann, bob, "second for @bob")
  await bob.page.waitForFunction(() => document.querySelectorAll("#mention-list button").length === 2)
  assert.equal(await focused(), on)
  await bob.page.focus("#mark-read")
  await bob.page.keyboard.press("Enter")
  await bob.page.waitForSelector("#mention-list .empty")
  assert.equal(await focused(), "mentions", "the button that went leaves its focus to the list")
  await bob.page.keyboard.press("Escape")
  await bob.page.focus('#rooms button[data-room="lobby"]')
  await bob.push("room:lobby", "boom")
  await exchange(ann, bob, "after the crash")
  assert.equal(await focused(), "lobby")
})

claim("new messages are announced to screen readers: those of others, a flood together, and no older ones", async () => {
  const fay = await here.person("fay")
  await fay.page.getByRole("textbox", { name: "Message", exact: true }).waitFor()
  await fay.page.evaluate(() => {
    bennu.news = []
    new MutationObserver(() => bennu.news.push(document.querySelector("#news").textContent)).observe(document.querySelector("#news"), { childList: true })
  })
  assert.equal(await fay.page.getAttribute("#news", "aria-live"), "polite")
  assert.equal(await fay.page.getAttribute("#messages", "aria-live"), "off", "older messages that are loaded are no news")
  await exchange(fay, ann, "from myself")
  for (const text of ["a", "b", "c"]) await exchange(ann, fay, text)
  await fay.page.waitForFunction(() => bennu.news.at(-1)?.endsWith("new messages"))
  assert.deepEqual(await fay.page.evaluate(() => bennu.news), ["ann: a", "2 new messages"])
  await fay.close()
})

claim("scrolling up loads older messages, back to the first, and the messages that are being read stay in place", async () => {
  await here.fill("lobby", 120)
  const eve = await here.person("eve")
  const shown = async () => (await eve.messages()).length
  assert.equal(await shown(), 50)
  const list = eve.page.locator("#messages ol:not([hidden])")
  const first = (await eve.messages())[0]
  await list.evaluate((x) => (x.scrollTop = 0))
  await eve.page.waitForFunction(() => document.querySelectorAll("#messages ol:not([hidden]) .message").length === 100)
  const top = await list.evaluate((x, text) => [...x.querySelectorAll(".bubble")].find((y) => y.textContent === text).getBoundingClientRect().top, first)
  assert.ok(top > 0 && top < 500, `what stood at the top stands at ${top}`)
  while (!(await list.evaluate((x) => x.textContent.includes("This is where it began")))) {
    await list.evaluate((x) => x.scrollTo(0, 1))
    await list.evaluate((x) => x.scrollTo(0, 0))
  }
  const ids = await list.evaluate((x) => [...x.querySelectorAll(".message")].map((y) => Number(y.dataset.id)))
  assert.deepEqual(ids, [...new Set(ids)].sort((a, b) => a - b), "in order, none twice")
  assert.equal((await eve.messages()).filter((x) => x.startsWith("filler ")).length, 120)
})

claim("a reader at the top whom the server refuses gets the older messages a moment later, without another scroll", async () => {
  const ida = await here.person("ida")
  await ida.page.evaluate((where) => {
    const { socket } = bennu
    socket.send = (frame) => {
      const [joinRef, ref, topic, event] = JSON.parse(frame)
      if (event !== "older_messages") return WebSocket.prototype.send.call(socket, frame)
      delete socket.send
      socket.onmessage({ data: JSON.stringify([joinRef, ref, topic, "phx_reply", { status: "error", response: { reason: "rate_limited" } }]) })
      bennu.refused = true
    }
    document.querySelector(where).scrollTop = 0
  }, "#messages ol:not([hidden])")
  await ida.page.waitForFunction(() => bennu.refused && document.querySelectorAll("#messages ol:not([hidden]) .message").length === 100)
  await ida.close()
})

claim("the policy is strict: no inline script runs, and no script from elsewhere", async () => {
  const policy = (await (await fetch(here.server.address)).headers).get("content-security-policy")
  for (const part of ["default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"]) assert.ok(policy.includes(part))
  assert.doesNotMatch(policy, /unsafe/)
  const hal = await here.window()
  await hal.page.waitForSelector("#name")
  const blocked = await hal.page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener("securitypolicyviolation", (x) => resolve(x.violatedDirective))
        const script = document.createElement("script")
        try {
          script.textContent = "window.broken = true"
          document.head.append(script)
        } catch {
          resolve("trusted types")
        }
      }),
  )
  assert.ok(blocked)
  assert.equal(await hal.page.evaluate(() => window.broken), undefined)
  hal.problems.length = 0
  await hal.close()
})

claim("nothing is wider than a phone, even with an open game", async () => {
  const gil = await here.person("gil", phone)
  const sideways = () => gil.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
  assert.equal(await sideways(), false)
  await gil.page.click("#game-open")
  assert.equal(await sideways(), false)
  await gil.page.fill("#body", "x".repeat(300))
  await gil.page.keyboard.press("Enter")
  await gil.hears("x".repeat(300))
  assert.equal(await sideways(), false)
  await gil.close()
})

claim("without a network the page says so, and it reconnects by itself", async () => {
  await bob.context.setOffline(true)
  await bob.status("offline")
  await bob.context.setOffline(false)
  await bob.status("connected")
  await exchange(ann, bob, "there you are")
})
