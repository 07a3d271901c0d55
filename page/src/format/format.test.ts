import { describe, expect, test } from "vitest";
import { commandLine } from "./command";
import { csv } from "./csv";
import { band, isExact } from "./estimated";
import { hardware, placed } from "./names";
import { bytes, digits, inUnit, percent, rate, scaled, seconds, short, usd } from "./number";
import { decades, doublings, nearest, numberOf } from "./stops";

test("numbers have three digits and a unit", () => {
  expect([0, 0.000123456, 0.1234, 1.5, 123.4, 1234.5].map(digits)).toEqual(["0", "0.000123", "0.123", "1.5", "123", "1,235"]);
  expect([18176720896, 5 * 2 ** 40, 1024, 12].map(bytes)).toEqual(["16.9 GiB", "5 TiB", "1 KiB", "12 B"]);
  expect([0, 0.00001234, 0.0188, 4.9, 600, 86400 * 3].map(seconds)).toEqual(["0 s", "12.3 µs", "18.8 ms", "4.9 s", "10 min", "3 days"]);
  expect([0.0123, 0.4, 1.5356, 1312719].map(usd)).toEqual(["$0.0123", "$0.40", "$1.54", "$1.31M"]);
  expect([1655, 12345, 7e9].map(short)).toEqual(["1,655", "12.3k", "7B"]);
  expect(rate(1655.2, "tokens")).toBe("1,655 tokens/s");
  expect(scaled(989.4e12, "FLOP/s")).toBe("989 TFLOP/s");
  expect(percent(0.5355)).toBe("53.6 %");
  expect(digits(Number.POSITIVE_INFINITY)).toBe("unbounded");
});

test("what is explained is written by its unit", () => {
  expect([inUnit(2 ** 30, "B"), inUnit(0.5, "s"), inUnit(32, "requests"), inUnit(0.25, "")]).toEqual(["1 GiB", "500 ms", "32 requests", "0.25"]);
});

describe("bands", () => {
  test("name their unit once", () => {
    expect(band({ value: 0.1, low: 0.064, high: 0.219 }, seconds)).toBe("64 to 219 ms");
    expect(band({ value: 0.9, low: 0.9, high: 1.5 }, seconds)).toBe("900 ms to 1.5 s");
  });

  test("are left out where there is none, or nothing is in doubt", () => {
    expect(band(5, digits)).toBe("");
    expect(band({ value: 5, low: null, high: null }, digits)).toBe("");
    expect(band({ value: 5, low: 5, high: 5 }, digits)).toBe("");
    expect(isExact({ value: 5, low: null, high: null, basis: "assumed" })).toBe(false);
  });
});

test("a command line can be pasted into a shell", () => {
  expect(commandLine("estimate", { model: "org/name", on: "4xh100", price: "$2.50/h", prefix_hit: "0.4" })).toBe(
    "slipstick estimate org/name --on 4xh100 --price '$2.50/h' --prefix-hit 0.4",
  );
  expect(commandLine("train", { model: '{"a":1}', search: true })).toBe("slipstick train ./config.json --search");
  expect(commandLine("estimate", { model: "it's" })).toBe("slipstick estimate 'it'\\''s'");
});

test("hardware is a count and a name", () => {
  const all = ["h100", "4xh100", "2x8xh200", "h100:8", "m3-max:64GB"];
  expect(all.map(hardware)).toEqual([
    { count: "1", name: "h100" },
    { count: "4", name: "h100" },
    { count: "2x8", name: "h200" },
    { count: "8", name: "h100" },
    { count: "1", name: "m3-max:64GB" },
  ]);
  expect(all.map((on) => placed(hardware(on)))).toEqual(["h100", "4xh100", "2x8xh200", "8xh100", "m3-max:64GB"]);
});

test("sliders stop at numbers that people say", () => {
  expect(doublings(1, 16)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16]);
  expect(decades(0.1, 1)).toEqual([0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1]);
  expect(["32k", "1.5M", "5/s", "$2.50/h", "1,024", "auto"].map(numberOf)).toEqual([32000, 1.5e6, 5, 2.5, 1024, undefined]);
  expect(nearest([1, 2, 4, 8], 3)).toBe(2);
});

test("a spreadsheet reads what is quoted", () => {
  expect(csv({ columns: ["a", "b"], rows: [[1, 'x, "y"'], [null, 2]] })).toBe('a,b\n1,"x, ""y"""\n,2\n');
});
