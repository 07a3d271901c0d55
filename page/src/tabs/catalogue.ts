// Lists of the catalogue and how each of their columns is written.
import { bytes, count, scaled, short, usd } from "../format/number";

export interface Column {
  readonly field: string;
  readonly head: string;
  readonly write?: (x: number) => string;
}

export interface List {
  /** The command that answers with it. */
  readonly command: string;
  /** Its key in the answer. */
  readonly rows: string;
  readonly title: string;
  readonly about: string;
  readonly columns: readonly Column[];
}

const AGE = { field: "age_days", head: "age in days", write: count };

export const LISTS: readonly List[] = [
  {
    command: "models",
    rows: "models",
    title: "Models",
    about: "Models known by name; choose one to ask about it.",
    columns: [
      { field: "name", head: "name" },
      { field: "model_type", head: "type" },
      { field: "parameters", head: "parameters", write: short },
      { field: "active_parameters", head: "active", write: short },
      { field: "weights_bytes", head: "weights", write: bytes },
      { field: "format", head: "format" },
      { field: "context_tokens", head: "context", write: count },
      { field: "licence", head: "licence" },
      { field: "seen", head: "seen" },
    ],
  },
  {
    command: "gpus",
    rows: "gpus",
    title: "Accelerators",
    about: "Peaks are dense; memory is what the driver reports.",
    columns: [
      { field: "name", head: "name" },
      { field: "vendor", head: "maker" },
      { field: "architecture", head: "architecture" },
      { field: "year", head: "year", write: String },
      { field: "memory_bytes", head: "memory", write: bytes },
      { field: "memory_bandwidth_bytes_per_s", head: "bandwidth", write: (x) => scaled(x, "B/s") },
      { field: "bf16_flops", head: "bf16", write: (x) => scaled(x, "FLOP/s") },
      { field: "fp8_flops", head: "fp8", write: (x) => scaled(x, "FLOP/s") },
      { field: "power_w", head: "W", write: count },
      { field: "list_usd_per_hour", head: "$/h", write: usd },
    ],
  },
  {
    command: "instances",
    rows: "instances",
    title: "Offers",
    about: "What clouds ask for accelerators, with the age of each price.",
    columns: [
      { field: "cloud", head: "cloud" },
      { field: "instance", head: "instance" },
      { field: "gpu", head: "accelerator" },
      { field: "count", head: "count", write: count },
      { field: "term", head: "term" },
      { field: "region", head: "region" },
      { field: "usd_per_hour", head: "$/h", write: usd },
      { field: "usd_per_hour_each", head: "$/h each", write: usd },
      { field: "kind", head: "kind" },
      { field: "as_of", head: "as of" },
      AGE,
    ],
  },
  {
    command: "prices",
    rows: "prices",
    title: "Hosted prices",
    about: "What hosted services ask for a million tokens.",
    columns: [
      { field: "provider", head: "provider" },
      { field: "model", head: "model" },
      { field: "usd_per_million_input_tokens", head: "$/1M in", write: usd },
      { field: "usd_per_million_cached_input_tokens", head: "$/1M cached", write: usd },
      { field: "usd_per_million_output_tokens", head: "$/1M out", write: usd },
      { field: "context_tokens", head: "context", write: count },
      { field: "as_of", head: "as of" },
      AGE,
    ],
  },
  {
    command: "engines",
    rows: "engines",
    title: "Engines",
    about: "Serving engines, what each supports, and which are modelled.",
    columns: [
      { field: "name", head: "name" },
      { field: "maker", head: "maker" },
      { field: "modelled", head: "modelled as" },
      { field: "profiles", head: "versions" },
      { field: "accelerators", head: "accelerators" },
      { field: "weight_formats", head: "weights" },
      { field: "cache_formats", head: "cache" },
      { field: "licence", head: "licence" },
    ],
  },
];

export type Row = Readonly<Record<string, unknown>>;

/** A cell as text. */
export function shown(row: Row, column: Column): string {
  const value = row[column.field];
  if (value == null || value === "") return "";
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "number" && column.write ? column.write(value) : String(value);
}

/** Rows that hold every word. */
export function matching(rows: readonly Row[], search: string): readonly Row[] {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return words.length === 0 ? rows : rows.filter((row) => words.every((word) => JSON.stringify(Object.values(row)).toLowerCase().includes(word)));
}

/** Rows by a column; what has none stands last either way. */
export function sorted(rows: readonly Row[], field: string, down: boolean): readonly Row[] {
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a[field], b[field]];
    if (x == null || x === "") return y == null || y === "" ? 0 : 1;
    if (y == null || y === "") return -1;
    return sign * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
  });
}
