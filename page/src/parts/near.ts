import { useEffect, useState } from "preact/hooks";
import type { RefObject } from "preact";

/** How far below the window something counts as near. */
const AHEAD = "400px";

/** Whether an element is on the screen or soon will be; all are, once the page is to be printed. */
export function useNear(place: RefObject<HTMLElement>): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const all = () => setNear(true);
    const seen = new IntersectionObserver((entries) => setNear(entries.some((entry) => entry.isIntersecting)), {
      rootMargin: AHEAD,
    });
    if (place.current) seen.observe(place.current);
    addEventListener("beforeprint", all);
    return () => {
      seen.disconnect();
      removeEventListener("beforeprint", all);
    };
  }, []);
  return near;
}
