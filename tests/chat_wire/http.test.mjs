import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import WebSocket from "ws"
import { api, Client, password, refusedWith, signUp } from "./client.mjs"
import { claim, claimOnBoth, withServer, world } from "./world.mjs"

const here = world()
const ask = (method, path, options) => api(here.server, method, path, options)

claim("GET / serves the page, GET /health the name of the node", async () => {
  const page = await ask("GET", "")
  assert.equal(page.status, 200)
  assert.match(page.data, /<title>Bennu chat<\/title>/)
  const policy = page.headers.get("content-security-policy")
  assert.match(policy, /default-src 'self'/)
  assert.doesNotMatch(policy, /unsafe/)
  const { status, data } = await ask("GET", "health")
  assert.deepEqual([status, data], [200, { status: "ok", node: "chat" }])
})

claim("every page, an error too, tells browsers what it may load, who may frame it, and what other sites learn", async () => {
  for (const path of ["", "app.js", "avatars/ann.svg", "nothing", "avatars/", "vendor/nothing"]) {
    const { headers } = await ask("GET", path)
    assert.match(headers.get("content-security-policy"), /default-src '(self|none)';.*frame-ancestors '(self|none)'|base-uri 'self'; frame-ancestors 'self'/, path)
    assert.equal(headers.get("x-content-type-options"), "nosniff", path)
    assert.match(headers.get("referrer-policy"), /^(no-referrer|strict-origin-when-cross-origin)$/, path)
  }
})

claim("POST /api/users creates an account: 201 with a token and the user", async () => {
  const { status, data } = await ask("POST", "api/users", { body: { name: "Zoe_1-x", password } })
  assert.equal(status, 201)
  assert.deepEqual(Object.keys(data).sort(), ["token", "user"])
  assert.ok(Number.isInteger(data.user.id))
  assert.equal(data.user.name, "Zoe_1-x")
  assert.equal((await ask("GET", data.user.avatar.slice(1))).headers.get("content-type"), "image/svg+xml")
  const taken = await ask("POST", "api/users", { body: { name: "zOE_1-X", password } })
  assert.equal(taken.status, 409)
})

claim("names and passwords that break the rules are 422 with a text for each field", async () => {
  const hidden = ["a\u202eb", "a\nb", "a\u0007", "a\u0000", "\u3164", "\u2800", "a\u00ad", "a\u{e0020}", "\u0430nn"]
  for (const name of ["", "x".repeat(33), "has space", "a/b", 7, undefined, ...hidden]) {
    const { status, data } = await ask("POST", "api/users", { body: { name, password } })
    assert.equal(status, 422, `${name}`)
    assert.equal(typeof data.errors.name[0], "string")
  }
  const both = await ask("POST", "api/users", { body: { name: "", password: "1234567" } })
  assert.deepEqual(Object.keys(both.data.errors).sort(), ["name", "password"])
  assert.equal((await ask("POST", "api/users", { raw: "{" })).status, 400)
})

claim("names may contain letters of any script, and are unique however their accents are typed", async () => {
  const { status, data } = await ask("POST", "api/users", { body: { name: "Zoe\u0308", password } })
  assert.deepEqual([status, data.user.name, data.user.avatar], [201, "Zo\u00eb", "/avatars/Zo%C3%AB.svg"])
  assert.match((await ask("GET", data.user.avatar.slice(1))).data, />ZO</)
  assert.equal((await ask("POST", "api/users", { body: { name: "ZO\u00cb", password } })).status, 409)
  assert.equal((await ask("POST", "api/sessions", { body: { name: "zo\u00eb", password } })).status, 200)
  for (const name of ["\u041e\u043b\u044c\u0433\u0430", "\u05e9\u05dc\u05d5\u05dd", "\u65e5\u672c\u8a9e"])
    assert.equal((await ask("POST", "api/users", { body: { name, password } })).status, 201, name)
})

claim("POST /api/sessions signs in, ignoring the case of the name; 401 otherwise", async () => {
  const { user } = await here.account("Sam")
  const { status, data } = await ask("POST", "api/sessions", { body: { name: user.name.toUpperCase(), password } })
  assert.equal(status, 200)
  assert.deepEqual(data.user, user)
  for (const body of [{ name: user.name, password: "wrong horse battery" }, { name: "nobody-here", password }, { name: `${user.name}\u0000x`, password }])
    assert.equal((await ask("POST", "api/sessions", { body })).status, 401)
})

claim("after 10 failures a minute an address gets 429, even with the right password", () =>
  withServer([], async (server) => {
    await api(server, "POST", "api/users", { body: { name: "ann", password } })
    const attempt = (text) => api(server, "POST", "api/sessions", { body: { name: "ann", password: text } }).then((x) => x.status)
    for (let n = 0; n < 10; ++n) assert.equal(await attempt(`wrong password ${n}`), 401)
    assert.equal(await attempt(password), 429)
  }))

