// What the browser stores.

// The signed-in user, per tab, so that two tabs may be two people.
export const session = {
  load: () => JSON.parse(sessionStorage.getItem("bennu-chat") ?? "null"),
  save: (x) => sessionStorage.setItem("bennu-chat", JSON.stringify(x)),
  clear: () => sessionStorage.removeItem("bennu-chat"),
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
