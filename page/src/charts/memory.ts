// Memory of the fullest accelerator, itemised against its capacity.
import type { DeploymentMemory } from "../types/estimate";
import { middle, type Quantity } from "../format/estimated";
import { bytes, gib } from "../format/number";
import type { Sheet } from "../format/csv";
import { axis, frame, room, told, type Option } from "./parts";
import type { Theme } from "./theme";

export interface Part {
  readonly label: string;
  readonly pointer: string;
  readonly size: Quantity;
}

/** The parts in the order of the bar; what there is none of is left out. */
export function parts(memory: DeploymentMemory): readonly Part[] {
  const rank = memory.per_accelerator;
  const all: [string, string, Quantity | null | undefined][] = [
    ["weights", "weights_bytes", rank.weights_bytes],
    ["KV cache", "kv_cache_bytes", rank.kv_cache_bytes],
    ["state", "state_bytes", rank.state_bytes],
    ["activations", "activations_bytes", rank.activations_bytes],
    ["overhead", "overhead_bytes", rank.overhead_bytes],
  ];
  return all.flatMap(([label, field, size]) =>
    size == null || middle(size) === 0 ? [] : [{ label, pointer: `/memory/per_accelerator/${field}`, size }],
  );
}

export function sheet(memory: DeploymentMemory): Sheet {
  const rows = parts(memory).map(({ label, size }) => [
    label,
    middle(size),
    typeof size === "number" ? null : size.low,
    typeof size === "number" ? null : size.high,
  ]);
  const { total_bytes: total, free_bytes: free } = memory.per_accelerator;
  return {
    columns: ["part", "bytes", "low_bytes", "high_bytes"],
    rows: [
      ...rows,
      ["total", total.value, total.low, total.high],
      ["free", free, null, null],
      ["capacity", memory.accelerator.capacity_bytes, null, null],
    ],
  };
}

/** Patterns beside colours, so that segments are told apart without them. */
export const DECALS: readonly object[] = [
  { symbol: "none" },
  { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 4], rotation: -Math.PI / 4, color: "rgba(255,255,255,0.45)" },
  { symbol: "circle", symbolSize: 0.6, dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0], color: "rgba(255,255,255,0.55)" },
  { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: Math.PI / 4, color: "rgba(0,0,0,0.35)" },
  { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: 0, color: "rgba(0,0,0,0.3)" },
  { symbol: "rect", dashArrayX: [[4, 4], [0, 4, 4, 0]], dashArrayY: [4, 0], color: "rgba(255,255,255,0.4)" },
  { symbol: "triangle", symbolSize: 0.7, dashArrayX: [[8, 8]], dashArrayY: [8, 2], color: "rgba(255,255,255,0.5)" },
  { symbol: "rect", dashArrayX: [2, 4], dashArrayY: [1, 0], color: "rgba(0,0,0,0.3)" },
];

/** Room at the right, so that the end of memory is seen. */
const MARGIN = 1.03;

export function option(memory: DeploymentMemory, theme: Theme): Option {
  const capacity = memory.accelerator.capacity_bytes;
  const series = parts(memory).map(({ label, size }, at) => ({
    type: "bar",
    name: label,
    stack: "memory",
    barWidth: 44,
    data: [gib(middle(size))],
    itemStyle: { decal: DECALS[at], borderColor: theme.paper, borderWidth: 1 },
    tooltip: { formatter: () => told(label, [["", bytes(middle(size))]]) },
    ...(at === 0 && { markLine: limit(capacity, theme) }),
  }));
  const largest = MARGIN * Math.max(gib(capacity), gib(memory.per_accelerator.total_bytes.value));
  return frame(theme, {
    legend: { show: false },
    grid: room(24, 24),
    xAxis: axis(theme, "GiB on each accelerator", (x) => String(x), { max: largest, axisLabel: { color: theme.faint, showMaxLabel: false } }),
    yAxis: { type: "category", data: [""], axisLine: { show: false }, axisTick: { show: false } },
    series,
  });
}

function limit(capacity: number, theme: Theme): object {
  return {
    symbol: "none",
    silent: true,
    lineStyle: { color: theme.accent, width: 2, type: "solid" },
    label: { formatter: `${bytes(capacity)} of memory`, color: theme.ink, position: "end", align: "right" },
    data: [{ xAxis: gib(capacity) }],
  };
}