claim("GET /api/rooms lists the rooms that this user may join; it takes a token", async () => {
  const ann = await here.account("ann")
  const bob = await here.account("bob")
  const eve = await here.account("eve")
  const open = await here.room(ann)
  const den = await here.room(ann, { isPrivate: true, members: [bob.user.name.toUpperCase()] })
  const listed = async ({ token }) => (await ask("GET", "api/rooms", { token })).data.rooms
  assert.deepEqual((await listed(ann))[0], { id: "lobby", name: "Lobby", private: false })
  for (const one of [ann, bob]) assert.ok((await listed(one)).some((x) => x.id === den && x.private === true))
  assert.ok((await listed(eve)).some((x) => x.id === open))
  assert.ok(!(await listed(eve)).some((x) => x.id === den))
  for (const token of [undefined, "nonsense"]) assert.equal((await ask("GET", "api/rooms", { token })).status, 401)
})

claim("POST /api/rooms: 201, 409 for a taken id, 422 for what breaks the rules, 401 without a token", async () => {
  const { token } = await here.account("ann")
  const make = (body) => ask("POST", "api/rooms", { token, body }).then((x) => x.status)
  const id = `made-${here.made}`
  assert.equal(await make({ id, name: "Made", private: false, members: [] }), 201)
  assert.equal(await make({ id, name: "Again", private: true, members: [] }), 409)
  for (const body of [{ id: "a b", name: "x" }, { id: "y" }, { id: "z", name: " " }, { id: "u", name: "U", members: ["nobody-at-all"] }, {},
    { id: "lobby\u0000x", name: "x" }, ...["\u3164", "a\u202eb", "a\nb", "a\u0007", "\u2800", "\u00ad", "a\u{e0020}"].map((name) => ({ id: "w", name }))])
    assert.equal(await make(body), 422, JSON.stringify(body))
  assert.equal((await ask("POST", "api/rooms", { body: { id: "v", name: "V" } })).status, 401)
})

