import { expect, test } from "vitest";
import { found } from "../parts/Combo";
import { matching, shown, sorted } from "./catalogue";

const ENTRIES = ["qwen3-32b", "llama-3.1-8b", "codellama-34b"].map((value) => ({ value, title: value, detail: "", words: value }));

test("a search finds every word, and what begins with it first", () => {
  expect(found(ENTRIES, "llama").map((entry) => entry.value)).toEqual(["llama-3.1-8b", "codellama-34b"]);
  expect(found(ENTRIES, "32b qwen").map((entry) => entry.value)).toEqual(["qwen3-32b"]);
  expect(found(ENTRIES, "")).toHaveLength(3);
});

const ROWS = [{ name: "b", n: 2 }, { name: "a", n: null }, { name: "c", n: 10 }];

test("a list is searched and sorted; what has no value stands last", () => {
  expect(matching(ROWS, "c").map((row) => row["name"])).toEqual(["c"]);
  expect(sorted(ROWS, "n", false).map((row) => row["name"])).toEqual(["b", "c", "a"]);
  expect(sorted(ROWS, "n", true).map((row) => row["name"])).toEqual(["c", "b", "a"]);
});

test("cells are written by their column", () => {
  expect(shown({ n: 2048 }, { field: "n", head: "n", write: (x) => `${x} B` })).toBe("2048 B");
  expect(shown({ n: ["a", "b"] }, { field: "n", head: "n" })).toBe("a, b");
  expect(shown({}, { field: "n", head: "n" })).toBe("");
});
