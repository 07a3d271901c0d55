import { useSignal } from "@preact/signals";
import { field, set } from "../state/store";

/** A link may be so long; a longer configuration still works, but its link is told to be long. */
const LONG = 8000;

/** A configuration in one line, or why it is none. */
export function configuration(text: string): { readonly config: string } | { readonly fault: string } {
  try {
    const value: unknown = JSON.parse(text.replace(/\b(NaN|-?Infinity)\b/g, "null"));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return { fault: "a config.json is an object: { .. }" };
    return { config: JSON.stringify(value) };
  } catch (error) {
    return { fault: `this is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A `config.json` by paste, drop or upload. It goes to the server that this page came from, and nowhere else. */
export function Config() {
  const fault = useSignal("");
  const text = useSignal(field("config"));
  const take = (typed: string) => {
    text.value = typed;
    if (typed.trim() === "") {
      fault.value = "";
      return;
    }
    const read = configuration(typed);
    fault.value = "fault" in read ? read.fault : "";
    if ("config" in read) set({ config: read.config, model: "" });
  };
  const file = async (chosen: File | null | undefined) => chosen && take(await chosen.text());
  return (
    <details class="paste" open={field("config") !== ""}>
      <summary>paste or drop a config.json</summary>
      <textarea
        aria-label="config.json"
        aria-invalid={fault.value !== ""}
        rows={5}
        spellcheck={false}
        placeholder='{"model_type": "llama", ..}'
        value={text.value}
        onInput={(event) => take(event.currentTarget.value)}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          void file(event.dataTransfer?.files[0]);
        }}
      />
      <label class="action upload">
        open a file
        <input type="file" accept=".json,application/json" onChange={(event) => void file(event.currentTarget.files?.[0])} />
      </label>
      {fault.value && (
        <p class="refused" role="alert">
          {fault.value}
        </p>
      )}
      {text.value.length > LONG && <p class="hint">A link to this holds all of it, and is as long.</p>}
    </details>
  );
}
