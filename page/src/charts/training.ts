// Memory by stage and phase, and where the time of a step goes.
import type { TrainAnswer, StageReport } from "../types/train";
import { bytes, gib, seconds } from "../format/number";
import { words } from "../format/names";
import type { Sheet } from "../format/csv";
import { DECALS } from "./memory";
import { axis, frame, room, told, type Option } from "./parts";
import type { Theme } from "./theme";

const PARTS = ["weights_bytes", "gradients_bytes", "optimizer_bytes", "activations_bytes", "logits_bytes", "buffers_bytes", "transient_bytes"] as const;

function named(stage: StageReport): string {
  return `stage ${stage.stage}, ${words(stage.phase)}`;
}

/** Parts that any stage has. */
export function present(stages: readonly StageReport[]): readonly (typeof PARTS)[number][] {
  return PARTS.filter((part) => stages.some((stage) => stage[part] > 0));
}

export function memorySheet(answer: TrainAnswer): Sheet {
  return {
    columns: ["stage", "phase", ...PARTS, "peak_bytes"],
    rows: answer.memory.stages.map((stage) => [stage.stage, stage.phase, ...PARTS.map((part) => stage[part]), stage.peak_bytes]),
  };
}

/** As many bars are drawn; the table holds the others. */
const MOST = 16;

/** The stages to draw: every phase where they are few, else what each holds while it works, the first and the last. */
export function drawn(stages: readonly StageReport[]): readonly StageReport[] {
  if (stages.length <= MOST) return stages;
  const working = stages.filter((stage) => stage.phase === "forward_backward");
  return working.length <= MOST ? working : [...working.slice(0, MOST - 2), ...working.slice(-2)];
}

export function memory(answer: TrainAnswer, theme: Theme): Option {
  const { capacity_bytes: capacity } = answer.memory;
  const stages = drawn(answer.memory.stages);
  const series = present(stages).map((part, at) => ({
    type: "bar",
    name: words(part.replace("_bytes", "")),
    stack: "memory",
    barMaxWidth: 24,
    itemStyle: { decal: DECALS[at], borderColor: theme.paper, borderWidth: 1 },
    data: stages.map((stage) => ({ value: gib(stage[part]), bytes: stage[part], of: named(stage) })),
    tooltip: { formatter: (p: { seriesName: string; data: { bytes: number; of: string } }) => told(p.data.of, [[p.seriesName, bytes(p.data.bytes)]]) },
    ...(at === 0 && {
      markLine: {
        symbol: "none",
        silent: true,
        lineStyle: { color: theme.accent, width: 2, type: "solid" },
        label: { formatter: bytes(capacity), color: theme.ink, position: "start", align: "right" },
        data: [{ xAxis: gib(capacity) }],
      },
    }),
  }));
  return frame(theme, {
    grid: room(56, 24),
    xAxis: axis(theme, "GiB on an accelerator", (x) => String(x), { max: 1.03 * Math.max(gib(capacity), ...stages.map((stage) => gib(stage.peak_bytes))), axisLabel: { color: theme.faint, showMaxLabel: false } }),
    yAxis: { type: "category", inverse: true, data: stages.map(named), axisLabel: { color: theme.ink }, axisTick: { show: false }, axisLine: { show: false } },
    series,
  });
}

const TIMES = ["compute_s", "exposed_communication_s", "bubble_s", "optimizer_s", "host_s"] as const;

export function stepSheet(answer: TrainAnswer): Sheet {
  return {
    columns: ["part", "seconds"],
    rows: [
      ...TIMES.map((part) => [words(part.replace(/_s$/, "")), answer.step[part]]),
      ["whole step", answer.step.time_s.value],
      ...answer.step.operators.map((row) => [`operator: ${words(row.operator)}`, row.time_s]),
    ],
  };
}

export function step(answer: TrainAnswer, theme: Theme): Option {
  const series = TIMES.filter((part) => answer.step[part] > 0).map((part, at) => ({
    type: "bar",
    name: words(part.replace(/_s$/, "")),
    stack: "step",
    barWidth: 40,
    itemStyle: { decal: DECALS[at], borderColor: theme.paper, borderWidth: 1 },
    data: [answer.step[part]],
    tooltip: { formatter: (p: { seriesName: string; data: number }) => told(p.seriesName, [["", seconds(p.data)]]) },
  }));
  return frame(theme, {
    grid: room(44, 24),
    xAxis: axis(theme, "time of a step", seconds, { max: "dataMax", axisLabel: { color: theme.faint, formatter: seconds, showMaxLabel: false, hideOverlap: true } }),
    yAxis: { type: "category", data: [""], axisTick: { show: false }, axisLine: { show: false } },
    series,
  });
}
