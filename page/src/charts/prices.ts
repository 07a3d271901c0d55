// Prices of a million tokens as horizontal bars with whiskers.
import type { CompareAnswer } from "../types/compare";
import type { BreakevenAnswer } from "../types/breakeven";
import { usd } from "../format/number";
import type { Estimated } from "../format/estimated";
import type { Sheet } from "../format/csv";
import { served } from "./curve";
import { axis, frame, room, told, whiskers, type Band, type Option } from "./parts";
import type { Theme } from "./theme";

/** One bar. */
export interface Price {
  readonly who: string;
  readonly usd: number;
  readonly low?: number | null | undefined;
  readonly high?: number | null | undefined;
  readonly note: string;
  readonly own?: boolean;
}

const SHOWN = 14;

/** What a million output tokens cost at each cloud, the cheapest first. */
export function clouds(answer: CompareAnswer): readonly Price[] {
  const rows = served(answer).filter((row) => row.usd_per_million_output_tokens != null);
  const prices = rows.map((row): Price => {
    const price = row.usd_per_million_output_tokens as Estimated;
    return {
      who: row.cloud ?? "",
      usd: price.value,
      low: price.low,
      high: price.high,
      note: `${usd(row.usd_per_hour ?? 0)}/h: ${row.price_source ?? ""}, ${row.price_as_of ?? ""}`,
    };
  });
  return prices.sort((a, b) => a.usd - b.usd);
}

/** One's own at full load beside every hosted price, both at the mix of the load. */
export function hosted(answer: BreakevenAnswer): readonly Price[] {
  const own = answer.own.usd_per_million_tokens as Estimated;
  const mine: Price = { who: "your own", usd: own.value, low: own.low, high: own.high, note: answer.own.price_source ?? "", own: true };
  const others = answer.api.map((row): Price => ({
    who: `${row.provider}${row.batch ? " (batch)" : ""}`,
    usd: row.usd_per_million_tokens,
    note: `${row.model}, ${row.price_as_of}`,
  }));
  return [mine, ...others].sort((a, b) => a.usd - b.usd);
}

export function sheet(prices: readonly Price[], what: string): Sheet {
  return {
    columns: ["who", what, `${what}.low`, `${what}.high`, "note"],
    rows: prices.map((price) => [price.who, price.usd, price.low, price.high, price.note]),
  };
}

export function height(prices: readonly Price[]): number {
  return 80 + 26 * Math.min(prices.length, SHOWN);
}

export function option(prices: readonly Price[], name: string, theme: Theme): Option {
  const shown = prices.slice(0, SHOWN);
  const bands = shown.flatMap((price, at): Band[] =>
    price.low != null && price.high != null ? [[at, price.low, price.high]] : [],
  );
  const bars = {
    type: "bar",
    data: shown.map((price) => ({ value: price.usd, price, itemStyle: { color: price.own ? theme.accent : theme.series[0] } })),
    barMaxWidth: 16,
    label: { show: true, position: "right", distance: 8, formatter: (p: { data: { price: Price } }) => (p.data.price.low == null ? usd(p.data.price.usd) : ""), color: theme.ink },
    tooltip: { formatter: (p: { data: { price: Price } }) => about(p.data.price) },
  };
  return frame(theme, {
    legend: { show: false },
    grid: room(8, bands.length === shown.length ? 20 : 60),
    xAxis: axis(theme, name, usd, { min: 0 }),
    yAxis: {
      type: "category",
      inverse: true,
      data: shown.map((price) => price.who),
      axisLabel: { color: theme.ink, interval: 0, width: 140, overflow: "truncate" },
      axisLine: { lineStyle: { color: theme.line } },
      axisTick: { show: false },
    },
    series: [bars, whiskers(bands, theme.ink)],
  });
}

function about(price: Price): string {
  const range: [string, string][] = price.low != null && price.high != null ? [["from", `${usd(price.low)} to ${usd(price.high)}`]] : [];
  return told(price.who, [["", usd(price.usd)], ...range, ["", price.note]]);
}
