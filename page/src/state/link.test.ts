import { expect, test } from "vitest";
import { fragment, read, written } from "./link";

test("a state survives its link", () => {
  const fields = { model: "org/name@v1", on: "4xh100", price: "$2.50/h", speculative: "draft:llama-3.1-8b=4", tab: "plan" };
  const pins = [{ model: "a", on: "h100" }, { model: "b&c=d", on: "2x8xh200" }];
  expect(read(fragment(fields, pins))).toEqual({ fields, pins, odd: [] });
});

test("people can read a link", () => {
  expect(written({ model: "meta/llama", on: "h100:8", rate: "5/s" })).toBe("model=meta/llama&on=h100:8&rate=5/s");
});

test("what is not understood is told and left out", () => {
  const { fields, odd } = read("#model=x&model=y&wheels=4&tab=garage&on&rate=%E0%A4%A");
  expect(fields).toEqual({ model: "x" });
  expect(odd).toEqual([
    "on: no value",
    "rate=%E0%A4%A: not decodable",
    "model=y: given twice, the first is taken",
    "wheels=4: there is no such field",
    "tab=garage: there is no such tab",
  ]);
});

test("six scenarios are kept, and a seventh is told", () => {
  const { pins, odd } = read(`#${Array.from({ length: 7 }, () => "pin=model%3Dx").join("&")}`);
  expect(pins).toHaveLength(6);
  expect(odd).toEqual(["more than 6 pinned scenarios"]);
});

test("an emptied field that something would stand in for is empty in the link too", () => {
  expect(read(fragment({ "plan.ttft": "" }, [])).fields).toEqual({ "plan.ttft": "" });
});
