// The unmodified official client. Only what a browser would provide is added.
import { after } from "node:test"
import WebSocket from "ws"
import { LongPoll, Socket } from "phoenix"

// A client that is told to disconnect while it is about to reconnect continues for ever, and its file of claims would
// not end.
const sockets = []
after(() => sockets.forEach(socket => {
  socket.connect = () => {}
  socket.disconnect()
}))

/** The transports of the client. */
export const transports = { websocket: WebSocket, longpoll: LongPoll }

export function connect(port, params = {}, options = {}) {
  const socket = new Socket(`ws://127.0.0.1:${port}/socket`, {
    transport: transports.websocket,
    params,
    reconnectAfterMs: () => 20, // the default starts at 10 ms and grows
    rejoinAfterMs: () => 20,
    ...options,
  })
  sockets.push(socket)
  socket.connect()
  return socket
}

/** Resolves to the `[status, response]` of a join or a push. */
export function answer(push) {
  return new Promise(resolve => {
    for (const status of ["ok", "error", "timeout"])
      push.receive(status, response => resolve([status, response]))
  })
}

/** Resolves when `channel` receives its next `event`. */
export function next(channel, event) {
  return new Promise(resolve => {
    const ref = channel.on(event, payload => {
      channel.off(event, ref)
      resolve(payload)
    })
  })
}

/** Resolves to the close event of the socket's connection. */
export const closed = socket => new Promise(resolve => socket.onClose(resolve))

/** Resolves to the code with which the server closes the client's connection next. */
export const lost = async socket => (await closed(socket)).code

/** Resolves when `channel` has joined (again). */
export const rejoined = channel => new Promise(resolve => channel.joinPush.receive("ok", resolve))

/** Resolves when the socket is open (again). */
export const opened = socket => new Promise(resolve => socket.onOpen(resolve))

export async function join(socket, topic, params = {}) {
  const channel = socket.channel(topic, params)
  const [status, response] = await answer(channel.join())
  if (status !== "ok") throw new Error(`the join of ${topic} was answered ${status}: ${JSON.stringify(response)}`)
  return channel
}

export const disconnect = socket => new Promise(resolve => socket.disconnect(resolve))
