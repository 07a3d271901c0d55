import { useEffect, useState } from "preact/hooks";
import type { RefObject } from "preact";

/** How far below the window something counts as near. */
const AHEAD = "400px";

/** Whether an element is on the screen or soon will be: that is answered first, and the rest once nothing changes. */
export function useNear(place: RefObject<HTMLElement>): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const seen = new IntersectionObserver((entries) => setNear(entries.some((entry) => entry.isIntersecting)), {
      rootMargin: AHEAD,
    });
    if (place.current) seen.observe(place.current);
    return () => seen.disconnect();
  }, []);
  return near;
}
