import assert from "node:assert/strict"
import { exchange, world } from "./world.mjs"

let ann, bob

const here = world(async ({ person }) => {
  ann = await person("ann")
  bob = await person("bob")
})
const { claim } = here
const online = (window) => window.page.$$eval('#people li[data-state="online"] .label', (all) => all.map((x) => x.firstChild.textContent))

claim("all users see who is online, and who comes and goes", async () => {
  for (const window of [ann, bob]) await window.seesOnline(["ann", "bob"])
  const cleo = await here.person("cleo")
  for (const window of [ann, bob, cleo]) await window.seesOnline(["ann", "bob", "cleo"])
  await cleo.close()
  for (const window of [ann, bob]) await window.seesOnline(["ann", "bob"])
  assert.equal(await ann.page.textContent("#people-count"), "2")
})

claim("a status is shown to the others and survives a crash of a channel and a reload", async () => {
  await bob.page.focus("#my-status")
  await bob.page.keyboard.type("out for lunch")
  await bob.page.keyboard.press("Enter")
  const shown = () => ann.page.waitForFunction(() => [...document.querySelectorAll("#people small")].some((x) => x.textContent === "out for lunch"))
  await shown()
  await bob.push("room:lobby", "boom")
  await exchange(bob, ann, "back in an hour")
  await shown()
  assert.deepEqual(await online(ann), ["ann", "bob"])
  await bob.page.reload()
  await bob.joined()
  await shown()
})

claim("members of a room who are away are listed as away", async () => {
  await ann.makeRoom("The den", { members: "bob", isPrivate: true })
  await ann.seesOnline(["ann"])
  await ann.page.waitForFunction(() => document.querySelector('#people li[data-state="away"] .label')?.firstChild.textContent === "bob")
  await ann.screenshot("members")
  await bob.page.reload()
  await bob.open("the-den") // a room is joined when it is opened
  await ann.seesOnline(["ann", "bob"])
})
