import { useEffect, useRef, useState } from "preact/hooks";
import { ask, Refused } from "../ask/client";
import { BASES } from "../format/estimated";
import { inUnit } from "../format/number";
import { back, close, deeper, explained, type Place } from "../state/explain";
import { Copy } from "./Copy";
import { MethodShown } from "./MethodShown";
import { Tex } from "./Tex";
import { commandLine } from "../format/command";

interface Input {
  readonly value: number;
  readonly unit: string;
  readonly pointer: string | null;
  readonly basis: string;
  readonly source: string | null;
}

/** Where a number comes from, as the answer says with `--explain`. */
interface Entry {
  readonly name: string;
  readonly formula: string;
  readonly tex: string | null;
  readonly value: number;
  readonly unit: string;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly source: string;
  readonly basis: string;
}

type Explained = { readonly provenance?: Readonly<Record<string, Entry>> };

/** The record of a place; where there is none of it, that of what it is a part of. */
export function record(document: Explained, pointer: string): Entry | undefined {
  const all = document.provenance ?? {};
  for (let at = pointer; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    if (all[at]) return all[at];
  }
  return undefined;
}

/** The explanation of a number: formula, inputs, source; its inputs can be opened too. */
export function Drawer() {
  const dialog = useRef<HTMLDialogElement>(null);
  const place = explained.value.at(-1);
  useEffect(() => {
    if (place && !dialog.current?.open) dialog.current?.showModal();
    if (!place && dialog.current?.open) dialog.current.close();
  }, [place]);
  return (
    <dialog
      ref={dialog}
      class="drawer"
      aria-label="Where this number comes from"
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      {place && (
        <div class="inside">
          <div class="actions">
            {explained.value.length > 1 && (
              <button type="button" class="action" onClick={back}>
                ← back
              </button>
            )}
            <button type="button" class="action" onClick={close}>
              close
            </button>
          </div>
          {"method" in place ? <MethodShown place={place} /> : <Explanation place={place} />}
        </div>
      )}
    </dialog>
  );
}

function Explanation({ place }: { readonly place: Place }) {
  const [found, setFound] = useState<{ place: Place; entry?: Entry | undefined; failed?: string }>();
  useEffect(() => {
    const abort = new AbortController();
    ask<Explained>(place.command, place.body, abort.signal, true)
      .then(({ document }) => setFound({ place, entry: record(document, place.pointer) }))
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setFound({ place, failed: error instanceof Refused ? error.message : String(error) });
      });
    return () => abort.abort();
  }, [place]);
  if (!found || found.place !== place) return <p class="hint">asking ..</p>;
  if (found.failed) return <p class="refused">{found.failed}</p>;
  if (!found.entry) return <p>The answer states this as it was asked, and computes nothing for it.</p>;
  return <Told entry={found.entry} place={place} />;
}

function Told({ entry, place }: { readonly entry: Entry; readonly place: Place }) {
  const inputs = Object.entries(entry.inputs);
  const stated = entry.tex === null;
  return (
    <>
      <h2>{entry.name}</h2>
      <p class="value">{inUnit(entry.value, entry.unit)}</p>
      <p>
        <span class={`basis ${entry.basis}`}>{entry.basis}</span> {BASES[entry.basis]}
      </p>
      {stated ? <p>Stated, not computed.</p> : <Tex tex={entry.tex ?? ""} plain={entry.formula} />}
      {inputs.length > 0 && (
        <table class="terms">
          <caption class="hidden">What the formula takes</caption>
          <thead>
            <tr>
              <th scope="col">symbol</th>
              <th scope="col" class="right">
                value
              </th>
              <th scope="col">from</th>
            </tr>
          </thead>
          <tbody>
            {inputs.map(([symbol, input]) => (
              <Taken key={symbol} symbol={symbol} input={input} place={place} />
            ))}
          </tbody>
        </table>
      )}
      <h3>Source</h3>
      <p>{entry.source}</p>
      <Copy label="copy as command" text={() => explaining(place)} />
      <p class="hint">
        <code>{place.pointer}</code>
      </p>
    </>
  );
}

function Taken({ symbol, input, place }: { readonly symbol: string; readonly input: Input; readonly place: Place }) {
  const { pointer } = input;
  return (
    <tr>
      <th scope="row">{symbol}</th>
      <td class="right">{inUnit(input.value, input.unit)}</td>
      <td>
        {pointer ? (
          <button type="button" class="link" onClick={() => deeper(place, pointer)}>
            {pointer.split("/").slice(-2).join(" / ").replaceAll("_", " ")}
          </button>
        ) : (
          (input.source ?? input.basis)
        )}
      </td>
    </tr>
  );
}

/** The command that prints the same explanation. */
function explaining(place: Place): string {
  const asked = commandLine(place.command.replace("-", " "), place.body).replace(/^slipstick /, "");
  return `slipstick explain ${place.pointer.slice(1).replaceAll("/", ".")} ${asked}`;
}
