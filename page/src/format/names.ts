// Names of answers in words.

/** `feed_forward` is feed forward. */
export function words(name: string): string {
  return name.replaceAll("_", " ").replaceAll("-", " ");
}

export interface Chip {
  readonly id: string;
  readonly name: string;
  readonly names?: readonly string[];
}

/** The parts of an `--on`: `2x8xh200` is two nodes of eight. */
export interface Hardware {
  /** What stands before the name, without its last x: `4`, `2x8`, or nothing. */
  readonly count: string;
  readonly name: string;
}

export function hardware(on: string): Hardware {
  const before = /^((?:\d+x)?\d+)x(.+)$/.exec(on);
  if (before) return { count: before[1] ?? "", name: before[2] ?? "" };
  const behind = /^(.+):(\d+)$/.exec(on);
  if (behind) return { count: behind[2] ?? "", name: behind[1] ?? "" };
  return { count: "1", name: on };
}

/** What stands for an accelerator that the state describes itself. */
export const OWN = "own";

export function placed({ count, name }: Hardware): string {
  return name === "" ? "" : count === "" || count === "1" ? name : `${count}x${name}`;
}
