// Other authors' numbers over ours, quantity by quantity.
import type { MethodsCompareAnswer } from "../types/methods.compare";
import { digits } from "../format/number";
import { words } from "../format/names";
import type { Sheet } from "../format/csv";
import { axis, frame, room, told, type Option } from "./parts";
import type { Theme } from "./theme";

interface Ratio {
  readonly quantity: string;
  readonly method: string;
  readonly ratio: number;
  readonly value: number;
}

/** Ratios to ours, where both have a number above nothing. */
export function ratios(answer: MethodsCompareAnswer): readonly Ratio[] {
  return answer.quantities.flatMap((row) =>
    Object.entries(row.methods).flatMap(([method, theirs]): Ratio[] =>
      theirs.value != null && theirs.ratio_to_ours != null && theirs.ratio_to_ours > 0
        ? [{ quantity: row.quantity, method, ratio: theirs.ratio_to_ours, value: theirs.value }]
        : [],
    ),
  );
}

export function sheet(answer: MethodsCompareAnswer): Sheet {
  const ours = new Map(answer.quantities.map((row) => [row.quantity, row.ours?.value ?? null]));
  return {
    columns: ["quantity", "method", "theirs", "ours", "ratio_to_ours"],
    rows: ratios(answer).map((row) => [row.quantity, row.method, row.value, ours.get(row.quantity), row.ratio]),
  };
}

export function option(answer: MethodsCompareAnswer, theme: Theme): Option {
  const all = ratios(answer);
  const quantities = [...new Set(all.map((row) => row.quantity))];
  const methods = [...new Set(all.map((row) => row.method))];
  const symbols = ["circle", "rect", "triangle", "diamond", "roundRect", "pin", "arrow"];
  const series = methods.map((method, at) => ({
    type: "scatter",
    name: method,
    symbol: symbols[at % symbols.length],
    symbolSize: 12,
    itemStyle: { color: theme.series[at % theme.series.length], borderColor: theme.paper },
    data: all.filter((row) => row.method === method).map((row) => ({ value: [row.ratio, quantities.indexOf(row.quantity)], row })),
    tooltip: { formatter: (p: { data: { row: Ratio } }) => told(p.data.row.method, [[words(p.data.row.quantity), `${digits(p.data.row.ratio)} times ours`]]) },
  }));
  const ours = { type: "line", data: [], markLine: { symbol: "none", silent: true, label: { formatter: "ours", color: theme.ink, position: "start" }, lineStyle: { color: theme.accent, type: "solid", width: 2 }, data: [{ xAxis: 1 }] } };
  return frame(theme, {
    legend: { top: 0, left: 0, data: methods, textStyle: { color: theme.ink } },
    grid: room(96, 20),
    xAxis: axis(theme, "times ours", digits, { type: "log" }),
    yAxis: { type: "category", inverse: true, data: quantities.map(words), axisLabel: { color: theme.ink, interval: 0 }, splitLine: { show: true, lineStyle: { color: theme.line, opacity: 0.5 } }, axisTick: { show: false } },
    series: [...series, ours],
  });
}
