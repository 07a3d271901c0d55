// Charts take turns: all of them in one frame would hold up the next move of a slider.

/** How long charts are drawn within one frame; the rest of its 16 ms belongs to the browser. */
export const BUDGET_MS = 8;

/** What waits, the longest first. Who waits already keeps its turn and draws what it is told last. */
const waiting = new Map<object, () => void>();
let next = 0;

/** Draws in one of the next frames, at the turn of `who`. */
export function inTurn(who: object, draw: () => void): void {
  waiting.set(who, draw);
  next ||= requestAnimationFrame(frame);
}

function frame(): void {
  next = 0;
  const start = performance.now();
  for (const [who, draw] of waiting) {
    waiting.delete(who);
    draw();
    if (performance.now() - start >= BUDGET_MS) break;
  }
  if (waiting.size > 0) next = requestAnimationFrame(frame);
}
