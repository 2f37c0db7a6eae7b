// The network between a client and a server: a TCP proxy that can be cut, and may lead to another server afterwards.
import { once } from "node:events"
import { connect, createServer } from "node:net"

export class Cable {
  /** Resolves to a cable that leads to `server`. It has an `address`, as the server has. */
  static async to(server) {
    const cable = new Cable()
    Object.assign(cable, { server, open: new Set(), whole: true })
    cable.listener = createServer((client) => cable.carry(client))
    cable.listener.listen(0, "127.0.0.1")
    cable.listener.unref()
    await once(cable.listener, "listening")
    return cable
  }

  get address() {
    return `http://127.0.0.1:${this.listener.address().port}/`
  }

  carry(client) {
    if (!this.whole) return client.destroy()
    const line = { client, server: connect(this.server.port, "127.0.0.1") }
    this.open.add(line)
    client.pipe(line.server).pipe(client)
    for (const end of [line.client, line.server]) {
      end.on("error", () => {})
      end.on("close", () => this.end(line))
    }
  }

  end(line) {
    this.open.delete(line)
    for (const end of [line.client, line.server]) end.destroy()
  }

  /** Ends all connections. New ones end at once, until `mend`. */
  cut() {
    this.whole = false
    for (const line of this.open) this.end(line)
  }

  /** Nothing that the server sends arrives any more; the server does not notice. */
  deafen() {
    for (const line of this.open) line.server.unpipe(line.client).resume()
  }

  mend(server = this.server) {
    this.server = server
    this.whole = true
  }

  close() {
    this.cut()
    this.listener.close()
  }
}
