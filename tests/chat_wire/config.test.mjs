// Tests the example configuration, the help, and the demo.
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { api } from "./client.mjs"
import { Client, signUp } from "./client.mjs"
import { claim, withServer } from "./world.mjs"

const example = await readFile(new URL("../../apps/chat/chat.conf.example", import.meta.url), "utf8")
const help = (await promisify(execFile)(process.env.BENNU_CHAT, ["--help"])).stdout
const options = [...help.matchAll(/^ +(?:-\w,)?--([a-z-]+)/gm)].map((x) => x[1]).filter((x) => !["help", "config"].includes(x))

claim("the example configuration explains every option that --help names, and no other", () => {
  const explained = [...example.matchAll(/^# ([a-z-]+) = /gm)].map((x) => x[1])
  assert.deepEqual([...new Set(explained)].sort(), options.sort())
})

claim("the program takes the example's defaults as they stand there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bennu-conf-"))
  const file = join(folder, "chat.conf")
  const lines = example.split("\n").map((line, n, all) => (/^# [a-z-]+ = /.test(line) && !/For example:$|share:$/.test(all[n - 1]) ? line.slice(2) : line))
  await writeFile(file, lines.filter((x) => !/^(database|secret-file|port|cluster-listen) /.test(x)).join("\n"))
  await withServer(["--config", file], async (server) => assert.equal((await api(server, "GET", "health")).status, 200), { dev: false })
  await rm(folder, { recursive: true })
})

claim("--demo: the rooms contain messages, and robots are present and answer", () =>
  withServer(["--demo"], async (server) => {
    const ann = await Client.connect(server, await signUp(server, "ann"))
    const { rooms } = (await api(server, "GET", "api/rooms", { token: ann.token })).data
    assert.deepEqual(rooms.map((x) => x.id), ["lobby", "cooking", "night-shift"])
    await ann.join("room:lobby")
    const { messages } = await ann.next("room:lobby", "recent_messages")
    assert.ok(messages.length >= 4)
    const state = await ann.next("room:lobby", "presence_state")
    assert.equal(Object.values(state).filter((x) => x.metas[0].status === "a robot").length, 2)
    await ann.say("hello @bo-bot")
    await ann.next("room:lobby", "new_message", ({ body, user }) => user.name === "bo-bot" && body.includes("@ann"))
  }))
