// A reporter for `node --test`: what failed, with what the programs logged meanwhile, stands before everything else.
const max_logged = 60 // lines of standard error beside a failure

/** The message of a failed test, and where it was thrown. */
function reason({ details: { error } }) {
  const cause = error?.cause ?? error
  return cause?.stack ?? String(cause?.message ?? cause)
}

const indented = text => text.trimEnd().replace(/^/gm, "    ")

export default async function* failuresFirst(events) {
  const passed = []
  const logged = new Map() // lines by file: the files may run at the same time
  let failed = 0
  for await (const { type, data } of events) {
    if (type === "test:stderr") {
      const lines = logged.get(data.file) ?? []
      logged.set(data.file, [...lines, ...data.message.split("\n").filter(Boolean)].slice(-max_logged))
    } else if (type === "test:pass" && data.details.type !== "suite") {
      passed.push(`${data.skip === undefined ? "ok" : "skipped"} ${data.name} (${Math.round(data.details.duration_ms)} ms)\n`)
      logged.delete(data.file)
    } else if (type === "test:fail" && data.details.error?.failureType !== "subtestsFailed") {
      ++failed
      yield `not ok ${data.name}\n${indented(reason(data))}\n`
      for (const line of logged.get(data.file) ?? []) yield `    | ${line}\n`
    }
  }
  yield* passed
  yield `${passed.length} passed, ${failed} failed\n`
}
