// Starts bennu-chat with a new database and stops exactly that process. It waits for events, and asks again for what nothing announces.
// The database is a file, or a database on the server that BENNU_TEST_POSTGRESQL names.
import { execFile, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rename, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as pause } from "node:timers/promises"
import { promisify } from "node:util"

const execFileAsync = promisify(execFile)
const readSqlite = `
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(*row, sep="|")`
const runSqlite = `
import json, sqlite3, sys
to = sqlite3.connect(sys.argv[1])
to.executemany(sys.argv[2], json.load(sys.stdin))
to.commit()`
const fillSqlite = `
import sqlite3, sys
to = sqlite3.connect(sys.argv[1])
for n in range(int(sys.argv[3])): to.execute("INSERT INTO messages (room_id, user_id, body, sent_at) VALUES (?, 1, ?, ?)", (sys.argv[2], f"filler {n}", n))
to.commit()`
const lockSqlite = `
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()`

const program = process.env.BENNU_CHAT
if (!program) throw new Error("set BENNU_CHAT to the program bennu-chat (ctest does)")

const postgresql = process.env.BENNU_TEST_POSTGRESQL
let databases = 0

/** The running servers. None outlives this process, however it ends. */
const children = new Set()
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")))

/**
 * `check` with an end: a claim that waits for what never comes would keep its process, and its servers, for ever, also after a test
 * runner has given it up. So it ends its process, and says which claim it was.
 */
export function bounded(title, check, seconds = 60) {
  return async () => {
    const limit = setTimeout(() => {
      console.error(`not ok: "${title}" is not done after ${seconds} s; this file ends here`)
      process.exit(1)
    }, seconds * 1000)
    try {
      await check()
    } finally {
      clearTimeout(limit)
    }
  }
}

export class ChatServer {
  /**
   * Takes the program's options; `--dev` among them, unless it is refused. With `keepLog` what it logs is in `log`. With `control`
   * `bennu-node chaos` can reach it at the path `control`.
   */
  static async start(options = [], { dev = true, keepLog = false, control = false } = {}) {
    const server = new ChatServer()
    server.keepLog = keepLog
    server.folder = await mkdtemp(join(tmpdir(), "bennu-chat-"))
    server.database = server.makeDatabase()
    server.options = ["--database", server.database, "--secret-file", join(server.folder, "secret"), ...options]
    if (dev) server.options.push("--dev")
    if (control) server.options.push("--control", (server.control = join(server.folder, "control")))
    await server.launch(0)
    return server
  }

  /** Nodes a and b with one database. Until they have connected, typing on one is not shown on the other. */
  static async pair() {
    const insecure = ["--cluster-insecure", "--cluster-listen"]
    const first = `127.0.0.1:${20000 + (process.pid % 20000)}`
    const a = await ChatServer.start(["--node", "a", ...insecure, first])
    const b = await a.sibling(["--node", "b", ...insecure, "127.0.0.1:0", "--peer", first])
    return [a, b]
  }

  /** Resolves when this node is connected to another one. */
  met() {
    return this.measures("bennu_nodes", 1)
  }

  /** Resolves when a metric of this server has this value. Nothing announces that, so it is asked again and again. */
  async measures(metric, value) {
    const line = new RegExp(`^${metric} ${value}$`, "m")
    while (!line.test(await (await fetch(`${this.address}metrics`)).text())) await pause(50)
  }

  /** Another node with the same database and secret. */
  async sibling(options) {
    const server = new ChatServer()
    Object.assign(server, { folder: this.folder, database: this.database, borrowed: true })
    server.options = ["--database", this.database, "--secret-file", join(this.folder, "secret"), "--dev", ...options]
    await server.launch(0)
    return server
  }

  makeDatabase() {
    if (!postgresql) return join(this.folder, "chat.db")
    const name = `chat_${process.pid}_${++databases}`
    execFileSync("psql", ["-q", "-c", `CREATE DATABASE ${name}`, postgresql])
    return postgresql.replace("/postgres?", `/${name}?`)
  }

  get address() {
    return `http://127.0.0.1:${this.port}/`
  }

