// Starts bennu-chat over a database of its own, ends it by its process, and waits for events, never for time.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"

const program = process.env.BENNU_CHAT
if (!program) throw new Error("set BENNU_CHAT to the program bennu-chat (ctest does)")

export class ChatServer {
  static async start(options = []) {
    const server = new ChatServer()
    server.options = options
    server.folder = await mkdtemp(join(tmpdir(), "bennu-browser-"))
    await server.launch(0)
    return server
  }

  get address() {
    return `http://127.0.0.1:${this.port}/`
  }

  async launch(port) {
    const files = ["--database", join(this.folder, "chat.db"), "--secret-file", join(this.folder, "secret")]
    this.child = spawn(program, ["--dev", "--port", String(port), ...files, ...this.options], { stdio: ["ignore", "pipe", "inherit"] })
    this.ended = once(this.child, "exit")
    for await (const line of createInterface({ input: this.child.stdout })) {
      const ready = /^ready (\d+)$/.exec(line)
      if (ready) return (this.port = Number(ready[1]))
    }
    throw new Error("bennu-chat ended before it was ready")
  }

  /** As a power cut would: SIGKILL. */
  async kill() {
    this.child.kill("SIGKILL")
    await this.ended
  }

  /** Starts it again on the same port and database. */
  comeBack() {
    return this.launch(this.port)
  }

  /** SIGTERM; resolves to the exit status, which is 0 when it ended well. */
  async stop() {
    this.child.kill("SIGTERM")
    const [status] = await this.ended
    await rm(this.folder, { recursive: true })
    return status
  }
}
