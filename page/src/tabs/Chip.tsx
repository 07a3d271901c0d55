import { Refused, template } from "../ask/client";
import { hardware, OWN, placed } from "../format/names";
import { field, set } from "../state/store";

/** An accelerator that is on no list: its figures as a file says them, begun from one that is known. */
export function Chip({ name }: { readonly name: string }) {
  const now = hardware(field(name));
  const take = (chip: string) => set({ chip, [name]: placed({ ...now, name: chip.trim() === "" ? "h100" : OWN }) });
  const begin = async () => {
    try {
      take(await template(now.name));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  };
  const own = now.name === OWN;
  return (
    <details class="paste" open={own}>
      <summary>describe one of your own</summary>
      {!own && (
        <button type="button" class="action" onClick={() => void begin()}>
          begin with {now.name || "a known one"}
        </button>
      )}
      <textarea
        aria-label="An accelerator of your own, in TOML"
        rows={8}
        spellcheck={false}
        placeholder={'[my-chip]\nlike = "h100-sxm"\nmemory = "96GiB"\n..'}
        value={own ? field("chip") : ""}
        onInput={(event) => take(event.currentTarget.value)}
      />
    </details>
  );
}
