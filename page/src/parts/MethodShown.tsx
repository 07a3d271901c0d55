import { useEffect, useState } from "preact/hooks";
import { ask, Refused } from "../ask/client";
import { words } from "../format/names";
import type { Theirs } from "../state/explain";
import type { MethodsShowAnswer } from "../types/methods.show";
import { Tex } from "./Tex";

/** How another author computes a quantity, and what is wrong with it. */
export function MethodShown({ place }: { readonly place: Theirs }) {
  const [method, setMethod] = useState<MethodsShowAnswer>();
  const [failed, setFailed] = useState("");
  useEffect(() => {
    const abort = new AbortController();
    ask<MethodsShowAnswer>("methods-show", { method: place.method }, abort.signal)
      .then(({ document }) => setMethod(document))
      .catch((error: unknown) => !abort.signal.aborted && setFailed(error instanceof Refused ? error.message : String(error)));
    return () => abort.abort();
  }, [place.method]);
  if (failed) return <p class="refused">{failed}</p>;
  if (!method) return <p class="hint">asking ..</p>;
  const quantity = method.quantities.find((row) => row.name === place.quantity);
  const faults = method.faults.filter((fault) => quantity?.faults.includes(fault.id));
  return (
    <>
      <h2>{method.title}</h2>
      <p>
        {method.authors}: {method.about}
      </p>
      {quantity && (
        <>
          <h3>{words(quantity.name)}</h3>
          <p>{quantity.summary}</p>
          <Tex tex={quantity.tex} plain={quantity.plain} />
          <p class="hint">{quantity.terms}</p>
        </>
      )}
      {faults.length > 0 && (
        <>
          <h3>Known faults</h3>
          <ul class="why">
            {faults.map((fault) => (
              <li key={fault.id}>
                {fault.text} ({fault.when})
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>Source</h3>
      <p>{quantity?.source ?? method.source}</p>
    </>
  );
}
