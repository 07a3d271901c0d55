import { useCallback, useMemo } from "preact/hooks";
import { useLive } from "../ask/live";
import * as fronts from "../charts/front";
import type { Theme } from "../charts/theme";
import { commandLine } from "../format/command";
import { hardware, placed, words } from "../format/names";
import { count, digits, rate, seconds, short, usd } from "../format/number";
import { Copy } from "../parts/Copy";
import { Figure } from "../parts/Figure";
import { Notes } from "../parts/Notes";
import { Num } from "../parts/Num";
import { Refused } from "../parts/Refusal";
import { Choice, TextField } from "../parts/TextField";
import * as bodies from "../state/body";
import type { Body } from "../state/body";
import { fields, set } from "../state/store";
import { STARTING } from "../state/fields";
import type { FrontRow, PlanAnswer, PlanRow } from "../types/plan";
import { FormatFields, Lengths, LoadFields, ModelField, taken } from "./Inputs";
import { choicesOf } from "../state/lists";

/** A search takes longer than an estimate, so it waits until a slider rests. */
const RESTS_MS = 120;

export function Plan() {
  const now = fields.value;
  const body = useMemo(() => bodies.plan({ ...STARTING, ...now }), [now]);
  const live = useLive<PlanAnswer>("plan", body, true, RESTS_MS);
  const answer = live.answer?.document;
  return (
    <div class="desk">
      <div class="top" aria-busy={live.busy}>
        <Refused refusal={live.refusal} stale={answer != null} />
        {answer && body && <Found answer={answer} body={body} />}
      </div>
      <Targets answer={answer} />
      <div class="answer">
        {answer && <Fronts answer={answer} />}
        {answer && body && answer.best.length > 0 && <Best answer={answer} body={body} />}
        {answer && <Neighbours answer={answer} />}
        {answer && <Notes defaults={answer.defaults} warnings={answer.warnings} />}
      </div>
    </div>
  );
}

function Targets({ answer }: { readonly answer: PlanAnswer | undefined }) {
  const of = useMemo(() => taken(answer?.defaults), [answer]);
  return (
    <form class="inputs" aria-label="What is to be met" onSubmit={(event) => event.preventDefault()}>
      <ModelField />
      <fieldset>
        <legend>Load</legend>
        <LoadFields of={of} prefix="plan." />
        <Lengths of={of} />
      </fieldset>
      <fieldset>
        <legend>Targets</legend>
        <TextField name="plan.ttft" label="First token within" hint="such as 500ms" taken="any" />
        <TextField name="plan.tpot" label="Each token within" hint="such as 40ms" taken="any" />
        <Choice name="plan.objective" label="Best is" choices={choicesOf("plan.objective", "auto")} />
      </fieldset>
      <fieldset>
        <legend>Supply</legend>
        <TextField name="plan.on" label="Only on" hint="h100,h200,8xb200" taken="everything offered" />
        <TextField name="plan.max_gpus" label="Most accelerators" taken="any" />
        <TextField name="plan.budget" label="Budget" hint="such as $50/h" taken="any" />
        <TextField name="plan.cloud" label="Clouds" taken="all" />
        <Choice name="plan.term" label="Term" choices={choicesOf("term", "auto")} />
      </fieldset>
      <FormatFields of={of} />
    </form>
  );
}

function Found({ answer, body }: { readonly answer: PlanAnswer; readonly body: Body }) {
  const best = answer.best[0];
  const of = { command: "plan", body };
  if (!answer.feasible || !best) {
    return (
      <section class="verdict card does_not_start" aria-label="Verdict" aria-live="polite">
        <p class="head">
          <span class="flag">Nothing will do</span> what binds is <strong>{words(answer.binding ?? "the targets")}</strong>
        </p>
        <ul>
          {answer.nearest.map((near) => (
            <li key={near.limit}>
              {words(near.limit)}: asked {digits(near.asked)}, nearest {near.nearest == null ? "none" : digits(near.nearest)}
            </li>
          ))}
        </ul>
      </section>
    );
  }
  return (
    <section class="verdict card holds" aria-label="Verdict" aria-live="polite">
      <p class="head">
        <span class="flag">Best of {short(answer.candidates)}</span> <strong>{count(best.replicas)} × ({best.on})</strong> with {best.quant}, {best.layout}, {best.engine}
      </p>
      <p>
        <Num value={best.usd_per_hour} write={(x) => `${usd(x)}/h`} label="Dollars an hour" of={of} pointer="/best/0/usd_per_hour" />, first token after{" "}
        <Num value={best.ttft_s} write={seconds} label="Time to first token" of={of} pointer="/best/0/ttft_s" />, then one every{" "}
        <Num value={best.tpot_s} write={seconds} label="Time per output token" of={of} pointer="/best/0/tpot_s" />;{" "}
        <Num value={best.usd_per_million_tokens} write={usd} label="Dollars per million tokens" of={of} pointer="/best/0/usd_per_million_tokens" /> per million tokens.
      </p>
      <div class="actions">
        <Copy label="copy command" text={() => commandLine("plan", body)} />
        {best.launch && <Copy label="copy launch command" text={() => best.launch ?? ""} />}
      </div>
    </section>
  );
}

