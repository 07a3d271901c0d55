import { useMemo } from "preact/hooks";
import { useLive } from "../ask/live";
import { bytes, count, short } from "../format/number";
import { Num } from "../parts/Num";
import * as bodies from "../state/body";
import { fields } from "../state/store";
import type { ModelAnswer } from "../types/model";

/** What a model is, in a line below its name. */
export function Facts() {
  const now = fields.value;
  const [name, config] = [now["model"], now["config"]];
  const body = useMemo(() => bodies.model(now), [name, config]);
  const live = useLive<ModelAnswer>("model", body);
  const answer = live.answer?.document;
  if (!answer?.parameters || !answer.layers || !answer.cache || !body || live.refusal) return null;
  const of = { command: "model", body };
  const { parameters, layers, cache, model } = answer;
  return (
    <p class="hint facts">
      <Num value={parameters.total} write={short} label="Parameters" of={of} pointer="/parameters/total" /> parameters
      {parameters.active !== parameters.total && (
        <>
          , <Num value={parameters.active} write={short} label="Active parameters" of={of} pointer="/parameters/active" /> active
        </>
      )}
      , {count(layers.total)} layers, <Num value={cache.bytes_per_token} write={bytes} label="Cache of a token" of={of} pointer="/cache/bytes_per_token" /> of cache a token
      {model.max_context_tokens != null && `, ${count(model.max_context_tokens)} tokens of context`}
    </p>
  );
}
