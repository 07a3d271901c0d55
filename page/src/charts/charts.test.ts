import { expect, test } from "vitest";
import type { EstimateAnswer, DeploymentMemory } from "../types/estimate";
import type { CompareAnswer } from "../types/compare";
import type { TrainAnswer } from "../types/train";
import * as curve from "./curve";
import * as memory from "./memory";
import { roof } from "./roofline";
import { clouds } from "./prices";
import { drawn } from "./training";
import { told } from "./parts";
import type { Theme } from "./theme";

const THEME: Theme = { ink: "i", faint: "f", line: "l", paper: "p", accent: "a", series: ["1", "2", "3", "4"] };
const of = (value: number) => ({ value, low: value * 0.5, high: value * 2, basis: "assumed" as const });

const MEMORY = {
  accelerator: { id: "x", count: 1, capacity_bytes: 8 * 2 ** 30 },
  per_accelerator: { weights_bytes: 2 ** 30, kv_cache_bytes: 0, state_bytes: 0, activations_bytes: of(2 ** 29), overhead_bytes: of(2 ** 28), total_bytes: of(2 ** 31), free_bytes: 2 ** 32 },
} as unknown as DeploymentMemory;

test("the bar shows what there is, in the answer's order", () => {
  expect(memory.parts(MEMORY).map((part) => part.label)).toEqual(["weights", "activations", "overhead"]);
  expect(memory.sheet(MEMORY).rows.at(-1)).toEqual(["capacity", 8 * 2 ** 30, null, null]);
  const { series } = memory.option(MEMORY, THEME) as { series: { data: number[] }[] };
  expect(series.map((one) => one.data[0])).toEqual([1, 0.5, 0.25]);
});

const row = (concurrency: number, cloud: string | null, usd: number) => ({
  concurrency, cloud, verdict: "holds", max_concurrency: 3, ttft_s: of(0.1), tpot_s: of(0.01), output_tokens_per_s: of(100), usd_per_million_output_tokens: of(usd), usd_per_hour: usd,
});
const COMPARED = { rows: [row(1, "dear", 9), row(4, "cheap", 1), { refusal: "no" }] } as unknown as CompareAnswer;

test("refused rows are left out of curves, and bands are the answer's own", () => {
  expect(curve.served(COMPARED)).toHaveLength(2);
  const { series } = curve.throughput(COMPARED, undefined, THEME) as { series: { type: string; data: unknown[] }[] };
  expect(series[0]?.data).toEqual([[1, 50, 200, 4, 50, 200]]);
  expect(series[1]?.data).toEqual([[1, 100], [4, 100]]);
});

test("clouds stand cheapest first", () => {
  expect(clouds(COMPARED).map((price) => price.who)).toEqual(["cheap", "dear"]);
});

test("the roof goes through the ridge, as the answer states it", () => {
  const intensity = { memory_bytes_per_s: 3e12, ridge_flops_per_byte: 300, peak_flops_per_s: 9e14 } as NonNullable<EstimateAnswer["intensity"]>;
  expect(roof(intensity, 1000)).toEqual([[1, 3e12], [300, 9e14], [1000, 9e14]]);
});

test("many stages are drawn by the first and the last", () => {
  const stages = Array.from({ length: 64 }, (_, at) => ({ stage: Math.floor(at / 2), phase: at % 2 ? "optimizer_step" : "forward_backward" }));
  const shown = drawn(stages as unknown as TrainAnswer["memory"]["stages"]);
  expect(shown).toHaveLength(16);
  expect(shown.at(-1)?.stage).toBe(31);
});

test("a tooltip shows names as text", () => {
  expect(told("<b>", [["a&b", "1"]])).toBe("<b>&#60;b&#62;</b><br>a&#38;b <b>1</b>");
});
