import { Presence, Socket } from "./vendor/phoenix.mjs";

const byId = (id) => document.getElementById(id);
const canvas = byId("board"), pen = canvas.getContext("2d");
const name = sessionStorage.name ??= `guest ${Math.floor(Math.random() * 900) + 100}`;
const lines = new Map(); // by id: { colour, width, points }, in the order in which they came
const undone = new Set(), mine = [], cursors = new Map();
let position, complete = false, drawing;

byId("colour").value = ["#c2410c", "#15803d", "#1d4ed8", "#7e22ce"][Math.floor(Math.random() * 4)];

const socket = new Socket("/socket");
socket.onClose(() => { byId("status").textContent = "Disconnected; connecting again …"; });
socket.connect();
const room = socket.channel(`board:${location.hash.slice(1) || "lobby"}`, () => complete ? { name, since: position } : { name });
const presence = new Presence(room);
presence.onSync(() => { byId("status").textContent = `Here: ${presence.list((who) => who).join(", ")}`; });

// A position says how far this page is, so that after a tunnel it gets what it has missed. That of a binary message follows it.
const on = (event, use) => room.on(event, (body, ref) => {
  if (ref && !room.isJoined()) return; // a rejoin is under way, which brings it again
  if (ref?.startsWith?.("@")) position = ref;
  use(body);
});
on("position", () => {});
on("redraw", () => { lines.clear(); undone.clear(); paint(); });
on("clear", () => { lines.clear(); mine.length = 0; paint(); });
on("undo", ({ id }) => { undone.add(id); lines.delete(id); paint(); });
on("stroke", (body) => add(decode(body)));
on("cursor", showCursor);
room.join().receive("ok", ({ history }) => { if (!history.recovered) position = history.position; complete = true; });

// -- lines: 4 bytes id, 3 colour, 1 width, then x and y of each point -----------------

function encode({ id, colour, width, points }) {
  const bytes = new DataView(new ArrayBuffer(8 + 2 * points.length));
  bytes.setUint32(0, id);
  bytes.setUint32(4, parseInt(colour.slice(1), 16) * 256 + width);
  points.forEach((at, i) => bytes.setUint16(8 + 2 * i, at));
  return bytes.buffer;
}

function decode(body) {
  const bytes = new DataView(body), look = bytes.getUint32(4);
  const points = Array.from({ length: (bytes.byteLength - 8) / 2 }, (_, i) => bytes.getUint16(8 + 2 * i));
  return { id: bytes.getUint32(0), colour: `#${(look >>> 8).toString(16).padStart(6, "0")}`, width: look & 255, points };
}

function add(piece) {
  if (undone.has(piece.id)) return;
  const line = lines.get(piece.id);
  line ? line.points.push(...piece.points) : lines.set(piece.id, piece);
  stroke(piece);
}

function stroke({ colour, width, points }) {
  Object.assign(pen, { strokeStyle: colour, lineWidth: width, lineCap: "round", lineJoin: "round" });
  pen.beginPath();
  pen.moveTo(points[0], points[1]);
  for (let i = 0; i < points.length; i += 2) pen.lineTo(points[i], points[i + 1]);
  pen.stroke();
}

function paint() {
  pen.clearRect(0, 0, canvas.width, canvas.height);
  lines.forEach(stroke);
}

// -- what this page draws -------------------------------------------------------------

function at(event) {
  const box = canvas.getBoundingClientRect(), within = (x, most) => Math.max(0, Math.min(most, Math.round(x)));
  return [within((event.clientX - box.left) / box.width * 1600, 1600), within((event.clientY - box.top) / box.height * 1000, 1000)];
}

function send() { // twenty times a second: the points since the last time, after the last of those
  if (!drawing || drawing.points.length === drawing.sent) return;
  room.push("stroke", encode({ ...drawing, points: drawing.points.slice(Math.max(0, drawing.sent - 2), drawing.sent + 1_000) }));
  drawing.sent = Math.min(drawing.points.length, drawing.sent + 1_000);
}
setInterval(send, 50);

canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  drawing = { id: crypto.getRandomValues(new Uint32Array(1))[0], colour: byId("colour").value, width: Number(byId("width").value), points: at(event), sent: 0 };
  lines.set(drawing.id, drawing);
  mine.push(drawing.id);
  stroke(drawing);
});
let moved = 0;
canvas.addEventListener("pointermove", (event) => {
  const [x, y] = at(event);
  if (drawing) {
    drawing.points.push(x, y);
    stroke({ ...drawing, points: drawing.points.slice(-4) });
  }
  if (performance.now() - moved < 50) return;
  moved = performance.now();
  if (room.isJoined()) room.push("cursor", { x, y });
});
for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { send(); drawing = undefined; });
byId("undo").onclick = () => { if (mine.length) room.push("undo", { id: mine.pop() }); };
byId("clear").onclick = () => room.push("clear", {});

function showCursor({ name: who, x, y }) {
  const label = cursors.get(who) ?? document.createElement("span");
  clearTimeout(label.timer);
  label.textContent = who;
  label.style.left = `${x / 16}%`;
  label.style.top = `${y / 10}%`;
  label.timer = setTimeout(() => { label.remove(); cursors.delete(who); }, 3_000);
  cursors.set(who, label);
  byId("cursors").append(label);
}
