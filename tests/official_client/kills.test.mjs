// The short form of kills.mjs.
import { test } from "node:test"
import assert from "node:assert/strict"
import { run } from "./kills.mjs"

test("whoever is told that it recovered has missed nothing while nodes were killed", { timeout: 60_000 }, async () => {
  const { wrong, statistics } = await run({ kills: 2, subscribers: 20, topics: 4, rate: 100 })
  assert.deepEqual(wrong, [], JSON.stringify(statistics))
  assert.ok(statistics.recovered > 0, JSON.stringify(statistics))
})
