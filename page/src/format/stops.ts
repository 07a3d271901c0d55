// Sliders go by stops: even steps of a logarithm, at numbers that people say.

const FINE = [1, 1.25, 1.5, 1.75];

/** From `low` to `high`, four stops between a power of two and the next, whole numbers only. */
export function doublings(low: number, high: number): number[] {
  const found: number[] = [];
  for (let power = low; power <= high; power *= 2) {
    for (const part of FINE) {
      const stop = power * part;
      if (stop <= high && Number.isInteger(stop)) found.push(stop);
    }
  }
  return found;
}

/** From `low` up to `high` at 1, 2 and 5. */
export function decades(low: number, high: number): number[] {
  const found: number[] = [];
  for (let power = low; power <= high; power *= 10) {
    for (const part of [1, 1.5, 2, 3, 5, 7]) {
      const stop = Number((power * part).toPrecision(3));
      if (stop <= high) found.push(stop);
    }
  }
  return found;
}

const SIGNS: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, b: 1e9, g: 1e9, t: 1e12 };

/** The number in front of a text such as `32k` or `5/s`; none where there is none. */
export function numberOf(text: string): number | undefined {
  const found = /^\s*\$?([\d.,_]+)\s*([kmbgt])?/i.exec(text);
  if (!found) return undefined;
  const value = Number((found[1] ?? "").replace(/[,_]/g, ""));
  return Number.isFinite(value) ? value * (SIGNS[(found[2] ?? "").toLowerCase()] ?? 1) : undefined;
}

/** The stop nearest to a number, by ratio. */
export function nearest(stops: readonly number[], value: number): number {
  let best = 0;
  stops.forEach((stop, at) => {
    const before = stops[best] ?? stop;
    if (Math.abs(Math.log(stop / value)) < Math.abs(Math.log(before / value))) best = at;
  });
  return best;
}
