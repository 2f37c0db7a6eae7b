// The checker finds what it has to find.
import { test } from "node:test"
import assert from "node:assert/strict"
import { problems } from "./sequences.mjs"

const published = { p: { node: "a1", start: 10 } }
const join = (at, recovered = false, node = "b1") => ({ at, join: true, recovered, node })
const heard = (...numbers) => numbers.map(n => ({ at: 100, from: "p", n }))
const of = (...notes) => problems(published, { ann: notes.flat() })

test("an unbroken sequence is right, also over joins that recovered, and from its middle after one that did not", () => {
  assert.deepEqual(of(join(1), heard(1, 2), join(2, true), heard(3, 4)), [])
  assert.deepEqual(of(join(1), heard(1, 2), join(20), heard(7, 8)), [])
})

test("a gap, a repetition and a wrong order are found", () => {
  for (const numbers of [[1, 3], [1, 1], [1, 2, 2], [2, 1, 3]]) {
    assert.notDeepEqual(of(join(1), heard(...numbers)), [], String(numbers))
    assert.notDeepEqual(of(join(1), heard(numbers[0]), join(50, true), heard(...numbers.slice(1))), [], String(numbers))
  }
})

test("a start that is missing is found, when the subscriber was there before", () => {
  assert.notDeepEqual(of(join(1), heard(2, 3)), [])
  assert.deepEqual(of(join(11), heard(2, 3)), [])
})

test("an end that others have is missed", () => {
  const bob = [join(1), ...heard(1, 2, 3)]
  assert.notDeepEqual(problems(published, { ann: [join(1), ...heard(1, 2)], bob }), [])
  assert.notDeepEqual(problems(published, { ann: [join(1), join(50, true)], bob }), [])
  assert.deepEqual(problems(published, { ann: [join(1), ...heard(1), join(20)], bob }), [])
  const onTheNodeThatDied = [join(1, false, "a1"), ...heard(1, 2, 3)]
  assert.deepEqual(problems(published, { ann: [join(1), ...heard(1, 2)], bob: onTheNodeThatDied }), [])
})
