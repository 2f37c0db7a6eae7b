import assert from "node:assert/strict"
import { Client } from "./client.mjs"
import { claim, claimOnBoth, world } from "./world.mjs"

const here = world()
const empty = Array(9).fill("")
const refused = (reason) => ({ status: "error", response: { reason } })
const done = { status: "ok", response: {} }
const seat = ({ user: { id, name } }) => ({ id, name })

/** Two players in a separate game, and the states that both have received. */
async function table(transport) {
  const ann = await here.person("ann", transport)
  const bob = await here.person("bob", transport)
  const topic = `game:g-${++here.made}`
  const first = await ann.join(topic)
  const second = await bob.join(topic)
  await ann.next(topic, "game_state", ({ players }) => players.O)
  const move = (who, cell) => who.push(topic, "move", { cell })
  return { ann, bob, topic, first, second, move }
}

/** The next state of a game in which `marks` cells are taken. */
const told = (client, topic, marks) => client.next(topic, "game_state", ({ board }) => board.filter(Boolean).length === marks)

claimOnBoth("the reply to a join is the state, and the join gives a free side: X, then O, then none", async (transport) => {
  const { ann, bob, topic, first, second } = await table(transport)
  const state = (X, O) => ({ board: empty, turn: "X", winner: null, players: { X, O } })
  assert.deepEqual(first, { status: "ok", response: state(seat(ann), null) })
  assert.deepEqual(second, { status: "ok", response: state(seat(ann), seat(bob)) })
  const eve = await here.person("eve", transport)
  assert.deepEqual(await eve.join(topic), second)
  assert.deepEqual(await eve.push(topic, "move", { cell: 0 }), refused("not your turn"))
})

claimOnBoth("a move is answered ok and broadcast; a wrong one is answered with the reason", async (transport) => {
  const { ann, bob, topic, move } = await table(transport)
  assert.deepEqual(await move(bob, 0), refused("not your turn"))
  assert.deepEqual(await move(ann, 4), done)
  for (const one of [ann, bob]) {
    const { board, turn } = await told(one, topic, 1)
    assert.deepEqual([board[4], turn], ["X", "O"])
  }
  assert.deepEqual(await move(ann, 5), refused("not your turn"))
  assert.deepEqual(await move(bob, 4), refused("taken"))
  for (const cell of [-1, 9, 1.5, "1", null]) assert.deepEqual((await move(bob, cell)).response.errors, { cell: ["must be 0 to 8"] })
  assert.deepEqual(await move(bob, 0), done)
})

claimOnBoth("three in a row win; then the game is over", async (transport) => {
  const { ann, bob, topic, move } = await table(transport)
  for (const [who, cell] of [[ann, 0], [bob, 3], [ann, 1], [bob, 4], [ann, 2]]) assert.deepEqual(await move(who, cell), done)
  const { winner, turn, board } = await told(bob, topic, 5)
  assert.deepEqual([winner, turn, board.join("")], ["X", null, "XXXOO"])
  assert.deepEqual(await move(bob, 8), refused("over"))
  assert.deepEqual(await bob.push(topic, "again", {}), done)
  const fresh = await told(ann, topic, 0)
  assert.deepEqual(fresh.players, { X: seat(bob), O: seat(ann) }, "the sides have changed")
})

claim("a full board without three in a row is a draw", async () => {
  const { ann, bob, topic, move } = await table()
  for (const [n, cell] of [0, 1, 2, 4, 3, 5, 7, 6, 8].entries()) assert.deepEqual(await move(n % 2 ? bob : ann, cell), done)
  assert.equal((await told(ann, topic, 9)).winner, "draw")
})

claimOnBoth("when the game's actor crashes in a move, the state is the one before it, and the game goes on to its end", async (transport) => {
  const { ann, bob, topic, move } = await table(transport)
  await move(ann, 0)
  await move(bob, 3)
  assert.deepEqual(await ann.push(topic, "boom", { cell: 1 }), refused("crashed"))
  const eve = await here.person("eve", transport)
  assert.equal((await eve.join(topic)).response.board.join(""), "XO", "only cells 0 and 3")
  for (const [who, cell] of [[ann, 1], [bob, 4], [ann, 2]]) assert.deepEqual(await move(who, cell), done)
  assert.equal((await told(bob, topic, 5)).winner, "X")
})

claimOnBoth("a move that is on its way while the game's actor crashes is made in the restarted game", async (transport) => {
  const { ann, bob, topic, move } = await table(transport)
  for (const [who, cell] of [[ann, 0], [bob, 3], [ann, 1], [bob, 4]]) {
    const [crash, moved] = await Promise.all([who.push(topic, "boom", { cell }), move(who, cell)])
    assert.deepEqual([crash, moved], [refused("crashed"), done])
  }
})

claim("the side of a player stays reserved for the player's return", async () => {
  const { ann, bob, topic, move } = await table()
  await move(ann, 0)
  await bob.close()
  const back = await Client.connect(here.server, bob)
  assert.equal((await back.join(topic)).response.turn, "O")
  assert.deepEqual(await move(back, 1), done)
})

claim("a game with the id of a private room is open to its members only", async () => {
  const ann = await here.person("ann")
  const eve = await here.person("eve")
  const den = await here.room(ann, { isPrivate: true })
  assert.equal((await ann.join(`game:${den}`)).status, "ok")
  assert.deepEqual(await eve.join(`game:${den}`), refused("unauthorized"))
  assert.deepEqual(await eve.join("game:no such id"), refused("game not found"))
})
