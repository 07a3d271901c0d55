import { expect, test } from "vitest";
import { breakeven, clouds, curve, estimate, plan, train } from "./body";

const FIELDS = { model: "m", on: "4xh100", quant: "fp8", rate: "5/s", memory_fraction: "0.8", price: "$3/h", tab: "plan", "plan.ttft": "1s", "train.on": "8xh100", "train.search": "true" };

test("each command is asked what it takes, and nothing else", () => {
  expect(estimate(FIELDS)).toEqual({ model: "m", on: "4xh100", quant: "fp8", rate: "5/s", memory_fraction: "0.8", price: "$3/h" });
  expect(curve(FIELDS)).toEqual({ model: ["m"], on: "4xh100", quant: "fp8", price: "$3/h", concurrency: "1,2,4,8,16,32,64,128,256,512,1024" });
  expect(clouds(FIELDS)).toEqual({ model: ["m"], on: "4xh100", quant: "fp8", rate: "5/s", clouds: "all" });
  expect(breakeven(FIELDS)).toEqual({ model: "m", on: "4xh100", quant: "fp8", rate: "5/s", price: "$3/h" });
  expect(plan(FIELDS)).toEqual({ model: "m", quant: "fp8", ttft: "1s" });
  expect(train(FIELDS)).toEqual({ model: "m", on: "8xh100", search: true });
});

test("a pasted configuration goes before a name, as one model even where several may be given", () => {
  const pasted = { ...FIELDS, config: '{"a": 1, "b": 2}' };
  expect(estimate(pasted)?.["model"]).toBe('{"a": 1, "b": 2}');
  expect(curve(pasted)?.["model"]).toEqual(['{"a": 1, "b": 2}']);
});

test("nothing is asked before there is a model and hardware", () => {
  expect([estimate({}), curve({ model: "m" }), plan({}), train({ model: "m" })]).toEqual([null, null, null, null]);
});
