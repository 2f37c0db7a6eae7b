// The official Phoenix client: https://hexdocs.pm/phoenix/js. It connects again by itself and rejoins its channels.
import { Socket } from "./vendor/phoenix.mjs";

const byId = (id) => document.getElementById(id);
const tell = (text) => { byId("status").textContent = text; };

const socket = new Socket("/socket");
socket.onOpen(() => tell("Connected."));
socket.onClose(() => tell("Disconnected; connecting again …"));
socket.connect();

let room;

byId("join").addEventListener("submit", (event) => {
  event.preventDefault();
  room?.leave();
  room = socket.channel("room:lobby", { user: byId("name").value });
  room.on("new_msg", ({ user, body }) => show(`${user}: ${body}`));
  room.join()
    .receive("ok", () => { tell("You are in the lobby."); byId("join").hidden = true; byId("say").hidden = false; byId("body").focus(); })
    .receive("error", ({ reason }) => tell(`You cannot join: ${reason}`));
});

byId("say").addEventListener("submit", (event) => {
  event.preventDefault();
  room.push("new_msg", { body: byId("body").value })
    .receive("ok", () => { byId("body").value = ""; })
    .receive("error", ({ reason }) => tell(`Not sent: ${reason}`))
    .receive("timeout", () => tell("Not sent: the server did not answer."));
});

// As text, never as HTML: what people write is not to be trusted.
function show(text) {
  const line = document.createElement("li");
  line.textContent = text;
  byId("messages").append(line);
}
