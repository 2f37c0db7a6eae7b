// What the browser stores.

// Who is signed in. A tab keeps its own person, so that two tabs may be two people; a new tab, also after the browser was closed, begins
// with the last one.
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
