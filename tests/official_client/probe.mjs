// Starts bennu-probe and stops exactly that process. It waits for events and never sleeps.
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { once } from "node:events"

const program = process.env.BENNU_PROBE
if (!program) throw new Error("set BENNU_PROBE to the program bennu-probe (ctest does)")

// The processes of claims that did not complete.
const started = []
process.once("exit", () => started.forEach(child => child.kill("SIGKILL")))

export const startProbe = (port = 0, ...more) => startProgram(program, port, ...more)

/** Starts another program that takes the same options. */
export async function startProgram(program, port = 0, ...more) {
  const child = spawn(program, ["--port", String(port), ...more], { stdio: ["ignore", "pipe", "pipe"] })
  const ended = once(child, "exit")
  started.push(child)
  const told = { log: "" } // what it said on standard error
  child.stderr.on("data", text => {
    told.log += text
    process.stderr.write(text)
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = /^ready (\d+)$/.exec(line)
    if (ready) return new Probe(child, ended, Number(ready[1]), told)
  }
  throw new Error(`${program} ended before it was ready`)
}

class Probe {
  constructor(child, ended, port, told) {
    Object.assign(this, { child, ended, port, told })
  }

  /** Its standard error so far. */
  get log() { return this.told.log }

  /** Sends SIGTERM. Resolves to the exit status, which is 0 after a clean end. */
  async stop() {
    this.child.kill("SIGTERM")
    const [status] = await this.ended
    return status
  }

  /** Sends SIGKILL, like a machine that loses its power. */
  async kill() {
    this.child.kill("SIGKILL")
    await this.ended
  }

  /** Stops and continues the process. */
  freeze() { this.child.kill("SIGSTOP") }
  thaw() { this.child.kill("SIGCONT") }
}
