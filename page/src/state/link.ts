// The state as the fragment of an address, and back. A fragment is never sent anywhere.
import { KEYS, STARTING, TABS, type Fields } from "./fields";

/** A state, and what of a link was not understood. */
export interface Read {
  readonly fields: Fields;
  readonly pins: readonly Fields[];
  readonly odd: readonly string[];
}

/** As many scenarios can be kept side by side. */
export const PINS = 6;

/** Fields as `key=value&key=value`, empty ones left out unless something else would stand in for them. */
export function written(fields: Fields): string {
  const pairs = Object.entries(fields).filter(([key, value]) => value !== "" || key in STARTING);
  return pairs.map(([key, value]) => `${encodeURIComponent(key)}=${gentle(value)}`).join("&");
}

/** The fragment of a state. */
export function fragment(fields: Fields, pins: readonly Fields[]): string {
  const kept = pins.map((pin) => `pin=${encodeURIComponent(written(pin))}`);
  return `#${[written(fields), ...kept].filter((part) => part !== "").join("&")}`;
}

/** Reads a fragment. What is not understood is told, never guessed. */
export function read(hash: string): Read {
  const odd: string[] = [];
  const pins: Fields[] = [];
  const fields: Record<string, string> = {};
  for (const [key, value] of pairs(hash, odd)) {
    if (key === "pin") pin(value, pins, odd);
    else take(fields, key, value, odd);
  }
  return { fields, pins, odd };
}

function pin(text: string, pins: Fields[], odd: string[]): void {
  if (pins.length === PINS) {
    odd.push(`more than ${PINS} pinned scenarios`);
    return;
  }
  const fields: Record<string, string> = {};
  for (const [key, value] of pairs(text, odd)) take(fields, key, value, odd);
  pins.push(fields);
}

function take(fields: Record<string, string>, key: string, value: string, odd: string[]): void {
  if (!KEYS.has(key)) odd.push(`${key}=${value}: there is no such field`);
  else if (key in fields) odd.push(`${key}=${value}: given twice, the first is taken`);
  else if (key === "tab" && !TABS.some((tab) => tab === value)) odd.push(`tab=${value}: there is no such tab`);
  else if (value !== "" || key in STARTING) fields[key] = value;
}

function pairs(text: string, odd: string[]): [string, string][] {
  const parts = text.replace(/^#/, "").split("&").filter((part) => part !== "");
  return parts.flatMap((part): [string, string][] => {
    const cut = part.indexOf("=");
    if (cut < 1) {
      odd.push(`${part}: no value`);
      return [];
    }
    try {
      return [[decodeURIComponent(part.slice(0, cut)), decodeURIComponent(part.slice(cut + 1).replace(/\+/g, " "))]];
    } catch {
      odd.push(`${part}: not decodable`);
      return [];
    }
  });
}

/** Leaves what people read as it is: slashes, colons, commas, dollars. */
function gentle(value: string): string {
  return encodeURIComponent(value).replace(/%(2F|3A|2C|24|40)/g, decodeURIComponent);
}
