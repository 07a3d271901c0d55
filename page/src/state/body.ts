// Requests made of the state: which fields go to which command. Nothing is computed here.
import { hardware, OWN } from "../format/names";
import { DEPLOYED, type Fields } from "./fields";

export type Body = Readonly<Record<string, unknown>>;

/** Concurrencies of the curves: even steps on a logarithmic axis. */
export const CURVE = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** A model by name, or the text of the configuration that was pasted. */
function named(fields: Fields): string {
  return fields["config"] || (fields["model"] ?? "");
}

function chosen(fields: Fields, keys: readonly string[]): Body {
  return Object.fromEntries(keys.filter((key) => fields[key]).map((key) => [key, key === "on" ? on(fields, key) : fields[key]]));
}

/** The hardware of a field: where it is one's own, its description stands behind its count. */
function on(fields: Fields, key: string): string {
  const said = fields[key] ?? "";
  const { count, name } = hardware(said);
  return name === OWN ? `${count}x${fields["chip"] ?? ""}` : said;
}

/** What each command takes of a deployment beside its model; a field that is on no list is not asked of it. */
const COMPARED = [
  "on", "engine", "quant", "kv_dtype", "use_case", "input", "output", "concurrency", "rate", "context", "prefix_hit",
  "shared_prefix", "tp", "pp", "dp", "ep", "max_batched_tokens", "speculative", "price", "cloud", "region", "term", "utilisation",
];
const HOSTED = [
  "on", "engine", "quant", "kv_dtype", "use_case", "input", "output", "concurrency", "rate", "prefix_hit", "tp", "pp", "dp",
  "ep", "price", "cloud", "region", "term", "utilisation",
];
const PLANNED = ["quant", "kv_dtype", "engine", "use_case", "input", "output", "prefix_hit", "shared_prefix"];

function ready(fields: Fields): boolean {
  return named(fields) !== "" && !!fields["on"];
}

/** What the model is. */
export function model(fields: Fields): Body | null {
  return named(fields) === "" ? null : { model: named(fields) };
}

/** The request of `estimate`; none before there is a model and hardware. */
export function estimate(fields: Fields): Body | null {
  if (!ready(fields)) return null;
  const keys = DEPLOYED.filter((key) => !["model", "config", "chip"].includes(key));
  return { model: named(fields), ...chosen(fields, keys) };
}

/** The same at every concurrency of the curves. */
export function curve(fields: Fields): Body | null {
  if (!ready(fields)) return null;
  const keys = COMPARED.filter((key) => key !== "rate");
  return { model: [named(fields)], ...chosen(fields, keys), concurrency: CURVE.join(",") };
}

/** The same deployment at every cloud that offers it. */
export function clouds(fields: Fields): Body | null {
  if (!ready(fields)) return null;
  const keys = COMPARED.filter((key) => key !== "price" && key !== "cloud");
  return { model: [named(fields)], ...chosen(fields, keys), clouds: "all" };
}

/** The same against hosted prices. */
export function breakeven(fields: Fields): Body | null {
  return ready(fields) ? { model: named(fields), ...chosen(fields, HOSTED) } : null;
}

/** Fields of another tab, whose keys stand behind its name. */
function prefixed(fields: Fields, prefix: string): Body {
  const own = Object.entries(fields).filter(([key, value]) => key.startsWith(prefix) && value !== "");
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), key.endsWith(".on") ? on(fields, key) : value]));
}

export function plan(fields: Fields): Body | null {
  if (named(fields) === "") return null;
  return { model: named(fields), ...chosen(fields, PLANNED), ...prefixed(fields, "plan.") };
}

export function train(fields: Fields): Body | null {
  const own: Record<string, unknown> = prefixed(fields, "train.");
  if (named(fields) === "" || !own["on"]) return null;
  return { model: named(fields), ...own, ...(own["search"] ? { search: true } : {}) };
}