const jwt = (secret, claims) => {
  const text = [{ alg: "HS256", typ: "JWT" }, claims].map((x) => Buffer.from(JSON.stringify(x)).toString("base64url")).join(".")
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`
}

claimOnBoth("a socket without a valid token is refused with 403", async (transport) => {
  const { token } = await here.account("ann")
  const [, payload] = token.split(".")
  const claims = JSON.parse(Buffer.from(payload, "base64url"))
  assert.equal(Number(claims.exp) - Number(claims.iat ?? claims.exp - 86400), 86400, "a day")
  const forged = jwt("x".repeat(64), claims)
  for (const bad of [undefined, "", "nonsense", forged, `${token}x`]) assert.equal(await refusedWith(here.server, transport, bad), 403, bad)
  const expired = jwt(await here.server.secret(), { ...claims, exp: Math.floor(Date.now() / 1000) - 1 })
  assert.equal(await refusedWith(here.server, transport, expired), 403, "expired")
})

claim("a connection lasts no longer than its token, unless the client sends a newer one of the same user", async () => {
  const { token, user } = await here.account("ann")
  const other = await here.account("bob")
  const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url"))
  const short = jwt(await here.server.secret(), { ...claims, exp: Math.floor(Date.now() / 1000) + 6 })
  const [stays, goes] = [await Client.connect(here.server, { token: short, user }), await Client.connect(here.server, { token: short, user })]
  for (const one of [stays, goes]) await one.join("room:lobby")
  const refresh = (x) => stays.ask(null, "phoenix", "refresh_token", { token: x })
  for (const bad of [other.token, "nonsense", 7]) assert.equal((await refresh(bad)).status, "error")
  const renewed = await ask("POST", "api/tokens", { token: short })
  assert.deepEqual([renewed.status, renewed.data.user], [200, user])
  assert.equal((await refresh(renewed.data.token)).status, "ok")
  await goes.next("phoenix", "token_expired")
  assert.equal(await goes.closed, 1008)
  assert.equal((await stays.say("still here")).status, "ok")
  assert.equal((await ask("POST", "api/tokens", { token: short })).status, 401, "an expired one is not renewed")
})

claim("the token may come as the official client's authToken, which no proxy logs", async () => {
  const { token } = await here.account("ann")
  const connect = (x) => new WebSocket(`${here.server.address.replace("http", "ws")}socket/websocket?vsn=2.0.0`, ["phoenix", `base64url.bearer.phx.${Buffer.from(x).toString("base64url")}`])
  const socket = connect(token)
  await once(socket, "open")
  socket.close()
  const refused = connect("nonsense")
  refused.on("error", () => {})
  const [, answer] = await once(refused, "unexpected-response")
  assert.equal(answer.statusCode, 403)
  answer.resume()
  const open = await fetch(new URL("socket/longpoll?vsn=2.0.0", here.server.address), { headers: { "X-Phoenix-AuthToken": token } })
  assert.equal((await open.json()).status, 410, "a session is open")
})

claim("the password is stored only as an Argon2id hash", async () => {
  await here.account("secretive")
  const stored = await here.server.query("SELECT password_hash FROM users")
  assert.match(stored, /^\$argon2id\$/m)
  assert.ok(!stored.includes(password))
})

claim("GET /metrics counts joins, messages, crashes and restarts in Prometheus' text format", async () => {
  const ann = await here.person("ann")
  await ann.enter()
  await ann.say("counted")
  await ann.push("room:lobby", "boom", {})
  await ann.say("")
  const { status, data, headers } = await ask("GET", "metrics")
  assert.equal(status, 200)
  assert.match(headers.get("content-type"), /^text\/plain; version=0\.0\.4/)
  const value = (start) => Number(data.split("\n").find((x) => x.startsWith(start))?.split(" ").at(-1))
  assert.ok(value("bennu_connections") >= 1)
  assert.ok(value('bennu_channel_joins_total{channel="room_channel"}') >= 1, data)
  assert.ok(value('bennu_crashes_total{actor="room_channel"}') >= 1, data)
  assert.ok(value("chat_messages_stored_total") >= 1)
  assert.ok(value('chat_messages_refused_total{reason="blank"}') >= 1)
  assert.ok(value('bennu_mailbox_messages{actor="pubsub shard 0"}') >= 0)
  assert.ok(value("chat_store_job_seconds_count") >= 1)
  assert.ok(value("process_resident_memory_bytes") > 1e6)
  assert.match(data, /^bennu_restarts_total\{child="[^"]+"\} [1-9]/m)
  for (const line of data.trim().split("\n")) assert.match(line, /^(# (HELP|TYPE) |[a-z_]+(\{.*\})? \S+$)/)
})

claim("a chat that is full answers those who look after it: GET /health, HEAD /health, GET /health/ready", () =>
  withServer(["--max-connections", "1"], async (server) => {
    const place = connect(server.port, "127.0.0.1")
    place.write("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    await once(place, "data")
    const status = async (method, path) => (await fetch(server.address + path, { method })).status
    assert.equal(await status("GET", ""), 503)
    for (const [method, path] of [["GET", "health"], ["HEAD", "health"], ["GET", "health/ready"]])
      assert.equal(await status(method, path), 200, `${method} ${path}`)
    place.destroy()
  }))

claim("when the server shuts down, clients are told to reconnect: 1012", () =>
  withServer([], async (server) => {
    const { data } = await api(server, "POST", "api/users", { body: { name: "ann", password } })
    const ann = await Client.connect(server, data)
    await ann.enter()
    const closed = ann.closed
    server.tell()
    assert.equal(await closed, 1012)
  }))

claim("forty sign-ups a minute from one address are refused; users with an account can sign in during a flood", () =>
  withServer([], async (server) => {
    await api(server, "POST", "api/users", { body: { name: "ann", password } })
    const flood = Array.from({ length: 39 }, (_, n) => api(server, "POST", "api/users", { body: { name: `u${n}`, password } }))
    assert.equal((await api(server, "POST", "api/sessions", { body: { name: "ann", password } })).status, 200)
    const answers = await Promise.all(flood)
    const refused = answers.filter((x) => x.status !== 201)
    assert.ok(refused.length >= 20)
    for (const { status, headers } of refused) {
      assert.ok([429, 503].includes(status), `${status}`)
      assert.ok(Number(headers.get("retry-after")) > 0)
    }
  }, { dev: false }))

claim("--api-key-file: another service publishes to a room and closes the sockets of a user; by default nobody can", async () => {
  const service = (server, path, body, key = "k".repeat(32)) =>
    fetch(new URL(path, server.address), {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    })
  const note = { topic: "room:lobby", event: "notice", payload: { body: "the kitchen closes" } }
  assert.equal((await service(here.server, "api/publish", note)).status, 405) // the page's answer: there is no such route
  const folder = await mkdtemp(join(tmpdir(), "bennu-keys-"))
  const file = join(folder, "keys")
  await writeFile(file, `# the kitchen\n${"k".repeat(32)} room:* user_socket:*\n`, { mode: 0o600 })
  await withServer(["--api-key-file", file], async (server) => {
    const ann = await Client.connect(server, await signUp(server, "ann"))
    await ann.enter()
    assert.equal((await service(server, "api/publish", note, "wrong")).status, 401)
    assert.equal((await service(server, "api/publish", note)).status, 202)
    assert.deepEqual(await ann.next("room:lobby", "notice"), note.payload)
    assert.equal((await service(server, "api/publish", { ...note, topic: "game:1" })).status, 403)
    assert.equal((await service(server, "api/disconnect", { id: "room:lobby" })).status, 422)
    assert.equal((await service(server, "api/disconnect", { id: `user_socket:${ann.user.id}` })).status, 202)
    assert.equal(await ann.closed, 1001)
    assert.equal((await api(server, "GET", "api/rooms", { token: ann.token })).status, 200) // the chat's own API is where it was
  })
  await rm(folder, { recursive: true })
})
