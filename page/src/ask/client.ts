// Questions to the server that this page came from, and to no other.
import type { Body } from "../state/body";

/** Why there is no answer: a problem document (RFC 9457), or what stands in for one. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly help?: string | undefined;
  readonly at?: string | undefined;
}

/** An answer, its text as it came, and how long it took. */
export interface Answered<T> {
  readonly document: T;
  readonly text: string;
  readonly ms: number;
}

export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

/** Nobody answers: the server was stopped. */
export const AWAY: Refusal = {
  code: "away",
  message: "the server that this page came from does not answer; what is shown is its last answer",
  help: "start it again with `slipstick serve`, then change anything",
};

/** Answers that were given lately, so that going back costs nothing. */
const KEPT = 64;
const kept = new Map<string, Answered<unknown>>();

export function key(command: string, body: Body, explain: boolean): string {
  return `${command}${explain ? "?" : ""} ${JSON.stringify(body)}`;
}

/** Asks a command. */
export async function ask<T>(command: string, body: Body, signal?: AbortSignal, explain = false): Promise<Answered<T>> {
  const at = key(command, body, explain);
  const known = kept.get(at);
  if (known) return known as Answered<T>;
  const start = performance.now();
  const response = await reach(`v1/${command}${explain ? "?explain=true" : ""}`, body, signal);
  const text = await response.text();
  if (!response.ok) throw new Refused(refusal(text, response.status));
  const answered = { document: JSON.parse(text) as T, text, ms: performance.now() - start };
  if (kept.size >= KEPT) kept.delete(kept.keys().next().value as string);
  kept.set(at, answered);
  return answered;
}

/** An accelerator of the catalogue as a text to change. */
export async function template(name: string): Promise<string> {
  const response = await reach("v1/gpus", { name, toml: true }, undefined, "text/plain");
  const text = await response.text();
  if (!response.ok) throw new Refused(refusal(text, response.status));
  return text;
}

async function reach(path: string, body: Body, signal?: AbortSignal, accept = "application/json"): Promise<Response> {
  try {
    return await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused(AWAY);
  }
}

/** A refusal from a problem document, or from whatever stands in its place. */
export function refusal(text: string, status: number): Refusal {
  try {
    const problem = JSON.parse(text) as Record<string, string | undefined>;
    return {
      code: problem["code"] ?? String(status),
      message: problem["detail"] ?? problem["title"] ?? `the server says ${status}`,
      help: problem["help"],
      at: problem["at"],
    };
  } catch {
    return { code: String(status), message: `the server says ${status}` };
  }
}
