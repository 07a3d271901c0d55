// Pareto fronts: what is better in one way is worse in another.
import { digits, short } from "../format/number";
import type { Sheet } from "../format/csv";
import { axis, frame, room, told, type Option, type Write } from "./parts";
import type { Theme } from "./theme";

export interface Point {
  readonly x: number;
  readonly y: number;
  /** What it is of; points of one kind share a sign. */
  readonly name: string;
  readonly lines: readonly (readonly [string, string])[];
  /** Whether it is the one that was chosen. */
  readonly best?: boolean;
}

export interface Axes {
  readonly x: string;
  readonly y: string;
  readonly writeX?: Write;
  readonly writeY?: Write;
  readonly logY?: boolean;
  /** Points that no line joins are no front. */
  readonly apart?: boolean;
}

const SIGNS = ["circle", "rect", "triangle", "diamond", "roundRect"];
/** More kinds than this are not told apart by signs. */
const KINDS = 8;

export function sheet(points: readonly Point[], axes: Axes): Sheet {
  const more = points[0]?.lines.map(([name]) => name) ?? [];
  return {
    columns: ["what", axes.x, axes.y, ...more],
    rows: points.map((point) => [point.name, point.x, point.y, ...point.lines.map(([, value]) => value)]),
  };
}

type Dot = { readonly data: { readonly point: Point } };

export function option(points: readonly Point[], axes: Axes, theme: Theme): Option {
  const sorted = [...points].sort((a, b) => a.x - b.x);
  const names = [...new Set(sorted.map((point) => point.name))];
  const kinds = names.length <= KINDS ? names : [""];
  const datum = (point: Point) => ({
    value: [point.x, point.y],
    point,
    symbolSize: point.best ? 20 : 12,
    itemStyle: point.best ? { borderColor: theme.accent, borderWidth: 3 } : {},
  });
  const line = { type: "line", name: "", data: sorted.map((point) => [point.x, point.y]), symbol: "none", silent: true, lineStyle: { color: theme.faint, width: 1.5, type: "dashed" } };
  const dots = kinds.map((kind, at) => ({
    type: "scatter",
    name: kind,
    symbol: SIGNS[at % SIGNS.length],
    itemStyle: { color: theme.series[at], borderColor: theme.paper },
    data: sorted.filter((point) => kind === "" || point.name === kind).map(datum),
    tooltip: { formatter: (p: Dot) => told(p.data.point.name, p.data.point.lines) },
  }));
  return frame(theme, {
    legend: { show: kinds.length > 1, top: 0, left: 0, data: kinds, textStyle: { color: theme.ink } },
    grid: room(kinds.length > 1 ? 30 + 22 * Math.ceil(kinds.length / 2) : 22),
    xAxis: axis(theme, axes.x, axes.writeX ?? short, { scale: true }),
    yAxis: axis(theme, axes.y, axes.writeY ?? digits, {
      nameLocation: "end",
      nameGap: 8,
      nameTextStyle: { align: "left", color: theme.faint },
      ...(axes.logY ? { type: "log" } : { scale: true }),
    }),
    series: axes.apart ? dots : [line, ...dots],
  });
}
