import { Socket } from "./vendor/phoenix.mjs";

const byId = (id) => document.getElementById(id);
const shown = new Map(); // by symbol: its price, and the element that shows it
const changed = new Set();
let last = 0, received = 0;

const socket = new Socket("/socket");
socket.onOpen(() => { byId("status").textContent = "Connected."; });
socket.onClose(() => { byId("status").textContent = "Disconnected; connecting again …"; });
socket.connect();

const channel = socket.channel("ticker");
channel.on("prices", ({ prices, n }) => {
  last = n;
  for (const [symbol, cents] of Object.entries(prices)) set(symbol, cents);
});
channel.join();

socket.onMessage(({ topic, event, payload }) => { // the feed is no channel: its ticks come under its own topic
  ++received;
  if (topic === "feed" && event === "tick" && payload.n > last) set(payload.s, payload.c);
});

function set(symbol, cents) {
  if (!shown.has(symbol)) shown.set(symbol, { cents, drawn: cents, line: addLine(symbol) });
  shown.get(symbol).cents = cents;
  if (changed.add(symbol).size === 1) requestAnimationFrame(draw); // once a frame, however many ticks there are
}

function addLine(symbol) {
  const line = document.createElement("li"), price = document.createElement("b");
  line.append(symbol, price);
  byId("prices").append(line);
  return price;
}

function draw() {
  for (const symbol of changed) {
    const one = shown.get(symbol);
    one.line.textContent = (one.cents / 100).toFixed(2);
    if (one.cents !== one.drawn) one.line.className = one.cents > one.drawn ? "up" : "down";
    one.drawn = one.cents;
  }
  changed.clear();
}

setInterval(() => { byId("rate").textContent = received; received = 0; }, 1000);
