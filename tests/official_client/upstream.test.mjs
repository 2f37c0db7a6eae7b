// upstream.json names the upstream versions that Bennu was compared with. Change it after a comparison with newer
// ones.
import { test } from "node:test"
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"

const read = path => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"))
const upstream = read("upstream.json")
const clientOf = path => read(path).dependencies.phoenix

/** Compares two versions of the form 1.8.16. The result is negative when `a` is older than `b`. */
function compare(a, b) {
  const [left, right] = [a, b].map(x => x.split(".").map(Number))
  return left.map((x, i) => x - right[i]).find(x => x !== 0) ?? 0
}

test("versions are compared as numbers, not as text", () => {
  assert.ok(compare("1.8.9", "1.8.16") < 0)
  assert.ok(compare("1.10.0", "1.9.9") > 0)
  assert.equal(compare("1.8.16", "1.8.16"), 0)
})

test("upstream.json names the client that these tests run", () => {
  console.log(`compared with ${upstream.server.name} ${upstream.server.version} on ${upstream.server.compared},`
    + ` ${upstream.client.name} ${upstream.client.version} on ${upstream.client.compared}`)
  assert.equal(clientOf("package.json"), upstream.client.version)
})

for (const path of ["../../apps/chat/page/package.json", "../chat_wire/package.json"])
  test(`the client in ${path.replaceAll("../", "")} is not older than the one that these tests run`, () => {
    assert.ok(compare(clientOf(path), clientOf("package.json")) >= 0, `update it: npm install phoenix@${clientOf("package.json")} --save-exact`)
  })
