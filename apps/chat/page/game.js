// Tic-tac-toe beside the chat: one game per room, shown on demand.
import { $, make } from "./dom.js";
import { ArrowKeys } from "./keys.js";

export class Game {
  // `room()` returns the open room.
  constructor(socket, me, room) {
    Object.assign(this, { socket, me, room });
    this.cells = Array.from({ length: 9 }, (_, n) => this.cell(n));
    $("board").replaceChildren(...this.cells);
    new ArrowKeys($("board"), 3).mark(this.cells[0]);
    $("game-open").onclick = () => this.toggle();
    $("game-close").onclick = () => this.toggle(false);
    $("game-again").onclick = () => {
      this.cells[0].focus(); // the button goes
      this.channel?.push("again", {}).receive("error", ({ reason }) => this.complain(reason));
    };
    this.lock(() => true);
  }

  cell(n) {
    const cell = make("button", "cell");
    cell.type = "button";
    cell.onclick = () => this.move(n);
    return cell;
  }

  toggle(open = $("game").hidden) {
    $("game").hidden = !open;
    $("game-open").setAttribute("aria-expanded", String(open));
    if (open) this.join();
    else this.leave();
    (open ? $("game-close") : $("game-open")).focus();
  }

  // Another room has another game.
  roomChanged() {
    if ($("game").hidden) return;
    this.leave();
    this.join();
  }

  join() {
    this.channel = this.socket.channel(`game:${this.room().info.id}`, {});
    this.channel.on("game_state", (state) => this.show(state));
    this.channel
      .join()
      .receive("ok", (state) => this.show(state))
      .receive("error", ({ reason }) => this.complain(reason));
  }

  leave() {
    this.channel?.leave();
    this.channel = null;
    this.state = null;
    this.lock(() => true);
    $("game-status").textContent = "";
  }

  // A locked cell keeps the keyboard focus, which a disabled button would lose.
  lock(isLocked) {
    this.cells.forEach((cell, n) => cell.setAttribute("aria-disabled", String(isLocked(n))));
  }

  move(cell) {
    if (this.cells[cell].getAttribute("aria-disabled") === "true") return;
    this.channel?.push("move", { cell }).receive("error", ({ reason }) => this.complain(reason));
  }

  complain(reason) {
    const words = { crashed: "That move was lost. Try it again.", taken: "That cell is taken.", "not your turn": "It is not your turn." };
    $("game-status").textContent = words[reason] ?? `The game says: ${reason}.`;
  }

  show(state) {
    this.state = state;
    const { board, turn, winner, players } = state;
    const mine = ["X", "O"].find((side) => players[side]?.id === this.me.id);
    const seatFree = !players.X || !players.O;
    const mayMove = Boolean(turn) && (mine ? mine === turn : seatFree && !players[turn]);
    this.cells.forEach((cell, n) => {
      cell.textContent = board[n];
      cell.dataset.mark = board[n];
      cell.setAttribute("aria-label", `Row ${Math.floor(n / 3) + 1}, column ${(n % 3) + 1}: ${board[n] || "empty"}`);
    });
    this.lock((n) => !mayMove || board[n] !== "");
    $("game-players").dir = "auto";
    $("game-players").textContent = `${players.X?.name ?? "?"} (X) against ${players.O?.name ?? "?"} (O)`;
    $("game-status").textContent = this.verdict(mine, mayMove);
    $("game-again").hidden = Boolean(turn) || !mine;
  }

  verdict(mine, mayMove) {
    const { turn, winner, players } = this.state;
    if (winner === "draw") return "A draw.";
    if (winner) return mine === winner ? "You have won!" : `${players[winner].name} has won.`;
    if (mayMove) return "Your turn.";
    return players[turn] ? `It is ${players[turn].name}'s turn.` : "Waiting for a second player.";
  }
}
