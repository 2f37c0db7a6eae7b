// The people of a room: who is online with which status, and which members are away.
import { $, avatar, make } from "./dom.js";

// The people of a presence list, one entry per user, even with several windows. The status of the newest window
// counts.
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
  const label = make("span", "label", name, true);
  label.title = name;
  if (text) label.append(make("small", "", text, true));
  node.append(avatar(name, 24), label, make("span", "unseen", state === "online" ? "online" : ""));
  return node;
}
