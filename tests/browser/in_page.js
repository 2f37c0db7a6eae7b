// Runs in the page before its own scripts, hidden from them. Records when messages appear and keeps the socket
// accessible.
window.bennu = { seen: new Map(), socket: null, joinRefs: new Map() }

const send = WebSocket.prototype.send
WebSocket.prototype.send = function (frame) {
  const [joinRef, , topic, event] = JSON.parse(frame)
  if (event === "phx_join") bennu.joinRefs.set(topic, joinRef)
  bennu.socket = this
  return send.call(this, frame)
}

// Resolves to the reply to a frame that is sent without the page noticing.
function ask(joinRef, topic, event, body) {
  return new Promise((resolve) => {
    const ref = `test-${crypto.randomUUID()}`
    bennu.socket.addEventListener("message", function hear({ data }) {
      const [, to, , , payload] = JSON.parse(data)
      if (to !== ref) return
      this.removeEventListener("message", hear)
      resolve(payload)
    })
    send.call(bennu.socket, JSON.stringify([joinRef, ref, topic, event, body]))
  })
}

bennu.push = (topic, event, body) => ask(bennu.joinRefs.get(topic), topic, event, body)
bennu.join = (topic) => ask("test", topic, "phx_join", {})

// Gives the page a frame as the server would.
bennu.receive = (topic, event, body) => bennu.socket.onmessage({ data: JSON.stringify([bennu.joinRefs.get(topic), null, topic, event, body]) })

new MutationObserver(() => {
  for (const bubble of document.querySelectorAll("#messages ol:not([hidden]) .message:not(.waiting):not(.failed) .bubble"))
    if (!bennu.seen.has(bubble.textContent)) bennu.seen.set(bubble.textContent, Date.now())
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["class", "hidden"] })
