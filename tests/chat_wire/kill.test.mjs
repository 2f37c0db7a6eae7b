// The server is killed under load: every acknowledged message is stored, none is stored twice, and all users return
// soon.
import assert from "node:assert/strict"
import { Socket } from "phoenix"
import WebSocket from "ws"
import { signUp } from "./client.mjs"
import { claim, withServer } from "./world.mjs"

const writers = 12
const each = 24 // below the limit of 30 a minute
const cuts = 3

/** A user who writes one message after another, whatever happens, and never writes one twice. */
class Writer {
  constructor(server, { token, user }) {
    Object.assign(this, { name: user.name, sent: [], acknowledged: new Map(), waiting: [] })
    // The reconnect times of the official client.
    this.socket = new Socket(`${server.address.replace("http", "ws")}socket`, { transport: WebSocket, params: { token } })
    this.socket.connect()
    this.room = this.socket.channel("room:lobby", {})
    this.joined = new Promise((resolve) => this.room.join().receive("ok", resolve))
    this.room.on("recent_messages", () => this.waiting.splice(0).forEach((resolve) => resolve()))
  }

  isBack() {
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  async write(told) {
    for (let n = 0; n < each; ++n) {
      while (this.room.state !== "joined") await this.isBack()
      const body = `${this.name} ${n}`
      this.sent.push(body)
      await new Promise((resolve) => {
        this.room.push("new_message", { body }, 3000)
          .receive("ok", ({ id }) => resolve(this.acknowledged.set(body, id)))
          .receive("error", resolve)
          .receive("timeout", resolve)
        this.socket.onClose(resolve)
      })
      told()
    }
  }
}

claim(`${cuts} times kill -9 while ${writers} users write`, () =>
  withServer([], async (server) => {
    const accounts = await Promise.all(Array.from({ length: writers }, (_, n) => signUp(server, `w${n}`)))
    const all = accounts.map((x) => new Writer(server, x))
    await Promise.all(all.map((x) => x.joined))
    let written = 0
    const marks = Array.from({ length: cuts }, (_, n) => Math.floor(((n + 1) * writers * each) / (cuts + 1)))
    let cut = Promise.resolve()
    const told = () => {
      if (++written !== marks[0]) return
      marks.shift()
      cut = cut.then(async () => {
        const back = Promise.all(all.map((x) => x.isBack()))
        await server.kill()
        await server.comeBack()
        const since = Date.now()
        await back
        const took = Date.now() - since
        assert.ok(took < 5000, `back after ${took} ms`)
      })
    }
    await Promise.all(all.map((x) => x.write(told)))
    await cut
    const rows = (await server.query("SELECT id, body FROM messages ORDER BY id")).trim().split("\n").map((x) => x.split("|"))
    const stored = new Map(rows.map(([id, body]) => [body, Number(id)]))
    assert.equal(stored.size, rows.length, "none is stored twice")
    assert.deepEqual(marks, [], "every kill happened")
    for (const { sent, acknowledged } of all) {
      for (const [body, id] of acknowledged) assert.equal(stored.get(body), id, `"${body}" was acknowledged`)
      for (const body of sent) stored.delete(body)
      assert.ok(acknowledged.size > each / 2)
    }
    assert.deepEqual([...stored.keys()], [], "only messages that a user sent are stored")
    await Promise.all(all.map((x) => new Promise((resolve) => x.socket.disconnect(resolve))))
  }))
