import { useCallback, useMemo } from "preact/hooks";
import { useLive } from "../ask/live";
import * as charts from "../charts/methods";
import type { Theme } from "../charts/theme";
import { words } from "../format/names";
import { bytes, count, digits, scaled, seconds, short, usd } from "../format/number";
import type { Estimated } from "../format/estimated";
import { Figure } from "../parts/Figure";
import { Num } from "../parts/Num";
import { Refused } from "../parts/Refusal";
import * as bodies from "../state/body";
import { explain } from "../state/explain";
import { fields } from "../state/store";
import type { MethodsCompareAnswer, QuantityComparison, TheirsReport } from "../types/methods.compare";
import { Inputs } from "./Inputs";

/** A quantity's name ends in its unit. */
export function writer(quantity: string): (x: number) => string {
  if (quantity.includes("usd")) return usd;
  if (quantity.includes("flops")) return (x) => scaled(x, "FLOP");
  if (quantity.endsWith("_bytes")) return bytes;
  if (quantity.endsWith("tokens_per_s")) return (x) => `${short(x)}/s`;
  if (quantity.endsWith("_s")) return seconds;
  return short;
}

export function Methods() {
  const now = fields.value;
  const body = useMemo(() => bodies.estimate(now), [now]);
  const live = useLive<MethodsCompareAnswer>("methods-compare", body);
  const answer = live.answer?.document;
  return (
    <div class="desk">
      <div class="top" aria-busy={live.busy}>
        <Refused refusal={live.refusal} stale={answer != null} />
        {answer && <Said answer={answer} />}
      </div>
      <Inputs defaults={answer && asked(answer)} />
      <div class="answer">
        {answer && (
          <>
            <Ratios answer={answer} />
            <Side answer={answer} />
            <Why answer={answer} />
          </>
        )}
      </div>
    </div>
  );
}

/** What the load came to, as it stands in the fields. */
function asked({ workload, engine, weights_format: format }: MethodsCompareAnswer) {
  const of = { input: workload.input_tokens, output: workload.output_tokens, concurrency: workload.concurrency, engine, quant: format };
  return Object.entries(of).map(([flag, value]) => ({ flag: `--${flag}`, value: String(value) }));
}

function Said({ answer }: { readonly answer: MethodsCompareAnswer }) {
  const { measured } = answer;
  return (
    <section class="verdict card" aria-label="What others say">
      <p class="head">
        <span class="flag">Other calculators</span> <strong>{answer.model}</strong> on {answer.accelerator.count} × {answer.accelerator.id}, as their authors wrote the formulas
      </p>
      {measured && (
        <p>
          {measured.same_scenario ? "This was measured" : "The nearest measured run"} ({measured.source}, {measured.as_of}): {measured.weights_format},{" "}
          {count(measured.input_tokens)} in, {count(measured.output_tokens)} out, {count(measured.concurrency)} in flight: first token {seconds(measured.ttft_s)}, then one every{" "}
          {seconds(measured.tpot_s)}.
        </p>
      )}
    </section>
  );
}

function Ratios({ answer }: { readonly answer: MethodsCompareAnswer }) {
  const chart = useCallback((theme: Theme) => charts.option(answer, theme), [answer]);
  const said = `${charts.ratios(answer).length} numbers of others over ours; 1 is equal.`;
  return <Figure name="methods" title="Their numbers over ours" summary={said} height={560} option={chart} sheet={charts.sheet(answer)} />;
}

function Side({ answer }: { readonly answer: MethodsCompareAnswer }) {
  const methods = [...new Set(answer.quantities.flatMap((row) => Object.keys(row.methods)))];
  return (
    <section class="card" aria-label="Side by side">
      <h2 class="title">Side by side</h2>
      <p class="hint">Open a number for its author's formula and its known faults.</p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Methods side by side">
        <table>
          <thead>
            <tr>
              <th scope="col">quantity</th>
              <th scope="col" class="right">
                ours
              </th>
              {methods.map((method) => (
                <th key={method} scope="col" class="right">
                  {method}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {answer.quantities.map((row) => (
              <Row key={row.quantity} row={row} methods={methods} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Where an estimate explains what stands beside others here. */
const OURS: Readonly<Record<string, string>> = {
  max_concurrency: "/memory/max_concurrency",
  prefill_s: "/batching/prefill_s",
  tpot_s: "/latency/tpot_s",
  output_tokens_per_s: "/throughput/output_tokens_per_s",
  usd_per_million_input_tokens: "/cost/usd_per_million_input_tokens",
  usd_per_million_output_tokens: "/cost/usd_per_million_output_tokens",
};

function Row({ row, methods }: { readonly row: QuantityComparison; readonly methods: readonly string[] }) {
  const write = writer(row.quantity);
  const place = OURS[row.quantity];
  const body = bodies.estimate(fields.value);
  const of = body && { command: "estimate", body };
  return (
    <tr>
      <th scope="row">{words(row.quantity)}</th>
      <td class="right ours">
        {row.ours?.value == null ? "" : place ? <Num value={row.ours as Estimated} write={write} label={`Ours: ${words(row.quantity)}`} of={of} pointer={place} bands={false} /> : write(row.ours.value)}
      </td>
      {methods.map((method) => (
        <td key={method} class="right">
          <Theirs theirs={row.methods[method]} method={method} write={write} />
        </td>
      ))}
    </tr>
  );
}

function Theirs({ theirs, method, write }: { readonly theirs: TheirsReport | undefined; readonly method: string; readonly write: (x: number) => string }) {
  if (!theirs) return null;
  const open = () => explain({ method, quantity: theirs.quantity });
  if (theirs.value == null) {
    return (
      <button type="button" class="num none" title={theirs.why_not} aria-label={`${method}: none, ${theirs.why_not}`} onClick={open}>
        –
      </button>
    );
  }
  const ratio = theirs.ratio_to_ours == null ? "" : ` (${digits(theirs.ratio_to_ours)} times ours)`;
  return (
    <button type="button" class="num" aria-label={`${method}: ${write(theirs.value)}${ratio}. Explain`} title={theirs.faults.join(", ")} onClick={open}>
      {write(theirs.value)}
    </button>
  );
}

function Why({ answer }: { readonly answer: MethodsCompareAnswer }) {
  const explained = answer.disagreements.filter((row) => row.faults.length > 0);
  return (
    <section class="card" aria-label="Why they differ">
      <details>
        <summary>Why they differ ({explained.length})</summary>
        <ul class="why">
          {explained.map((row) => (
            <li key={`${row.method} ${row.quantity}`}>
              <strong>{row.method}</strong>, {words(row.quantity)}, {digits(row.ratio_to_ours)} times ours: {row.faults.map((fault) => fault.text).join("; ")}
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}
