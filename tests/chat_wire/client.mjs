// The chat's HTTP API and socket without any library: JSON bodies, and frames of serializer v2 over either transport.
import { once } from "node:events"
import WebSocket from "ws"

export async function api(server, method, path, { body, token, raw } = {}) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {}
  const answer = await fetch(new URL(path, server.address), { method, headers, body: raw ?? (body && JSON.stringify(body)) })
  const text = await answer.text()
  let data
  try {
    data = JSON.parse(text)
  } catch {
    data = text
  }
  return { status: answer.status, data, headers: answer.headers }
}

export const password = "correct horse battery"

/** Resolves to `{token, user}`. */
export async function signUp(server, name) {
  const { status, data } = await api(server, "POST", "api/users", { body: { name, password } })
  if (status !== 201) throw new Error(`${name} cannot sign up: ${status} ${JSON.stringify(data)}`)
  return data
}

const socketPath = (server, transport, token) =>
  `${server.address}socket/${transport}?vsn=2.0.0${token === undefined ? "" : `&token=${encodeURIComponent(token)}`}`

// -- the two transports: open, send a frame, receive frames, close ------------

class WebSocketLink {
  static async open(server, token, hear) {
    const link = new WebSocketLink()
    link.socket = new WebSocket(socketPath(server, "websocket", token).replace("http", "ws"))
    link.closed = once(link.socket, "close").then(([code]) => code)
    link.socket.on("message", (data) => hear(JSON.parse(String(data))))
    link.socket.on("error", () => {})
    await once(link.socket, "open")
    return link
  }

  send(frame) {
    this.socket.send(JSON.stringify(frame))
  }

  async close() {
    this.socket.close()
    await this.closed
  }
}

class PollLink {
  static async open(server, token, hear) {
    const link = new PollLink()
    Object.assign(link, { server, hear, sending: Promise.resolve(), gone: new AbortController() })
    link.url = socketPath(server, "longpoll", token)
    const { token: session } = await (await fetch(link.url)).json()
    link.url = `${socketPath(server, "longpoll")}&token=${encodeURIComponent(session)}`
    link.closed = link.poll()
    return link
  }

  async poll() {
    try {
      for (;;) {
        const { status, messages } = await (await fetch(this.url, { signal: this.gone.signal })).json()
        for (const x of messages ?? []) this.hear(JSON.parse(x))
        if (status !== 200 && status !== 204) return status
      }
    } catch {
      return 0
    }
  }

  // One request after another, because HTTP promises no order between requests.
  send(frame) {
    const headers = { "Content-Type": "application/x-ndjson" }
    this.sending = this.sending.then(() => fetch(this.url, { method: "POST", headers, body: JSON.stringify(frame) })).catch(() => {})
  }

  // There is no goodbye: the server notices when the client stops polling.
  async close() {
    await this.sending
    this.gone.abort()
    await this.closed
  }
}

export const transports = { websocket: WebSocketLink, longpoll: PollLink }

/** Resolves to the status with which the server refuses this token. */
export async function refusedWith(server, transport, token) {
  if (transport === "longpoll") return (await (await fetch(socketPath(server, transport, token))).json()).status
  const socket = new WebSocket(socketPath(server, transport, token).replace("http", "ws"))
  socket.on("error", () => {})
  const [, answer] = await once(socket, "unexpected-response")
  answer.resume()
  return answer.statusCode
}

// -- a client -----------------------------------------------------------------

export class Client {
  /** `account` is the result of `signUp`. */
  static async connect(server, account, transport = "websocket") {
    const client = new Client()
    Object.assign(client, { server, ...account, frames: [], waiting: [], refs: 0, joins: new Map() })
    client.link = await transports[transport].open(server, account.token, (frame) => client.take(frame))
    return client
  }

  get closed() {
    return this.link.closed
  }

  take(frame) {
    this.frames.push(frame)
    this.waiting = this.waiting.filter((look) => !look())
  }

  /** Takes and resolves to the first matching frame, received earlier or later, that was not taken yet. */
  frame(fits) {
    return new Promise((resolve) => {
      const look = () => {
        const at = this.frames.findIndex(fits)
        if (at < 0) return false
        resolve(this.frames.splice(at, 1)[0])
        return true
      }
      if (!look()) this.waiting.push(look)
    })
  }

  /** Resolves to the payload of the next `event` of a topic (that matches). */
  async next(topic, event, fits = () => true) {
    return (await this.frame((x) => x[2] === topic && x[3] === event && fits(x[4])))[4]
  }

  send(joinRef, topic, event, payload) {
    const ref = String(++this.refs)
    this.link.send([joinRef, ref, topic, event, payload])
    return ref
  }

  async ask(joinRef, topic, event, payload) {
    const ref = this.send(joinRef, topic, event, payload)
    return (await this.frame((x) => x[1] === ref && x[3] === "phx_reply"))[4]
  }

  /** Resolves to `{status, response}`. */
  join(topic, params = {}) {
    const ref = String(this.refs + 1)
    this.joins.set(topic, ref)
    return this.ask(ref, topic, "phx_join", params)
  }

  /** Joins a room and takes its history, so that everything later is new. */
  async enter(room = "lobby") {
    await this.join(`room:${room}`)
    const { messages } = await this.next(`room:${room}`, "recent_messages")
    await this.next(`room:${room}`, "presence_state")
    return messages
  }

  push(topic, event, payload) {
    return this.ask(this.joins.get(topic), topic, event, payload)
  }

  /** Pushes an event that has no reply. Returns its ref. */
  cast(topic, event, payload) {
    return this.send(this.joins.get(topic), topic, event, payload)
  }

  say(body, room = "lobby") {
    return this.push(`room:${room}`, "new_message", { body })
  }

  leave(topic) {
    return this.push(topic, "phx_leave", {})
  }

  /** The frames that were not taken, among all that the server sent before it answered. */
  async settled() {
    await this.ask(null, "phoenix", "heartbeat", {})
    return this.frames
  }

  async has(event) {
    return (await this.settled()).some((x) => x[3] === event)
  }

  close() {
    return this.link.close()
  }
}