  async launch(port) {
    const options = [...(this.options.includes("--log-level") ? [] : ["--log-level", "off"]), "--port", String(port), ...this.options]
    this.child = spawn(program, options, { stdio: ["ignore", "pipe", this.keepLog ? "pipe" : "inherit"] })
    this.log = ""
    this.child.stderr?.on("data", (text) => (this.log += text))
    this.ended = once(this.child, "exit")
    const { child } = this
    children.add(child)
    child.once("exit", () => children.delete(child))
    for await (const line of createInterface({ input: this.child.stdout })) {
      const ready = /^ready (\d+)$/.exec(line)
      if (ready) return (this.port = Number(ready[1]))
    }
    throw new Error("bennu-chat ended before it was ready")
  }

  /** Resolves when the log has a line that fits. REQUIRES: `keepLog`. */
  async logged(fits) {
    while (!fits.test(this.log)) await once(this.child.stderr, "data")
  }

  /** As a power cut would: SIGKILL. */
  async kill() {
    this.child.kill("SIGKILL")
    await this.ended
  }

  /** Starts it again with the same port and database. */
  comeBack() {
    return this.launch(this.port)
  }

  /** The result of a query as text. */
  async query(sql) {
    if (!postgresql) {
      const { stdout } = await execFileAsync("python3", ["-c", readSqlite, join(this.folder, "chat.db"), sql])
      return stdout
    }
    const { stdout } = await execFileAsync("psql", ["-At", "-c", sql, this.database])
    return stdout
  }

  /** Runs a statement `times` times, with the values of `values(n)`. REQUIRES: SQLite. */
  async run(sql, times, values) {
    const child = spawn("python3", ["-c", runSqlite, this.database, sql], { stdio: ["pipe", "inherit", "inherit"] })
    child.stdin.end(JSON.stringify(Array.from({ length: times }, (_, n) => values(n))))
    await once(child, "exit")
  }

  /** Stores messages of the first user in a room: `filler 0` and so on. REQUIRES: SQLite. */
  fill(room, count) {
    return execFileAsync("python3", ["-c", fillSqlite, this.database, room, String(count)])
  }

  async secret() {
    return (await readFile(join(this.folder, "secret"), "utf8")).trim()
  }

  /** Makes the database unreachable until `databaseBack`. */
  async databaseAway() {
    if (postgresql) return void execFileSync(process.env.BENNU_TEST_POSTGRESQL_CTL, ["stop"])
    await rename(this.folder, `${this.folder}-away`)
  }

  async databaseBack() {
    if (postgresql) return void execFileSync(process.env.BENNU_TEST_POSTGRESQL_CTL, ["start"])
    await rename(`${this.folder}-away`, this.folder)
  }

  /** Another client of the database locks the messages. Resolves to the function that releases the lock. */
  async lockTables() {
    const holder = postgresql
      ? spawn("psql", ["-qAt", this.database], { stdio: ["pipe", "pipe", "inherit"] })
      : spawn("python3", ["-c", lockSqlite, this.database], { stdio: ["pipe", "pipe", "inherit"] })
    if (postgresql) holder.stdin.write("BEGIN; LOCK TABLE messages, users IN ACCESS EXCLUSIVE MODE; SELECT 'locked';\n")
    await once(holder.stdout, "data")
    return async () => {
      holder.stdin.end()
      await once(holder, "exit")
    }
  }

  /** Closes the open connections, because each would notice later. REQUIRES: PostgreSQL. */
  readOnly(on) {
    const others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname LIKE 'chat%'"
    const sql = ["SET default_transaction_read_only = off", `ALTER SYSTEM SET default_transaction_read_only = ${on}`, "SELECT pg_reload_conf()", "SELECT pg_sleep(0.5)", others]
    execFileSync("psql", ["-qAt", ...sql.flatMap((x) => ["-c", x]), postgresql], { stdio: ["ignore", "ignore", "inherit"] })
  }

  /** REQUIRES: SQLite. */
  diskFull(on) {
    execFileSync("prlimit", ["--pid", String(this.child.pid), `--fsize=${on ? 4096 : "unlimited"}:unlimited`])
  }

  /** Sends SIGTERM once, because a second one would end the server immediately. */
  tell() {
    if (!this.told) this.child.kill("SIGTERM")
    this.told = true
  }

  /**
   * Sends SIGTERM. Resolves to the exit status, which is 0 after a clean end. A server that does not end within 20 s
   * is killed.
   */
  async stop() {
    this.tell()
    const limit = setTimeout(() => this.child.kill("SIGKILL"), 20_000)
    const [status] = await this.ended
    clearTimeout(limit)
    if (!this.borrowed) await rm(this.folder, { recursive: true })
    return status
  }
}
