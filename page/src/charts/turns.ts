// Charts take turns: all of them in one frame would hold up the next move of a slider.

/** How long charts are drawn within one frame; the rest of its 16 ms belongs to the browser. */
export const BUDGET_MS = 8;

/** What waits, the longest first. Who waits already keeps its turn and draws what it is told last. */
const waiting = new Map<object, () => void>();
/** Whether a frame is to come in which it goes on. */
let begun = false;

/** Draws at the turn of `who`: before the next frame if there is room in it, else in one of those after it. */
export function inTurn(who: object, draw: () => void): void {
  waiting.set(who, draw);
  if (!begun) setTimeout(frame, 0);
  begun = true;
}

function frame(): void {
  begun = false;
  const start = performance.now();
  for (const [who, draw] of waiting) {
    waiting.delete(who);
    draw();
    if (performance.now() - start >= BUDGET_MS) break;
  }
  begun = waiting.size > 0;
  if (begun) requestAnimationFrame(frame);
}
