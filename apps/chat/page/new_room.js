// The dialog for a new room.
import * as api from "./api.js";
import { $ } from "./dom.js";

const idOf = (name) =>
  name.toLowerCase().normalize("NFKD").replace(/[^a-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 64) || `room-${Date.now()}`;

// `made(id)` is called when the server has created the room.
export function setUpNewRoom(session, made) {
  const dialog = $("new-room");
  $("new-room-open").onclick = () => {
    $("new-room-form").reset();
    $("room-complaint").textContent = "";
    dialog.showModal();
  };
  $("new-room-cancel").onclick = () => dialog.close();
  $("new-room-form").onsubmit = async (event) => {
    event.preventDefault();
    const name = $("new-room-name").value.trim();
    const members = $("new-room-members").value.split(/[\s,@]+/).filter(Boolean);
    const answer = await api.addRoom(session.token, { id: idOf(name), name, private: $("new-room-private").checked, members });
    const errors = Object.values(answer.data.errors ?? {}).flat();
    $("room-complaint").textContent = answer.status === 201 ? "" : errors.join(", ") || api.explain(answer);
    if (answer.status !== 201) return;
    dialog.close();
    made(answer.data.room.id);
  };
}
