// Checks what the subscribers of topics with history have heard. It knows neither the server nor the client: only what
// was published, and what each subscriber noted.
//
// A publisher numbers its messages on a topic 1, 2, 3 ... A publisher that may have lost messages (its node died) ends,
// and goes on under another name. Notes of a subscriber, in order:
//
//   {at, join: true, recovered, node}   its join was answered; `at` in ms, `node` the life of the node that answered
//   {at, from, n}                       it heard message `n` of publisher `from`
//
// What `recovered` promises: since the last join that was not recovered, nothing is missing and nothing comes twice.

/**
 * @param published {publisher: {node, start}}: the life of the node through which it publishes, and when it began (ms)
 * @param subscribers {name: [notes]}, all of one topic
 * @returns sentences that say what is wrong; none when all is well
 */
export function problems(published, subscribers) {
  const wrong = []
  const complete = lastOfSurvivors(published, subscribers)
  for (const [name, notes] of Object.entries(subscribers)) {
    let heard = {}, since = Infinity
    for (const note of notes) {
      if (note.join) {
        if (!note.recovered) [heard, since] = [{}, note.at]
        continue
      }
      const last = heard[note.from]
      const expected = last !== undefined ? last + 1 : published[note.from].start > since ? 1 : note.n
      if (note.n !== expected)
        wrong.push(`${name}: after ${last ?? "nothing"} of ${note.from} came ${note.n}, not ${expected} (at ${note.at})`)
      heard[note.from] = Math.max(note.n, last ?? 0)
    }
    for (const [from, last] of Object.entries(complete)) {
      const mustHave = heard[from] !== undefined || published[from].start > since
      if (mustHave && (heard[from] ?? 0) < last) wrong.push(`${name}: has ${heard[from] ?? 0} of ${from}, others have ${last}`)
    }
  }
  return wrong
}

/**
 * For each publisher the last number that a subscriber of another node has heard. A node that died may have told its own
 * clients more; that is lost with it. But what another node has delivered, every recovered subscriber must have.
 */
function lastOfSurvivors(published, subscribers) {
  const result = {}
  for (const notes of Object.values(subscribers)) {
    let node
    for (const note of notes)
      if (note.join) node = note.node
      else if (node !== published[note.from].node) result[note.from] = Math.max(result[note.from] ?? 0, note.n)
  }
  return result
}
