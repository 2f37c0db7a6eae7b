// The charts of the overview, drawn by uPlot (a classic script, so that it has the global name uPlot).
import { h, say } from "./dom.js";
import { bytes, clock, count, micros, percent, rate, short } from "./format.js";

const kept = 600; // points, one a second: the ten minutes that the server keeps, too
const bounds = [10, 60, 120, 300, 600]; // seconds that a chart shows
const height = 150;

const powersOfTwo = Array.from({ length: 48 }, (_, n) => 2 ** n);
const pictures = [
  {
    title: "Messages a second",
    series: [
      ["in", "in_per_s", "--series-1"],
      ["out", "out_per_s", "--series-2"],
    ],
    show: rate,
    axis: short,
    least: 10,
  },
  {
    title: "Connections",
    series: [
      ["connections", "connections", "--series-1"],
      ["joins", "joins", "--series-3"],
    ],
    show: count,
    axis: short,
    least: 10,
  },
  {
    title: "CPU",
    series: [["cores", "cpu", "--series-1"]],
    show: percent,
    axis: (x) => `${Math.round(x * 100)} %`,
    least: 0.1,
  },
  { title: "p99 latency", series: [["p99", "p99_us", "--series-2"]], show: micros, axis: micros, least: 100 },
  {
    title: "Memory",
    series: [["resident", "resident_bytes", "--series-3"]],
    show: bytes,
    axis: bytes,
    near: true,
    steps: powersOfTwo,
  },
];
const columns = ["at_ms", "connections", "joins", "in_per_s", "out_per_s", "cpu", "resident_bytes", "p99_us"];

export class Charts {
  constructor() {
    this.points = []; // rows as `columns` names them
    this.pictures = pictures.map((x) => new Picture(x));
    this.elements = this.pictures.map((x) => x.element);
    this.onTheme = () => this.pictures.forEach((x) => x.restart(this.points));
    addEventListener("themechange", this.onTheme);
    this.sizes = new ResizeObserver(() => requestAnimationFrame(() => this.pictures.forEach((x) => x.fit())));
    for (const x of this.elements) this.sizes.observe(x);
  }

  /** Takes the points that the server has kept. */
  load(points) {
    const last = points.at(-1)?.[0] ?? 0;
    this.points = [...points, ...this.points.filter((x) => x[0] > last)].slice(-kept);
    this.draw();
  }

  /** Whether points are missing before this one: the tab was hidden, or the connection lost. */
  isBehind({ at_ms: now }) {
    return now - (this.points.at(-1)?.[0] ?? 0) > 5000;
  }

  add(x) {
    if (x.at_ms <= (this.points.at(-1)?.[0] ?? 0)) return;
    this.points.push([
      x.at_ms,
      x.connections,
      x.joins,
      x.in_per_s,
      x.out_per_s,
      x.cpu,
      x.resident_bytes,
      x.latency_us?.samples ? x.latency_us.p99 : null,
    ]);
    if (this.points.length > kept) this.points.shift();
    this.draw();
  }

  draw() {
    for (const x of this.pictures) x.draw(this.points);
  }

  end() {
    this.sizes.disconnect();
    removeEventListener("themechange", this.onTheme);
    for (const x of this.pictures) x.end();
  }
}

/** One chart: its title, a legend that shows the values under the pointer (else the last ones), and the curves. */
class Picture {
  constructor(options) {
    this.options = options;
    this.values = options.series.map(() => h("b"));
    this.time = h("span", { class: "soft" });
    this.legend = h(
      "p",
      { class: "legend" },
      ...options.series.map(([name], at) =>
        h("span", {}, h("i", { class: `key key-${options.series[at][2].slice(2)}` }), `${name} `, this.values[at]),
      ),
      this.time,
    );
    this.canvas = h("div", { class: "canvas", role: "img", "aria-label": `${options.title}, chart` });
    this.element = h(
      "figure",
      { class: "chart" },
      h("figcaption", {}, h("h2", { text: options.title }), this.legend),
      this.canvas,
    );
  }

  restart(points) {
    this.end();
    this.draw(points);
  }

  draw(points) {
    if (points.length === 0) return;
    this.data = [
      points.map((x) => x[0] / 1000),
      ...this.options.series.map(([, column]) => points.map((x) => valueIn(x, column))),
    ];
    if (!this.plot) this.make();
    else this.plot.setData(this.data);
    this.tell(this.plot?.cursor.idx);
  }

  make() {
    const width = this.canvas.clientWidth;
    if (width === 0) return;
    const color = (name) => colorOf(this.canvas, name);
    const options = {
      width,
      height,
      legend: { show: false },
      cursor: { sync: { key: "overview" }, drag: { x: false, y: false }, points: { size: 6 }, y: false },
      padding: [8, 26, 0, 0],
      scales: scalesOf(this.options),
      axes: axesOf(this.options, color),
      series: [{}, ...this.options.series.map((x) => curveOf(x, color))],
      hooks: { setCursor: [(plot) => this.tell(plot.cursor.idx)] },
    };
    this.plot = new uPlot(options, this.data, this.canvas);
  }

  tell(under) {
    const at = under ?? this.data[0].length - 1;
    this.options.series.forEach((_, n) => say(this.values[n], this.options.show(this.data[n + 1][at])));
    say(this.time, under === null || under === undefined ? "" : clock(this.data[0][at] * 1000));
    const now = this.options.series
      .map(([name], n) => `${name} ${this.options.show(this.data[n + 1].at(-1))}`)
      .join(", ");
    this.canvas.setAttribute("aria-label", `${this.options.title}, chart; now ${now}`);
  }

  fit() {
    const width = this.canvas.clientWidth;
    if (!this.plot) this.data && this.make();
    else if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height });
  }

  end() {
    this.plot?.destroy();
    this.plot = null;
  }
}

const scalesOf = ({ near, least: small }) => ({
  x: { time: true, range: (_, least, most) => [most - secondsFor(least, most), most] },
  y: { range: (_, least, most) => (near ? [least * 0.9, most * 1.1 || 1] : [0, Math.max(most * 1.1, small)]) },
});

function axesOf({ axis, steps }, color) {
  const common = {
    stroke: color("--soft"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
  };
  const x = { ...common, size: 24, space: 70, values: (_, at) => at.map((seconds) => clock(seconds * 1000)) };
  const y = { ...common, size: 64, space: 36, values: (_, at) => at.map(axis) };
  return [x, steps ? { ...y, incrs: steps } : y];
}

const curveOf = ([label, , name], color) => ({
  label,
  stroke: color(name),
  width: 1.75,
  fill: color(name).replace("rgb(", "rgba(").replace(")", ", 0.1)"),
  points: { show: false },
});

// No latency at all means that nothing was handled.
const valueIn = (point, column) =>
  column === "p99_us" ? point[columns.indexOf(column)] || null : (point[columns.indexOf(column)] ?? null);

/** The colour of the style sheet's variable as `rgb(…)`, which a canvas understands. */
function colorOf(parent, name) {
  const probe = parent.appendChild(h("i"));
  probe.style.color = `var(${name})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** The seconds that a chart shows: as much as there is, in steps, so that it does not stretch with each point. */
const secondsFor = (least, most) => bounds.find((x) => most - least <= x) ?? bounds.at(-1);
