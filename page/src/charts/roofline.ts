// Operators under the roof, on logarithmic axes.
import type { EstimateAnswer, OperatorTime } from "../types/estimate";
import { digits, scaled, seconds } from "../format/number";
import { words } from "../format/names";
import type { Sheet } from "../format/csv";
import { axis, frame, told, type Option } from "./parts";
import type { Theme } from "./theme";

export type Operators = readonly OperatorTime[];

export function sheet(rows: Operators): Sheet {
  return {
    columns: ["phase", "operator", "flops", "bytes", "communicated_bytes", "flops_per_byte", "flops_per_s", "time_s", "bound"],
    rows: rows.map((row) => [
      row.phase, row.operator, row.flops, row.bytes, row.communicated_bytes, row.flops_per_byte, row.flops_per_s, row.time_s, row.bound,
    ]),
  };
}

type Point = readonly [x: number, y: number];

/** The roof: at one FLOP a byte it is as high as the bandwidth, from the ridge on as the peak. */
export function roof(intensity: NonNullable<EstimateAnswer["intensity"]>, right: number): Point[] {
  return [
    [1, intensity.memory_bytes_per_s],
    [intensity.ridge_flops_per_byte, intensity.peak_flops_per_s],
    [Math.max(right, intensity.ridge_flops_per_byte), intensity.peak_flops_per_s],
  ];
}

export function option(answer: EstimateAnswer, theme: Theme, width: number): Option {
  const rows = answer.roofline ?? [];
  const placed = rows.filter((row) => row.flops_per_byte != null && row.flops_per_s != null);
  const right = Math.max(...placed.map((row) => row.flops_per_byte ?? 1), 1);
  const lines = answer.intensity ? roof(answer.intensity, right) : [];
  const phases = ["prefill", "decode"].map((phase, at) => ({
    type: "scatter",
    name: phase,
    symbol: at ? "circle" : "rect",
    symbolSize: 13,
    itemStyle: { color: theme.series[at], borderColor: theme.paper, borderWidth: 1 },
    label: { show: width > 420, position: at ? "bottom" : "top", formatter: (p: { data: { name: string } }) => p.data.name, color: theme.ink, fontSize: 11 },
    labelLayout: { hideOverlap: true },
    data: placed.filter((row) => row.phase === phase).map((row) => ({ name: words(row.operator), value: [row.flops_per_byte, row.flops_per_s], row })),
    tooltip: { formatter: (p: { data: { row: OperatorTime } }) => point(p.data.row) },
  }));
  const ceiling = { type: "line", name: "roof", data: lines, symbol: "none", silent: true, lineStyle: { color: theme.accent, width: 2.5 }, itemStyle: { color: theme.accent } };
  return frame(theme, {
    xAxis: axis(theme, "FLOP for each byte moved", digits, { type: "log" }),
    yAxis: axis(theme, "", (x) => scaled(x, "FLOP/s"), { type: "log" }),
    series: [ceiling, ...phases],
  });
}

function point(row: OperatorTime): string {
  return told(`${row.phase}: ${words(row.operator)}`, [
    ["time", seconds(row.time_s)],
    ["reaches", scaled(row.flops_per_s ?? 0, "FLOP/s")],
    ["work", `${digits(row.flops_per_byte ?? 0)} FLOP/B`],
    ["bound by", row.bound],
  ]);
}
