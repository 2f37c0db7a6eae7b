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

/** The serious problems that axe-core finds. */
async function findings(window) {
  // Injected through the debugger, because the policy of the page refuses the script.
  await window.page.evaluate(await axe)
  const { violations } = await window.page.evaluate(() => axe.run(document))
  return violations
    .filter((x) => ["serious", "critical"].includes(x.impact))
    .map((x) => `${x.id}: ${x.nodes.map((y) => `${y.target} ${y.any[0]?.message ?? ""}`).join("; ")}`)
}

for (const colorScheme of ["light", "dark"])
  claim(`axe-core finds nothing serious: entrance, chat, mentions, game, dialog (${colorScheme})`, async () => {
    const cleo = await here.window({ colorScheme })
    await cleo.page.waitForSelector("#name")
    assert.deepEqual(await findings(cleo), [], "the entrance")
    await cleo.signUp(`cleo-${colorScheme}`)
    await exchange(ann, cleo, `look, @cleo-${colorScheme}: ${colorScheme}`)
    await exchange(cleo, ann, `I see, @ann`)
    assert.deepEqual(await findings(cleo), [], "the chat")
    await cleo.page.click("#bell")
    await cleo.page.waitForSelector("#mention-list button")
    assert.deepEqual(await findings(cleo), [], "the mentions")
    await cleo.page.keyboard.press("Escape")
    await cleo.page.click("#game-open")
    await cleo.page.waitForFunction(() => document.querySelector("#game-status").textContent)
    assert.deepEqual(await findings(cleo), [], "the game")
    await cleo.screenshot(`desktop-${colorScheme}`)
    await cleo.page.click("#new-room-open")
    assert.deepEqual(await findings(cleo), [], "the dialog")
    await cleo.close()
  })

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

claim("new messages are announced to screen readers, and every picture and field has a name", async () => {
  assert.equal(await ann.page.getAttribute("#messages", "aria-live"), "polite")
  assert.equal(await ann.page.getAttribute("#messages", "role"), "log")
  await ann.page.getByRole("textbox", { name: "Message", exact: true }).waitFor()
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

claim("the policy is strict: no inline script runs, and no script from elsewhere", async () => {
  const policy = (await (await fetch(here.server.address)).headers).get("content-security-policy")
  for (const part of ["default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"]) assert.ok(policy.includes(part))
  assert.doesNotMatch(policy, /unsafe/)
  const fay = await here.window()
  await fay.page.waitForSelector("#name")
  const blocked = await fay.page.evaluate(
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
  assert.equal(await fay.page.evaluate(() => window.broken), undefined)
  fay.problems.length = 0
  await fay.close()
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
