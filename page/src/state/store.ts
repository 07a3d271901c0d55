// The one state of the page. Whatever changes it, the address follows.
import { computed, signal } from "@preact/signals";
import { EXAMPLE, STARTING, type Fields, type Tab } from "./fields";
import { fragment, PINS, read } from "./link";

/** How long the address waits after the last change: browsers refuse many changes in a second. */
const ADDRESS_WAITS_MS = 200;

const first = read(location.hash);

/** Fields as a link gives them; the example where it asks nothing. */
function asked(given: Fields): Fields {
  const nothing = Object.keys(given).every((key) => key === "tab" || key === "list" || key === "find");
  return nothing ? { ...EXAMPLE, ...given } : given;
}

export const fields = signal<Fields>(asked(first.fields));
export const pins = signal<readonly Fields[]>(first.pins);
export const odd = signal<readonly string[]>(first.odd);
export const tab = computed<Tab>(() => (fields.value["tab"] as Tab | undefined) ?? "estimate");

/** A field's text; empty if it is not given. */
export function field(key: string): string {
  return fields.value[key] ?? STARTING[key] ?? "";
}

/** Sets fields; an empty text takes one away. */
export function set(changes: Fields): void {
  const next = { ...fields.value, ...changes };
  fields.value = Object.fromEntries(
    Object.entries(next).filter(([key, value]) => value !== "" || key in STARTING),
  );
  follow();
}

export function show(next: Tab): void {
  fields.value = { ...fields.value, tab: next };
  history.pushState(null, "", link());
}

/** Keeps the present scenario beside others. */
export function pin(): void {
  const { tab: _tab, list: _list, find: _find, ...scenario } = fields.value;
  if (pins.value.length < PINS) pins.value = [...pins.value, scenario];
  follow();
}

export function unpin(index: number): void {
  pins.value = pins.value.filter((_, at) => at !== index);
  follow();
}

/** The address that shows what is shown now. */
export function link(): string {
  return `${location.pathname}${fragment(fields.value, pins.value)}`;
}

let waiting: ReturnType<typeof setTimeout> | undefined;
function follow(): void {
  odd.value = [];
  clearTimeout(waiting);
  waiting = setTimeout(() => history.replaceState(null, "", link()), ADDRESS_WAITS_MS);
}

addEventListener("hashchange", reread);
addEventListener("popstate", reread);

function reread(): void {
  if (link() === `${location.pathname}${location.hash}`) return;
  const next = read(location.hash);
  fields.value = asked(next.fields);
  pins.value = next.pins;
  odd.value = next.odd;
}
