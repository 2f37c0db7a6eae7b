// Nodes of one cluster on this machine, and who is there as the official client's Presence class knows it.
import { createServer } from "node:net"
import { once } from "node:events"
import { Presence } from "phoenix"
import { connect, join } from "./client.mjs"
import { startProbe } from "./probe.mjs"

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address()
  server.close()
  await once(server, "close")
  return port
}

export class Node {
  static async start(name, meet, peers, port = 0) {
    const options = ["--node", name, "--cluster-listen", `127.0.0.1:${meet}`, "--cluster-insecure", "--log-level", "off"]
    for (const peer of peers) options.push("--peer", `127.0.0.1:${peer}`)
    const probe = await startProbe(port, ...options)
    return Object.assign(new Node(), { name, meet, peers, probe, port: probe.port })
  }

  /** The same node in a new life, where it was. */
  again() { return Node.start(this.name, this.meet, this.peers, this.port) }
}

/** `names.length` nodes; each knows the first, and learns of the others from it. */
export async function startCluster(names) {
  const nodes = []
  for (const name of names)
    nodes.push(await Node.start(name, await freePort(), nodes.length ? [nodes[0].meet] : []))
  return nodes
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

  /** Resolves when exactly these keys are there. */
  sees(...keys) {
    const wanted = keys.sort().join(" ")
    return new Promise(resolve => {
      const look = () => {
        if (this.keys() !== wanted) return
        this.waiting.delete(look)
        resolve()
      }
      this.waiting.add(look)
      look()
    })
  }
}

export { join }
