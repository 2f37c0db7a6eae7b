import { Presence, Socket } from "./vendor/phoenix.mjs";

const byId = (id) => document.getElementById(id);
const money = (cents) => (cents / 100).toFixed(2);
const reasons = {
  too_low: "Somebody bids as much, or more.", too_high: "That is too much.", leading: "Your bid is the highest already.", sold: "It is sold.",
  not_running: "It is over, or just moves to another node.", no_answer: "The auction did not answer: look at the price, and bid again.",
};
let socket, room, lot;

function enter({ name, token, lots }) {
  socket = new Socket("/socket", { authToken: token });
  socket.onOpen(() => { byId("status").textContent = `You are ${name}.`; });
  socket.onClose(() => { byId("status").textContent = "Disconnected; connecting again …"; });
  socket.connect();
  for (const { id, title } of lots) {
    const button = document.createElement("button");
    button.textContent = title;
    button.onclick = () => watch(id, button);
    byId("lots").append(button);
  }
  byId("login").hidden = true;
  document.querySelector("main").hidden = false;
  byId("lots").firstChild.click();
}

function watch(id, button) {
  room?.leave();
  for (const one of byId("lots").children) one.setAttribute("aria-current", one === button);
  room = socket.channel(`auction:${id}`);
  const presence = new Presence(room);
  presence.onSync(() => { byId("watching").textContent = presence.list((who) => who).join(", "); });
  room.on("lot", show);
  room.on("going", ({ times }) => { byId("going").textContent = times === 1 ? "Going once …" : "Going twice …"; });
  room.join();
  byId("answer").textContent = "";
}

function show(now) {
  if (now.bids !== lot?.bids || now.sold) byId("going").textContent = "";
  lot = { ...now, until: performance.now() + now.ends_in }; // on the clock of this page: nobody's clock has to be right
  byId("title").textContent = lot.title;
  byId("price").textContent = money(lot.cents);
  byId("leader").textContent = !lot.leader ? "No bid yet." : lot.sold ? `Sold to ${lot.leader}.` : `${lot.leader} leads, after ${lot.bids === 1 ? "one bid" : `${lot.bids} bids`}.`;
  byId("amount").placeholder = `${money(lot.least)} or more`;
  byId("bid").hidden = lot.sold;
  tick();
}

function tick() {
  const left = lot && !lot.sold ? Math.max(0, Math.ceil((lot.until - performance.now()) / 1000)) : 0;
  byId("clock").textContent = left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "";
}
setInterval(tick, 250);

byId("bid").addEventListener("submit", (event) => {
  event.preventDefault();
  const tell = (reason) => { byId("answer").textContent = reasons[reason] ?? "Write an amount, such as 25.00."; };
  room.push("bid", { cents: Math.round(Number(byId("amount").value.replace(",", ".")) * 100) })
    .receive("ok", () => { byId("answer").textContent = byId("amount").value = ""; })
    .receive("error", ({ reason }) => tell(reason))
    .receive("timeout", () => tell("no_answer"));
});

byId("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answered = await fetch("/login", { method: "POST", body: JSON.stringify({ name: byId("name").value }) });
  const login = await answered.json();
  answered.ok ? enter(login) : byId("status").textContent = login.error;
});
