// Answers that follow their question: the newest question wins, and the last answer stays until the next is there.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Body } from "../state/body";
import { ask, key, Refused, type Answered, type Refusal } from "./client";

export interface Live<T> {
  /** The newest answer that there was; it may belong to an earlier question while the next is on its way. */
  readonly answer?: Answered<T> | undefined;
  /** Why the present question has none. */
  readonly refusal?: Refusal | undefined;
  readonly busy: boolean;
}

/** What takes longer is said to be on its way. */
const SLOW_MS = 150;

/** What nobody sees waits until nothing has changed for so long. */
export const UNSEEN_MS = 700;

/** The answer to a question that changes; `null` asks nothing. A question that is overtaken is taken back. */
export function useLive<T>(command: string, body: Body | null, seen = true, restMs = 0): Live<T> {
  const [live, setLive] = useState<Live<T>>({ busy: false });
  const last = useRef<Live<T>>(live);
  const at = body === null ? null : key(command, body, false);
  const waitMs = seen ? restMs : UNSEEN_MS;
  // Asked at once: an effect of the ordinary kind runs a frame later.
  useLayoutEffect(() => {
    const tell = (next: Live<T>) => setLive((last.current = next));
    if (body === null) {
      tell({ busy: false });
      return;
    }
    const abort = new AbortController();
    const start = () => {
      ask<T>(command, body, abort.signal)
        .then((answer) => !abort.signal.aborted && tell({ answer, busy: false }))
        .catch((error: unknown) => {
          if (abort.signal.aborted) return;
          if (!(error instanceof Refused)) throw error;
          tell({ answer: last.current.answer, refusal: error.refusal, busy: false });
        })
        .finally(() => clearTimeout(slow));
    };
    const slow = setTimeout(() => tell({ ...last.current, busy: true }), waitMs + SLOW_MS);
    const timer = waitMs > 0 ? setTimeout(start, waitMs) : void start();
    return () => {
      clearTimeout(slow);
      clearTimeout(timer);
      abort.abort();
    };
  }, [at, waitMs]);
  return live;
}
