// Numbers and times as people read them. What is not known is a dash.

const none = "–";
const isKnown = (x) => typeof x === "number" && Number.isFinite(x);
const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const count = (x) => (isKnown(x) ? grouped.format(x) : none);

/** 12,300 is 12.3K: for places that are narrow. */
export const short = (x) => (isKnown(x) ? compact.format(x) : none);

/** `1 message`, `2 messages`. */
export const counted = (x, noun) => `${count(x)} ${noun}${x === 1 ? "" : "s"}`;

/** A rate a second. */
export const rate = (x) => (isKnown(x) ? (x < 10 ? oneDigit : grouped).format(x) : none);

export function bytes(x) {
  if (!isKnown(x)) return none;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  for (; x >= 1024 && at < units.length - 1; ++at) x /= 1024;
  return `${(x < 10 && at > 0 ? oneDigit : grouped).format(x)} ${units[at]}`;
}

/** Milliseconds as a span of time, in its two largest units. */
export function span(ms) {
  if (!isKnown(ms)) return none;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const steps = [
    [86400, "d"],
    [3600, "h"],
    [60, "m"],
    [1, "s"],
  ];
  const first = steps.findIndex(([size]) => seconds >= size);
  const [[large, name], [small, below]] = steps.slice(first, first + 2);
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${name}${rest ? ` ${rest} ${below}` : ""}`;
}

export function micros(us) {
  if (!isKnown(us)) return none;
  if (us < 1000) return `${grouped.format(us)} µs`;
  return us < 1e6 ? `${(us < 1e4 ? oneDigit : grouped).format(us / 1000)} ms` : `${oneDigit.format(us / 1e6)} s`;
}

const two = (x, digits = 2) => String(x).padStart(digits, "0");

/** The moment's time of day, here. */
export function clock(ms, withMillis = false) {
  if (!isKnown(ms)) return none;
  const at = new Date(ms);
  const text = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return withMillis ? `${text}.${two(at.getMilliseconds(), 3)}` : text;
}

/** The day too, unless it is today. */
export function moment(ms) {
  if (!isKnown(ms)) return none;
  const at = new Date(ms);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return at.toDateString() === new Date().toDateString() ? clock(ms) : `${day} ${clock(ms)}`;
}

export const percent = (share) => (isKnown(share) ? `${oneDigit.format(share * 100)} %` : none);

/** `max_outbox_bytes` is "max outbox bytes". */
export const words = (name) => String(name).replaceAll("_", " ");

/** A value of any kind, for measurements and fields. */
export const value = (x) => (typeof x === "string" ? x : (JSON.stringify(x) ?? none));

/** Members of an object as `name=value`. */
export const pairs = (object) => Object.entries(object ?? {}).map(([name, x]) => [name, value(x)]);
