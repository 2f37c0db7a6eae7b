#!/usr/bin/env node
// crowd.mjs PORT CLIENTS [SECONDS]: so many clients join bennu-ticker, and count the messages that they receive.
import { connect } from "node:net"

const [port, clients, seconds = 10] = process.argv.slice(2).map(Number)
let messages = 0

const masked = (text) => Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]) // a mask of zeros

// Counts the frames of a stream: the header of each says how long it is.
function counter() {
  let rest = Buffer.alloc(0), skip = 0
  return (data) => {
    let at = 0
    while (true) {
      const step = Math.min(skip, data.length - at)
      at += step
      skip -= step
      if (skip > 0 || at === data.length) return
      if (rest.length) [data, at, rest] = [Buffer.concat([rest, data.subarray(at)]), 0, Buffer.alloc(0)]
      const size = data.length - at < 2 ? 10 : data[at + 1] === 126 ? 4 : data[at + 1] === 127 ? 10 : 2
      if (data.length - at < size) return void (rest = data.subarray(at))
      skip = size + (size === 2 ? data[at + 1] : size === 4 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2)))
      ++messages
    }
  }
}

function join() {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1")
    const count = counter()
    socket.on("error", reject)
    socket.write(`GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
    socket.once("data", () => {
      socket.write(masked('["1","1","ticker","phx_join",{}]'))
      socket.on("data", count)
      resolve()
    })
    setInterval(() => socket.write(masked('[null,"2","phoenix","heartbeat",{}]')), 30_000)
  })
}

for (let i = 0; i < clients; i += 50) await Promise.all(Array.from({ length: Math.min(50, clients - i) }, join))
await new Promise((done) => setTimeout(done, 2_000))
const before = messages, begun = performance.now()
await new Promise((done) => setTimeout(done, seconds * 1_000))
console.log(`${clients} clients received ${Math.round((messages - before) / ((performance.now() - begun) / 1_000)).toLocaleString("en")} messages a second`)
process.exit()
