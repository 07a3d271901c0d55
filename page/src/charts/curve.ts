// Throughput and latency against requests in flight, with bands and the chosen point.
import type { AnsweredRow, CompareAnswer } from "../types/compare";
import type { EstimateAnswer } from "../types/estimate";
import type { Estimated } from "../format/estimated";
import { rate, seconds, short } from "../format/number";
import type { Sheet } from "../format/csv";
import { axis, band, frame, told, type Band, type Option, type Write } from "./parts";
import type { Theme } from "./theme";

/** The rows that were answered and serve. */
export function served(answer: CompareAnswer): readonly AnsweredRow[] {
  return answer.rows.filter((row): row is AnsweredRow => "tpot_s" in row && row.tpot_s != null);
}

interface Line {
  readonly name: string;
  readonly of: (row: AnsweredRow) => Estimated | null | undefined;
  readonly chosen: Estimated | null | undefined;
}

export function sheet(answer: CompareAnswer): Sheet {
  const three = (x: Estimated | null | undefined) => [x?.value, x?.low, x?.high];
  return {
    columns: ["concurrency", "verdict", ...["output_tokens_per_s", "ttft_s", "tpot_s"].flatMap((name) => [name, `${name}.low`, `${name}.high`])],
    rows: served(answer).map((row) => [
      row.concurrency,
      row.verdict,
      ...three(row.output_tokens_per_s),
      ...three(row.ttft_s),
      ...three(row.tpot_s),
    ]),
  };
}

export function throughput(answer: CompareAnswer, now: EstimateAnswer | undefined, theme: Theme): Option {
  const line = {
    name: "output tokens/s",
    of: (row: AnsweredRow) => row.output_tokens_per_s,
    chosen: now?.throughput?.output_tokens_per_s,
  };
  return chart(answer, now, [line], "output tokens/s", (x) => rate(x, "tokens"), theme);
}

export function latency(answer: CompareAnswer, now: EstimateAnswer | undefined, theme: Theme): Option {
  const lines = [
    { name: "time to first token", of: (row: AnsweredRow) => row.ttft_s, chosen: now?.latency?.ttft_s },
    { name: "time per output token", of: (row: AnsweredRow) => row.tpot_s, chosen: now?.latency?.tpot_s },
  ];
  return chart(answer, now, lines, "seconds", seconds, theme);
}

function chart(
  answer: CompareAnswer,
  now: EstimateAnswer | undefined,
  lines: readonly Line[],
  name: string,
  write: Write,
  theme: Theme,
): Option {
  const rows = served(answer);
  const at = now?.workload.concurrency;
  const series = lines.flatMap((line, index) => {
    const colour = theme.series[index] ?? theme.ink;
    const points = rows.flatMap((row) => (line.of(row) ? [[row.concurrency, line.of(row)?.value]] : []));
    return [
      band(line.name, bands(rows, line.of), colour),
      { type: "line", name: line.name, data: points, symbol: index ? "rect" : "circle", symbolSize: 6, lineStyle: { width: 2, type: index ? "dashed" : "solid" }, itemStyle: { color: colour } },
      ...(line.chosen && at ? [chosen(line, at, line.chosen, write, theme)] : []),
    ];
  });
  return frame(theme, {
    xAxis: axis(theme, "requests in flight", short, { type: "log", logBase: 2, min: 1, interval: 2 }),
    yAxis: axis(theme, "", name === "seconds" ? seconds : short, { type: "log" }),
    legend: { top: 0, left: 0, data: lines.map((line) => line.name), textStyle: { color: theme.ink } },
    series: [...series, holds(rows, theme)],
    tooltip: {
      ...(frame(theme, {})["tooltip"] as object),
      formatter: (point: { data: [number, number]; seriesName: string }) =>
        told(`${short(point.data[0])} in flight`, [[point.seriesName, write(point.data[1])]]),
    },
  });
}

function bands(rows: readonly AnsweredRow[], of: Line["of"]): Band[] {
  return rows.flatMap((row): Band[] => {
    const found = of(row);
    return found?.low != null && found.high != null ? [[row.concurrency, found.low, found.high]] : [];
  });
}

function chosen(line: Line, at: number, value: Estimated, write: Write, theme: Theme): object {
  return {
    type: "scatter",
    name: line.name,
    data: [[at, value.value]],
    symbol: "diamond",
    symbolSize: 16,
    z: 6,
    itemStyle: { color: theme.accent, borderColor: theme.paper, borderWidth: 2 },
    label: { show: true, position: "top", formatter: write(value.value), color: theme.ink, fontWeight: "bold", textBorderColor: theme.paper, textBorderWidth: 3 },
  };
}

/** Where memory ends, an empty series carries the line. */
function holds(rows: readonly AnsweredRow[], theme: Theme): object {
  const most = rows[0]?.max_concurrency;
  const shown = most != null && most <= (rows.at(-1)?.concurrency ?? 0);
  return {
    type: "line",
    data: [],
    markLine: {
      symbol: "none",
      silent: true,
      lineStyle: { color: theme.faint, type: "dotted" },
      label: { formatter: `memory holds ${most}`, color: theme.faint, position: "insideStartBottom" },
      data: shown ? [{ xAxis: most }] : [],
    },
  };
}
