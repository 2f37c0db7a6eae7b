// The chat page: sign in, pick a room, talk.
import { Socket } from "/vendor/phoenix.mjs";
import * as api from "./api.js";
import { $, make } from "./dom.js";
import { Room } from "./room.js";
import { Status } from "./status.js";

const session = {
  // Of this tab alone, so that two tabs may be two people.
  load: () => JSON.parse(sessionStorage.getItem("bennu-chat") ?? "null"),
  save: (x) => sessionStorage.setItem("bennu-chat", JSON.stringify(x)),
  clear: () => sessionStorage.removeItem("bennu-chat"),
};

let socket, room, me, token;

// -- the entrance -------------------------------------------------------------

function showEntrance(text = "") {
  $("chat").hidden = true;
  $("entrance").hidden = false;
  $("entrance-complaint").textContent = text;
  $("name").focus();
}

$("entrance-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const enter = event.submitter?.value === "sign-in" ? api.signIn : api.signUp;
  for (const id of ["name-complaint", "password-complaint", "entrance-complaint"]) $(id).textContent = "";
  const answer = await enter($("name").value.trim(), $("password").value);
  if (answer.status === 200 || answer.status === 201) {
    session.save(answer.data);
    return start(answer.data);
  }
  const errors = answer.data.errors;
  if (!errors) return ($("entrance-complaint").textContent = api.explain(answer));
  for (const field of ["name", "password"]) $(`${field}-complaint`).textContent = errors[field]?.join(", ") ?? "";
});

$("sign-out").addEventListener("click", () => {
  session.clear();
  location.assign("/");
});

// -- the chat -----------------------------------------------------------------

async function start(saved) {
  ({ token, user: me } = saved);
  $("entrance").hidden = true;
  $("chat").hidden = false;
  $("my-name").textContent = me.name;
  $("my-avatar").src = me.avatar;
  const status = new Status();
  socket = new Socket("/socket", { params: { token }, heartbeatIntervalMs: 30_000 });
  socket.onOpen(() => status.up());
  socket.onClose((event) => {
    status.down(event);
    room?.connectionLost();
    checkToken();
  });
  socket.connect();
  await showRooms(location.hash.slice(1) || "lobby");
  $("body").focus();
}

// A refused socket looks like a broken one; the API says whether it was the token.
async function checkToken() {
  const { status } = await api.listRooms(token);
  if (status !== 401) return;
  socket.disconnect();
  session.clear();
  showEntrance("Your session has ended. Please sign in again.");
}

async function showRooms(current) {
  const { status, data } = await api.listRooms(token);
  if (status === 401) return checkToken();
  const rooms = data.rooms ?? [{ id: "lobby", name: "Lobby", private: false }];
  $("rooms").replaceChildren(
    ...rooms.map((r) => {
      const button = make("button");
      button.type = "button";
      button.dataset.room = r.id;
      button.append(make("span", "mark", r.private ? "◆" : "#"), make("span", "label", r.name));
      button.addEventListener("click", () => enter(r));
      const line = make("li");
      line.append(button);
      return line;
    }),
  );
  enter(rooms.find((r) => r.id === current) ?? rooms[0]);
}

function enter(r) {
  openMenu(false);
  if (room?.id === r.id) return mark(r.id);
  room?.leave();
  room = new Room(socket, me, r);
  history.replaceState(null, "", `#${r.id}`);
  mark(r.id);
  $("body").focus();
}

function mark(id) {
  for (const button of $("rooms").querySelectorAll("button")) button.setAttribute("aria-current", String(button.dataset.room === id));
}

$("new-room").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = $("new-room-name").value.trim();
  const id = name.toLowerCase().normalize("NFKD").replace(/[^a-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 64) || `room-${Date.now()}`;
  const answer = await api.addRoom(token, { id, name, private: false, members: [] });
  const errors = Object.values(answer.data.errors ?? {}).flat();
  $("room-complaint").textContent = answer.status === 201 ? "" : errors.join(", ") || api.explain(answer);
  if (answer.status !== 201) return;
  $("new-room-name").value = "";
  showRooms(id);
});

// -- writing ------------------------------------------------------------------

let typing = false, pause;

function setTyping(active) {
  clearTimeout(pause);
  if (active) pause = setTimeout(() => setTyping(false), 3000);
  if (active === typing) return;
  typing = active;
  room?.tellTyping(active);
}

function fit() {
  $("body").style.height = "auto"; // the CSSOM is not an inline style: the policy allows it
  $("body").style.height = `${$("body").scrollHeight + 2}px`;
}

$("body").addEventListener("input", () => {
  fit();
  setTyping($("body").value !== "");
});

$("body").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = $("body").value.trim();
  if (!body || !room) return;
  $("body").value = "";
  fit();
  setTyping(false);
  room.send(body);
});

function openMenu(open) {
  $("side").classList.toggle("open", open);
  $("menu").setAttribute("aria-expanded", String(open));
}

$("menu").addEventListener("click", () => openMenu(!$("side").classList.contains("open")));
document.addEventListener("keydown", (event) => event.key === "Escape" && openMenu(false));
$("messages").addEventListener("click", () => openMenu(false));

const saved = session.load();
if (saved) start(saved);
else showEntrance();
