import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BUDGET_MS, inTurn } from "./turns";

let now = 0;
let frames: (() => void)[] = [];
const turn = () => frames.shift()?.();

beforeEach(() => {
  frames = [];
  for (const later of ["requestAnimationFrame", "setTimeout"]) vi.stubGlobal(later, (frame: () => void) => frames.push(frame));
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => vi.unstubAllGlobals());

test("one frame draws what fits into its budget, and the next goes on with the rest", () => {
  const drawn: string[] = [];
  for (const name of ["a", "b", "c"]) inTurn({}, () => void (drawn.push(name), (now += BUDGET_MS / 2)));
  expect(frames.length).toBe(1);
  turn();
  expect(drawn).toEqual(["a", "b"]);
  turn();
  expect(drawn).toEqual(["a", "b", "c"]);
  expect(frames.length).toBe(0);
});

test("who waits keeps its turn and draws what it is told last", () => {
  const drawn: string[] = [];
  const [first, second] = [{}, {}];
  const slow = (name: string) => () => void (drawn.push(name), (now += BUDGET_MS));
  inTurn(first, slow("first"));
  inTurn(second, slow("second, outdated"));
  turn();
  inTurn(first, slow("first again"));
  inTurn(second, slow("second"));
  turn();
  turn();
  expect(drawn).toEqual(["first", "second", "first again"]);
});
