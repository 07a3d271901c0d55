// The command line that asks the same.
import type { Body } from "../state/body";

/** Leaves what no shell touches, and quotes the rest. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}

/** `slipstick COMMAND MODEL --flag value ..`; a pasted configuration becomes a file to be written. */
export function commandLine(command: string, body: Body): string {
  const { model, ...rest } = body as Record<string, unknown>;
  const named = String(model ?? "");
  const subject = named.startsWith("{") ? "./config.json" : quoted(named);
  const flags = Object.entries(rest).map(([key, value]) => {
    const flag = `--${key.replaceAll("_", "-")}`;
    return value === true ? flag : `${flag} ${quoted(String(value))}`;
  });
  return ["slipstick", command, subject, ...flags].filter((part) => part !== "").join(" ");
}
