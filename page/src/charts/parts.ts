// What charts share: axes, bands, tooltips. Options are plain values, so that they can be tested without a browser.
import type { EChartsCoreOption } from "echarts/core";
import type { Theme } from "./theme";

export type Option = EChartsCoreOption;
export type Write = (x: number) => string;
export type Band = readonly [x: number, low: number, high: number];

/** The fonts of the page: ECharts measures text by them, so they cannot be inherited, and puts them between double quotes. */
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/** A name under an axis, ticks by a writer. */
export function axis(theme: Theme, name: string, write: Write, more: object = {}): object {
  return {
    type: "value",
    name,
    nameLocation: "middle",
    nameGap: 26,
    nameTextStyle: { color: theme.faint, fontSize: 12 },
    axisLabel: { color: theme.faint, formatter: write, hideOverlap: true },
    axisLine: { show: true, lineStyle: { color: theme.line } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: theme.line, opacity: 0.6 } },
    minorSplitLine: { show: false },
    ...more,
  };
}

/** The room of a chart, inside which its labels are. */
export function room(top: number, right = 16): object {
  return { left: 4, right, top, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "all" };
}

export function frame(theme: Theme, more: object): Option {
  return {
    animation: false,
    textStyle: { fontFamily: FONT, color: theme.ink },
    color: [...theme.series],
    grid: room(36),
    legend: { top: 0, left: 0, itemWidth: 18, itemHeight: 9, textStyle: { color: theme.ink }, inactiveColor: theme.faint },
    tooltip: {
      trigger: "item",
      confine: true,
      backgroundColor: theme.paper,
      borderColor: theme.line,
      textStyle: { color: theme.ink, fontSize: 13 },
    },
    aria: { enabled: false },
    ...more,
  };
}

interface Api {
  value(dimension: number): number;
  coord(point: readonly [number, number]): [number, number];
}

/** A shaded band: each item reaches from one point of the curve to the next. */
export function band(name: string, points: readonly Band[], colour: string, yAxisIndex = 0): object {
  const pieces = points.slice(1).map((next, at) => [...(points[at] as Band), ...next]);
  return {
    type: "custom",
    name,
    yAxisIndex,
    silent: true,
    clip: true,
    z: 1,
    data: pieces,
    encode: { x: [0, 3], y: [1, 2, 4, 5] },
    renderItem: (_: unknown, api: Api) => {
      const [x0, low0, high0, x1, low1, high1] = [0, 1, 2, 3, 4, 5].map((at) => api.value(at)) as [
        number, number, number, number, number, number,
      ];
      const corners = [[x0, low0], [x1, low1], [x1, high1], [x0, high0]] as const;
      return {
        type: "polygon",
        shape: { points: corners.map((corner) => api.coord(corner)) },
        style: { fill: colour, opacity: 0.18 },
      };
    },
  };
}

/** Whiskers of horizontal bars: `[row, low, high]`. */
export function whiskers(points: readonly Band[], colour: string): object {
  return {
    type: "custom",
    name: "band",
    silent: true,
    z: 5,
    data: points.map((point) => [...point]),
    encode: { x: [1, 2], y: 0 },
    renderItem: (_: unknown, api: Api) => {
      const [low, high] = [1, 2].map((at) => api.coord([api.value(at), api.value(0)])) as [[number, number], [number, number]];
      const end = ([x, y]: [number, number]) => ({
        type: "line",
        shape: { x1: x, x2: x, y1: y - 4, y2: y + 4 },
        style: { stroke: colour, lineWidth: 1.5 },
      });
      const bar = {
        type: "line",
        shape: { x1: low[0], x2: high[0], y1: low[1], y2: high[1] },
        style: { stroke: colour, lineWidth: 1.5 },
      };
      return { type: "group", children: [bar, end(low), end(high)] };
    },
  };
}

/** Lines of a tooltip. */
export function told(title: string, lines: readonly (readonly [string, string])[]): string {
  const safe = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const rows = lines.map(([name, value]) => `${safe(name)} <b>${safe(value)}</b>`);
  return [`<b>${safe(title)}</b>`, ...rows].join("<br>");
}
