// The nodes of one cluster on this machine, and the presences as the Presence class of the official client sees them.
import * as http from "node:http"
import { createServer } from "node:net"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join as path } from "node:path"
import { Presence } from "phoenix"
import { connect, join } from "./client.mjs"
import { startProbe } from "./probe.mjs"

/** A port where nobody listens. It lies below those that the kernel gives to outgoing connections, so that none takes it. */
export async function freePort() {
  for (;;) {
    const server = createServer()
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const free = await new Promise(resolve => {
      server.once("listening", () => server.close(() => resolve(true))).once("error", () => resolve(false))
      server.listen(port, "127.0.0.1")
    })
    if (free) return port
  }
}

export class Node {
  static async start(name, meet, peers, secret, port = 0, more = []) {
    const options = ["--secret-file", secret, "--node", name, "--cluster-listen", `127.0.0.1:${meet}`, "--cluster-insecure", "--log-level", "off",
      ...more]
    for (const peer of peers) options.push("--peer", `127.0.0.1:${peer}`)
    const probe = await startProbe(port, ...options)
    return Object.assign(new Node(), { name, meet, peers, secret, more, probe, port: probe.port })
  }

  /** The same node in a new life, at the same address. */
  again() { return Node.start(this.name, this.meet, this.peers, this.secret, this.port, this.more) }
}

/**
 * Starts `names.length` nodes with the options `more`. Each knows the first one and learns of the others from it. All use
 * the same secret.
 */
export async function startCluster(names, more = []) {
  const folder = mkdtempSync(path(tmpdir(), "bennu-cluster-"))
  process.on("exit", () => rmSync(folder, { recursive: true }))
  const nodes = []
  try {
    for (const name of names) {
      const peers = nodes.length ? [nodes[0].meet] : []
      nodes.push(await Node.start(name, await freePort(), peers, path(folder, "secret"), await freePort(), more))
    }
  } catch (error) {
    for (const node of nodes) await node.probe.kill()
    throw error
  }
  return nodes
}

/**
 * A proxy that sends each request to another node than the last one, and to the next node if that one does not
 * answer.
 */
export class AlternatingProxy {
  static async start(nodes) {
    const proxy = Object.assign(new AlternatingProxy(), { nodes, next: 0, served: nodes.map(() => 0) })
    proxy.server = http.createServer(async (request, response) => {
      const body = []
      for await (const piece of request) body.push(piece)
      proxy.forward(request, Buffer.concat(body), response, nodes.length)
    })
    proxy.server.listen(0, "127.0.0.1")
    await once(proxy.server, "listening")
    proxy.port = proxy.server.address().port
    return proxy
  }

  forward(from, body, response, tries) {
    const index = this.next++ % this.nodes.length
    const { method, url: path, headers } = from
    const onward = http.request({ host: "127.0.0.1", port: this.nodes[index].port, method, path, headers }, answer => {
      ++this.served[index]
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response)
    })
    onward.on("error", () => tries > 1 ? this.forward(from, body, response, tries - 1) : response.destroy())
    response.on("close", () => onward.destroy()) // the client has disconnected
    onward.end(body)
  }

  stop() {
    this.server.closeAllConnections()
    this.server.close()
  }
}

/** A member of `presence:crowd` on a node. */
export class Member {
  static async join(node, key) {
    const socket = connect(node.port)
    const waiting = new Set()
    const channel = socket.channel("presence:crowd", { key, meta: { name: key } })
    const presence = new Presence(channel)
    presence.onSync(() => waiting.forEach(look => look()))
    await new Promise((resolve, reject) => channel.join().receive("ok", resolve).receive("error", reject))
    return Object.assign(new Member(), { socket, channel, presence, waiting })
  }

  keys() { return this.presence.list(key => key).sort().join(" ") }

  /** Resolves when exactly these keys are there; fails after a minute. */
  sees(...keys) {
    const wanted = keys.sort().join(" ")
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`waited for "${wanted}", but sees "${this.keys()}"`)), 60_000)
      const look = () => {
        if (this.keys() !== wanted) return
        this.waiting.delete(look)
        clearTimeout(limit)
        resolve()
      }
      this.waiting.add(look)
      look()
    })
  }
}

export { join }
