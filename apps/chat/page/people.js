// Who is in a room: who is online, with what they are up to, and which members are away.
import { $, avatar, make } from "./dom.js";

// The people of a presence list, one a user, however many windows each has open. The newest window's status counts.
export const peopleOf = (presence) =>
  presence
    .list((id, { metas }) => ({ id: Number(id), ...metas.reduce((a, b) => (b.joined_at > a.joined_at || b.status !== "online" ? b : a)) }))
    .sort((a, b) => a.name.localeCompare(b.name));

export function showPeople(online, members) {
  const here = new Set(online.map((x) => x.id));
  const away = members.filter((x) => !here.has(x.id));
  $("people-section").hidden = online.length + away.length === 0;
  $("people-count").textContent = online.length;
  $("people").replaceChildren(
    ...online.map((x) => line(x, x.status === "online" ? "" : x.status, "online")),
    ...away.map((x) => line(x, "away", "away")),
  );
}

function line({ name }, text, state) {
  const node = make("li");
  node.dataset.state = state;
  const label = make("span", "label", name);
  if (text) label.append(make("small", "", text));
  node.append(avatar(name, 24), label, make("span", "unseen", state === "online" ? "online" : ""));
  return node;
}
