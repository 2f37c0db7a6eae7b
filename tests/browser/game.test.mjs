import assert from "node:assert/strict"
import { exchange, phone, world } from "./world.mjs"

let ann, bob

const here = world(async ({ person }) => {
  ann = await person("ann")
  bob = await person("bob")
})
const { claim } = here

const cell = (window, n) => window.page.locator("#board button").nth(n)
const says = (window, text) => window.shows("#game-status", text)

/** Makes a move and waits until both windows show it. */
async function move(who, other, n, mark) {
  await cell(who, n).click()
  for (const window of [who, other])
    await window.page.waitForFunction(([at, x]) => document.querySelectorAll("#board button")[at].textContent === x, [n, mark])
}

claim("a game is played to its end beside the chat, through a crash of the game's actor", async () => {
  await ann.page.click("#game-open")
  await says(ann, "Your turn.")
  await bob.page.click("#game-open")
  await says(bob, "It is ann's turn.")
  await move(ann, bob, 0, "X")
  await move(bob, ann, 3, "O")
  assert.deepEqual(await ann.push("game:lobby", "boom", { cell: 1 }), { status: "error", response: { reason: "crashed" } })
  await move(ann, bob, 1, "X")
  await exchange(bob, ann, "nice one")
  await move(bob, ann, 4, "O")
  await ann.screenshot("game")
  await move(ann, bob, 2, "X")
  await says(ann, "You have won!")
  await says(bob, "ann has won.")
})

claim("in another round the sides change", async () => {
  await bob.page.click("#game-again")
  await says(bob, "Your turn.")
  await says(ann, "It is bob's turn.")
  assert.equal(await cell(ann, 0).isDisabled(), true)
})

claim("the board is played with the keyboard, and each cell describes its content", async () => {
  await cell(bob, 4).focus()
  await bob.page.keyboard.press("Enter")
  await says(ann, "Your turn.")
  assert.equal(await cell(ann, 4).getAttribute("aria-label"), "Row 2, column 2: X")
  assert.equal(await cell(ann, 0).getAttribute("aria-label"), "Row 1, column 1: empty")
})

claim("a third user watches, also on a phone", async () => {
  const cleo = await here.person("cleo", phone)
  await cleo.page.click("#game-open")
  await says(cleo, "It is ann's turn.")
  assert.equal(await cell(cleo, 0).isDisabled(), true)
  await cleo.screenshot("phone-game")
  await cleo.close()
})