const USERS: fronts.Axes = { x: "tokens/s for each user", y: "tokens/s of each accelerator", logY: true };
const COSTS: fronts.Axes = { x: "tokens/s for each user", y: "$ per million tokens", writeY: usd, logY: true };

function points(rows: readonly FrontRow[], best: PlanRow | undefined, y: (row: FrontRow) => number): fronts.Point[] {
  return rows.map((row) => ({
    x: row.tokens_per_s_per_user,
    y: y(row),
    name: hardware(row.on).name,
    best: best !== undefined && row.on === best.on && row.layout === best.layout && row.replicas === best.replicas,
    lines: [
      ["on", `${count(row.replicas)} × (${row.on})`],
      ["layout", `${row.layout}, ${row.quant}`],
      ["in flight on each", count(row.concurrency)],
      ["first token", seconds(row.ttft_s)],
      ["a user", rate(row.tokens_per_s_per_user, "tokens")],
      ["an accelerator", rate(row.tokens_per_s_per_accelerator, "tokens")],
      ["price", `${usd(row.usd_per_hour)}/h`],
      ["per million tokens", usd(row.usd_per_million_tokens)],
    ],
  }));
}

function Fronts({ answer }: { readonly answer: PlanAnswer }) {
  const [best] = answer.best;
  const users = useMemo(() => points(answer.front, best, (row) => row.tokens_per_s_per_accelerator), [answer]);
  const costs = useMemo(() => points(answer.cost_front, best, (row) => row.usd_per_million_tokens), [answer]);
  const userChart = useCallback((theme: Theme) => fronts.option(users, USERS, theme), [users]);
  const costChart = useCallback((theme: Theme) => fronts.option(costs, COSTS, theme), [costs]);
  return (
    <div class="two">
      <Figure name="front" title="Speed of a user against output of an accelerator" summary={`${users.length} plans that no other beats in both.`} height={340} option={userChart} sheet={fronts.sheet(users, USERS)} />
      <Figure name="cost-front" title="Speed of a user against price of tokens" summary={`${costs.length} plans that no other beats in both.`} height={340} option={costChart} sheet={fronts.sheet(costs, COSTS)} />
    </div>
  );
}

/** The best of each kind of hardware; a row may be looked at as an estimate. */
function Best({ answer, body }: { readonly answer: PlanAnswer; readonly body: Body }) {
  const of = { command: "plan", body };
  const look = (row: PlanRow) => {
    const ranks = Object.fromEntries([...row.layout.matchAll(/([a-z]+)(\d+)/g)].map(([, name, size]) => [name ?? "", size ?? ""]));
    const { tp = "", pp = "", dp = "", ep = "" } = ranks;
    set({ tab: "estimate", on: placed(hardware(row.on)), quant: row.quant, kv_dtype: row.kv_dtype, engine: row.engine.replace(" ", "@"), concurrency: String(row.concurrency), rate: "", tp, pp, dp, ep });
  };
  return (
    <section class="card" aria-label="The best of each accelerator">
      <h2 class="title">The best of each accelerator</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Best plans">
        <table>
          <thead>
            <tr>
              {["hardware", "layout", "format", "replicas", "$/h", "first token", "per token", "$/1M tokens", ""].map((head, at) => (
                <th key={head} scope="col" class={at > 2 && at < 8 ? "right" : ""}>
                  {head || <span class="hidden">open</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {answer.best.map((row, at) => {
              const num = (field: keyof PlanRow, write: (x: number) => string) => (
                <td class="right">
                  <Num value={row[field] as number} write={write} label={`${row.on} ${field}`} of={of} pointer={`/best/${at}/${field}`} />
                </td>
              );
              return (
                <tr key={`${row.on} ${row.layout} ${row.quant}`}>
                  <th scope="row">{row.on}</th>
                  <td>{row.layout}</td>
                  <td>{row.quant}</td>
                  {num("replicas", count)}
                  {num("usd_per_hour", usd)}
                  {num("ttft_s", seconds)}
                  {num("tpot_s", seconds)}
                  {num("usd_per_million_tokens", usd)}
                  <td>
                    <button type="button" class="action" onClick={() => look(row)}>
                      one replica
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Neighbours({ answer }: { readonly answer: PlanAnswer }) {
  if (answer.neighbours.length === 0) return null;
  return (
    <section class="card" aria-label="Why not others">
      <h2 class="title">Why not another</h2>
      <ul class="why">
        {answer.neighbours.map((row) => (
          <li key={`${row.on} ${row.layout} ${row.why}`}>
            <strong>{row.on}</strong> {row.layout}, {row.quant}: {row.why}
          </li>
        ))}
      </ul>
    </section>
  );
}
