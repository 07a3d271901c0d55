import { useEffect, useMemo } from "preact/hooks";
import { Choice, TextField } from "../parts/TextField";
import { Combo } from "../parts/Combo";
import { Slider } from "../parts/Slider";
import { hardware, placed } from "../format/names";
import { decades, doublings } from "../format/stops";
import { chips, choicesOf, engines, load, models, wordsOf } from "../state/lists";
import { field, set } from "../state/store";
import { Config } from "./Config";
import { Facts } from "./Facts";
import { COUNTS, DRAFTS } from "./choices";
import { Chip } from "./Chip";

/** What an answer took for a flag that was not given. */
export type Taken = ReadonlyMap<string, string>;

export function taken(defaults: readonly { readonly flag: string; readonly value: string }[] | undefined): Taken {
  return new Map(defaults?.map(({ flag, value }) => [flag.replace(/^--/, "").replaceAll("-", "_"), value]));
}

export function ModelField() {
  useEffect(() => void load(), []);
  return (
    <fieldset>
      <legend>Model</legend>
      <Combo
        label="Model"
        value={field("config") ? "pasted config.json" : field("model")}
        entries={models.value}
        placeholder="a name, or org/name"
        onPick={(model) => set({ model, config: "" })}
      />
      <Facts />
      <Config />
    </fieldset>
  );
}

export function HardwareField({ name }: { readonly name: string }) {
  const now = hardware(field(name));
  return (
    <fieldset>
      <legend>Hardware</legend>
      <div class="pair">
        <label class="hidden" for={`${name}-count`}>
          How many: 4, or 2x8 for two nodes of eight
        </label>
        <input
          id={`${name}-count`}
          class="box short"
          value={now.count}
          list={`${name}-counts`}
          autocomplete="off"
          onInput={(event) => set({ [name]: placed({ ...now, count: event.currentTarget.value.trim() }) })}
        />
        <datalist id={`${name}-counts`}>
          {COUNTS.map((count) => (
            <option key={count} value={count} />
          ))}
        </datalist>
        <span aria-hidden="true">×</span>
        <Combo
          label="Accelerator"
          value={now.name}
          entries={chips.value}
          placeholder="an accelerator"
          onPick={(chip) => set({ [name]: placed({ ...now, name: chip }) })}
        />
      </div>
      <div class="steps" role="group" aria-label="How many accelerators">
        {COUNTS.map((count) => (
          <button
            key={count}
            type="button"
            aria-pressed={count === now.count}
            onClick={() => set({ [name]: placed({ ...now, count }) })}
          >
            {count}
          </button>
        ))}
      </div>
      <Chip name={name} />
    </fieldset>
  );
}

export function FormatFields({ of }: { readonly of: Taken }) {
  return (
    <fieldset>
      <legend>Format and engine</legend>
      <TextField name="quant" label="Weights" choices={wordsOf("quant")} taken={of.get("quant") ?? "as published"} />
      <TextField name="kv_dtype" label="KV cache" choices={wordsOf("kv_dtype")} taken={of.get("kv_dtype")} />
      <TextField name="engine" label="Engine" choices={engines.value} taken={of.get("engine")} />
    </fieldset>
  );
}

const TOKENS = doublings(16, 1048576);
const REQUESTS = doublings(1, 4096);
const RATES = decades(0.1, 1000);

export function Lengths({ of }: { readonly of: Taken }) {
  return (
    <>
      <Choice name="use_case" label="Use" choices={choicesOf("use_case", "own lengths")} />
      <Slider name="input" label="Prompt tokens" stops={TOKENS} taken={of.get("input")} marks={[16, 256, 4096, 65536, 1048576]} />
      <Slider name="output" label="Output tokens" stops={TOKENS} taken={of.get("output")} marks={[16, 256, 4096, 65536, 1048576]} />
    </>
  );
}

/** Requests in flight, or requests a second: one follows from the other. */
export function LoadFields({ of, prefix = "" }: { readonly of: Taken; readonly prefix?: string }) {
  const [rate, concurrency] = [`${prefix}rate`, `${prefix}concurrency`];
  const open = field(rate) !== "";
  const choose = (toRate: boolean) =>
    set(toRate ? { [rate]: "5/s", [concurrency]: "" } : { [rate]: "", [concurrency]: "32" });
  return (
    <>
      <div class="steps" role="group" aria-label="How requests come">
        <button type="button" aria-pressed={!open} onClick={() => choose(false)}>
          in flight
        </button>
        <button type="button" aria-pressed={open} onClick={() => choose(true)}>
          at a rate
        </button>
      </div>
      {open ? (
        <Slider name={rate} label="Requests" stops={RATES} unit="/s" marks={[0.1, 1, 10, 100, 1000]} />
      ) : (
        <Slider name={concurrency} label="Requests in flight" stops={REQUESTS} taken={of.get("concurrency")} marks={[1, 16, 256, 4096]} />
      )}
    </>
  );
}

export function Inputs({ defaults }: { readonly defaults: Parameters<typeof taken>[0] }) {
  const of = useMemo(() => taken(defaults), [defaults]);
  return (
    <form class="inputs" aria-label="What is asked" onSubmit={(event) => event.preventDefault()}>
      <ModelField />
      <HardwareField name="on" />
      <FormatFields of={of} />
      <fieldset>
        <legend>Load</legend>
        <Lengths of={of} />
        <LoadFields of={of} />
        <TextField name="prefix_hit" label="Prompt found in cache" taken={of.get("prefix_hit") ?? "0"} hint="a share, such as 0.4" />
        <TextField name="shared_prefix" label="Shared prefix" taken="0" hint="tokens that all prompts begin with" />
      </fieldset>
      <details>
        <summary>Layout and engine limits</summary>
        {(["tp", "pp", "dp", "ep"] as const).map((rank) => (
          <TextField key={rank} name={rank} label={RANKS[rank]} taken={of.get(rank)} />
        ))}
        <TextField name="context" label="Longest sequence" taken={of.get("context")} />
        <TextField name="memory_fraction" label="Memory share" taken={of.get("memory_fraction")} />
        <TextField name="max_sequences" label="Most sequences" taken={of.get("max_sequences")} />
        <TextField name="max_batched_tokens" label="Tokens of a step" taken={of.get("max_batched_tokens")} />
        <TextField name="speculative" label="Drafts" choices={DRAFTS} hint="mtp=1, draft:MODEL=4, eagle3:MODEL=3, ngram=4" />
      </details>
      <details>
        <summary>Price</summary>
        <TextField name="cloud" label="Cloud" hint="only offers of this cloud" />
        <TextField name="region" label="Region" />
        <Choice name="term" label="Term" choices={choicesOf("term", "auto")} />
        <TextField name="price" label="Price" hint="what all of it costs, such as $12/h" />
        <TextField name="utilisation" label="Utilisation" taken={of.get("utilisation") ?? "1"} hint="share of the time under this load" />
      </details>
    </form>
  );
}

const RANKS = { tp: "Tensor parallel", pp: "Pipeline stages", dp: "Data parallel", ep: "Expert parallel" } as const;
