// What the browser stores.

// The signed-in user. Each tab keeps its own, so that two tabs can be two users. A new tab starts with the last one, even after the browser
// was closed.
const name = "bennu-chat";
export const session = {
  load: () => JSON.parse(sessionStorage.getItem(name) ?? localStorage.getItem(name) ?? "null"),
  save: (x) => [sessionStorage, localStorage].forEach((place) => place.setItem(name, JSON.stringify(x))),
  clear: () => [sessionStorage, localStorage].forEach((place) => place.removeItem(name)),
};

// The id of the last message that a user has seen in a room. It only grows.
export function lastSeen(user, room) {
  const key = `bennu-chat-seen/${user}/${room}`;
  const get = () => Number(localStorage.getItem(key) ?? 0);
  return { get, set: (id) => id > get() && localStorage.setItem(key, id) };
}

// The user's status, per tab.
export const ownStatus = {
  get: () => sessionStorage.getItem("bennu-chat-status") ?? "",
  set: (text) => sessionStorage.setItem("bennu-chat-status", text),
};
