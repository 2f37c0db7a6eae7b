// Starts bennu-probe, ends it by its process, and waits for events, never for time.
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { once } from "node:events"

const program = process.env.BENNU_PROBE
if (!program) throw new Error("set BENNU_PROBE to the program bennu-probe (ctest does)")

export async function startProbe(port = 0, ...more) {
  const child = spawn(program, ["--port", String(port), ...more], { stdio: ["ignore", "pipe", "inherit"] })
  const ended = once(child, "exit")
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = /^ready (\d+)$/.exec(line)
    if (ready) return new Probe(child, ended, Number(ready[1]))
  }
  throw new Error("bennu-probe ended before it was ready")
}

class Probe {
  constructor(child, ended, port) {
    Object.assign(this, { child, ended, port })
  }

  /** SIGTERM; resolves to the exit status, which is 0 when it ended well. */
  async stop() {
    this.child.kill("SIGTERM")
    const [status] = await this.ended
    return status
  }

  /** SIGKILL: what a machine that loses its power does. */
  async kill() {
    this.child.kill("SIGKILL")
    await this.ended
  }

  /** The process stops answering, and goes on. */
  freeze() { this.child.kill("SIGSTOP") }
  thaw() { this.child.kill("SIGCONT") }
}
