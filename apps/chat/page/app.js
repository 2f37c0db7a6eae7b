// The chat page: sign in, pick a room, talk.
import * as api from "./api.js";
import { $ } from "./dom.js";
import { Game } from "./game.js";
import { setUpNewRoom } from "./new_room.js";
import { Notifications } from "./notifications.js";
import { Rooms } from "./rooms.js";
import { Session } from "./session.js";
import { Status } from "./status.js";
import { ownStatus, session } from "./storage.js";

// -- signing in ---------------------------------------------------------------

function showEntrance(text = "") {
  $("chat").hidden = true;
  $("entrance").hidden = false;
  $("entrance-complaint").textContent = text;
  $("name").focus();
}

function complain(field, text = "") {
  $(`${field}-complaint`).textContent = text;
  $(field).setAttribute("aria-invalid", String(Boolean(text)));
}

$("entrance-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const enter = event.submitter?.value === "sign-in" ? api.signIn : api.signUp;
  for (const field of ["name", "password"]) complain(field, "");
  $("entrance-complaint").textContent = "";
  const answer = await enter($("name").value.trim(), $("password").value);
  if (answer.status === 200 || answer.status === 201) {
    session.save(answer.data);
    return start(answer.data);
  }
  const errors = answer.data.errors;
  if (!errors) return ($("entrance-complaint").textContent = api.explain(answer));
  for (const field of ["name", "password"]) complain(field, errors[field]?.join(", "));
  document.querySelector("#entrance-form [aria-invalid=true]")?.focus();
});

$("sign-out").addEventListener("click", () => {
  session.clear();
  location.assign("/");
});

// -- the chat -----------------------------------------------------------------

async function start(saved) {
  const current = new Session(saved);
  const { socket, user: me } = current;
  $("entrance").hidden = true;
  $("chat").hidden = false;
  $("my-name").textContent = $("my-name").title = me.name;
  $("my-avatar").src = me.avatar;
  const rooms = new Rooms(current);
  const status = new Status(() => socket.isConnected(), () => rooms.current?.trouble());
  rooms.changed = () => status.refresh();

  // A refused socket looks like a broken one, but does not come back. The API says whether the token was refused.
  let doubt;
  const suspect = () => {
    clearTimeout(doubt);
    doubt = setTimeout(() => socket.isConnected() || current.ended || load(), 1000);
  };
  const load = async () => {
    if ((await rooms.load()) !== 401) return;
    current.end();
    showEntrance("Your session has ended. Please sign in again.");
  };
  const visit = async (id) => {
    openMenu(false);
    if (!rooms.all.has(id)) await load();
    rooms.add(id);
    rooms.open(id);
  };

  socket.onOpen(() => status.up());
  socket.onClose((event) => {
    status.down(event);
    suspect();
  });
  socket.connect();
  const game = new Game(socket, me, () => rooms.current);
  rooms.opened = () => game.roomChanged();
  setUpStatus(rooms);
  const mentions = new Notifications(socket, me, visit);
  rooms.watchThrough(mentions.channel);
  setUpNewRoom(current, visit);
  onKeys(rooms, mentions, game);
  $("rooms").addEventListener("click", () => openMenu(false));
  addEventListener("online", () => current.check(() => status.comesBack()));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    rooms.current?.markSeen();
    if (socket.isConnected()) current.check(() => status.comesBack());
    else status.comesBack(); // the client does not reconnect while its page is hidden, but does so now
    load(); // another user may have added this user to a room
  });
  await load();
  rooms.open(location.hash.slice(1) || "lobby");
}

// The server accepts 64 bytes; a letter may have four.
function setUpStatus(rooms) {
  const field = $("my-status");
  field.value = ownStatus.get();
  field.onchange = () => {
    let text = field.value.trim();
    while (new TextEncoder().encode(text).length > 64) text = [...text].slice(0, -1).join("");
    field.value = text;
    ownStatus.set(text);
    rooms.tellStatus(text);
  };
  field.addEventListener("keydown", (event) => event.key === "Enter" && field.blur());
}

function onKeys(rooms, mentions, game) {
  document.addEventListener("keydown", (event) => {
    if ($("new-room").open || event.isComposing) return;
    if (event.key === "Escape") escape(mentions, game);
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    rooms.step(event.key === "ArrowUp" ? -1 : 1);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#mentions, #bell")) mentions.toggle(false);
  });
  // What lies above the conversation goes when the keyboard focus leaves it.
  const leaves = ({ currentTarget, relatedTarget }, opener) => relatedTarget && relatedTarget !== opener && !currentTarget.contains(relatedTarget);
  $("mentions").addEventListener("focusout", (event) => leaves(event, $("bell")) && mentions.toggle(false));
  $("side").addEventListener("focusout", (event) => leaves(event, $("menu")) && openMenu(false));
}

// Closes what is open, and leads back to the button that has opened it; otherwise to the message that is being written.
function escape(mentions, game) {
  if (!$("mentions").hidden) {
    mentions.toggle(false);
    $("bell").focus();
  } else if ($("side").classList.contains("open")) {
    openMenu(false);
    $("menu").focus();
  } else if ($("game").contains(document.activeElement)) game.toggle(false);
  else $("body").focus();
}

function openMenu(open) {
  $("side").classList.toggle("open", open);
  $("menu").setAttribute("aria-expanded", String(open));
  if (open) $("rooms").querySelector('button[tabindex="0"]')?.focus();
}

$("menu").addEventListener("click", () => openMenu(!$("side").classList.contains("open")));
$("messages").addEventListener("click", () => openMenu(false));

const saved = session.load();
if (saved) start(saved);
else showEntrance();
