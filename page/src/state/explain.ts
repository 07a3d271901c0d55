// Which number is being explained.
import { signal } from "@preact/signals";
import type { Body } from "./body";

/** A number of an answer: the question, and the place in its document. */
export interface Place {
  readonly command: string;
  readonly body: Body;
  readonly pointer: string;
}

/** A quantity of another author's method. */
export interface Theirs {
  readonly method: string;
  readonly quantity: string;
}

/** The places that were opened, the newest last. */
export const explained = signal<readonly (Place | Theirs)[]>([]);

export function explain(place: Place | Theirs): void {
  explained.value = [place];
}

/** An input of what is explained, in the same answer. */
export function deeper(place: Place, pointer: string): void {
  explained.value = [...explained.value, { ...place, pointer }];
}

export function back(): void {
  explained.value = explained.value.slice(0, -1);
}

export function close(): void {
  explained.value = [];
}
