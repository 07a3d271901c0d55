// Numbers as people read them. Three digits are enough for what is estimated; the exact number stands in a title.

const GIB = 2 ** 30;

/** Writers by their places: making one takes far longer than writing a number. */
const writers = new Map<number, Intl.NumberFormat>();

function written(x: number, places: number): string {
  let writer = writers.get(places);
  if (!writer) writers.set(places, (writer = new Intl.NumberFormat("en-US", { maximumFractionDigits: places })));
  return writer.format(x);
}

/** Three significant digits without an exponent, thousands parted. */
export function digits(x: number): string {
  if (!Number.isFinite(x)) return "unbounded";
  if (x === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(x)));
  const places = Math.max(0, 2 - size);
  return written(x, Math.min(places, 9));
}

/** A count in full. */
export function count(x: number): string {
  return written(x, 2);
}

/** A large number with k, M, B or T behind it. */
export function short(x: number): string {
  const steps: [number, string][] = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e4, "k"]];
  const step = steps.find(([size]) => Math.abs(x) >= size);
  if (!step) return digits(x);
  const [size, sign] = step[1] === "k" ? [1e3, "k"] : step;
  return `${digits(x / size)}${sign}`;
}

/** Bytes in GiB, as a plain number: what charts of memory show. */
export function gib(bytes: number): number {
  return bytes / GIB;
}

export function bytes(x: number): string {
  const steps: [number, string][] = [[2 ** 40, "TiB"], [GIB, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]];
  const [size, unit] = steps.find(([size]) => Math.abs(x) >= size) ?? [1, "B"];
  return `${digits(x / size)} ${unit}`;
}

export function seconds(x: number): string {
  if (x === 0) return "0 s";
  if (x < 1e-3) return `${digits(x * 1e6)} µs`;
  if (x < 1) return `${digits(x * 1e3)} ms`;
  if (x < 120) return `${digits(x)} s`;
  if (x < 7200) return `${digits(x / 60)} min`;
  if (x < 172800) return `${digits(x / 3600)} h`;
  return `${digits(x / 86400)} days`;
}

/** Dollars: cents where there are few of them, more digits where there are fewer still. */
export function usd(x: number): string {
  if (x === 0) return "$0";
  if (Math.abs(x) < 0.1) return `$${digits(x)}`;
  if (Math.abs(x) < 1000) return `$${x.toFixed(2)}`;
  return `$${short(x)}`;
}

export function rate(x: number, unit: string): string {
  return `${short(x)} ${unit}/s`;
}

/** FLOP, FLOP/s and bytes a second with the prefixes of data sheets. */
export function scaled(x: number, unit: string): string {
  const steps: [number, string][] = [[1e18, "E"], [1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
  const [size, sign] = steps.find(([size]) => Math.abs(x) >= size) ?? [1, ""];
  return `${digits(x / size)} ${sign}${unit}`;
}

export function percent(share: number): string {
  return `${digits(share * 100)} %`;
}

/** By the unit that an answer states, so that whatever is explained can be written. */
export function inUnit(x: number, unit: string): string {
  switch (unit) {
    case "B":
      return bytes(x);
    case "s":
      return seconds(x);
    case "$":
    case "USD":
      return usd(x);
    case "FLOP":
    case "FLOP/s":
    case "B/s":
      return scaled(x, unit);
    case "":
      return digits(x);
    default:
      return Math.abs(x) >= 1e4 ? `${short(x)} ${unit}` : `${digits(x)} ${unit}`;
  }
}
