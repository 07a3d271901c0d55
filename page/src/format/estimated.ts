// Estimates: a value with the band that four of five runs fall into.

export interface Estimated {
  readonly value: number;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly basis?: string;
}

export type Quantity = number | Estimated;

export function middle(x: Quantity): number {
  return typeof x === "number" ? x : x.value;
}

/** Whether it is known without doubt. */
export function isExact(x: Quantity): boolean {
  return typeof x === "number" || x.basis === "exact" || (x.low === x.value && x.high === x.value);
}

/** The band as text; nothing where there is none. */
export function band(x: Quantity, write: (x: number) => string): string {
  if (typeof x === "number" || x.low == null || x.high == null || isExact(x)) return "";
  const [low, high] = [write(x.low), write(x.high)];
  const unit = low.slice(low.lastIndexOf(" "));
  const same = low.includes(" ") && high.endsWith(unit);
  return `${same ? low.slice(0, -unit.length) : low} to ${high}`;
}

/** What a basis means. */
export const BASES: Readonly<Record<string, string>> = {
  exact: "counted, not estimated",
  specified: "stated by a data sheet or the engine's rules",
  measured: "read from measurements",
  fitted: "from constants fitted on measured runs like this one",
  assumed: "rests on an assumption; nobody measured quite this",
};
