import { useCallback, useMemo } from "preact/hooks";
import { useLive } from "../ask/live";
import * as fronts from "../charts/front";
import type { Theme } from "../charts/theme";
import * as charts from "../charts/training";
import { commandLine } from "../format/command";
import { bytes, count, digits, percent, rate, scaled, seconds, short, usd } from "../format/number";
import { Copy } from "../parts/Copy";
import { Figure } from "../parts/Figure";
import { Notes } from "../parts/Notes";
import { Num } from "../parts/Num";
import { Refused } from "../parts/Refusal";
import { Slider } from "../parts/Slider";
import { TextField } from "../parts/TextField";
import { doublings } from "../format/stops";
import * as bodies from "../state/body";
import type { Body } from "../state/body";
import { STARTING } from "../state/fields";
import { field, fields, set } from "../state/store";
import type { CandidateReport, TrainAnswer } from "../types/train";
import { HardwareField, ModelField, taken } from "./Inputs";
import { wordsOf } from "../state/lists";

export function Train() {
  const now = fields.value;
  const body = useMemo(() => bodies.train({ ...STARTING, ...now }), [now]);
  const live = useLive<TrainAnswer>("train", body);
  const answer = live.answer?.document;
  return (
    <div class="desk">
      <div class="top" aria-busy={live.busy}>
        <Refused refusal={live.refusal} stale={answer != null} />
        {answer && body && <Verdict answer={answer} body={body} />}
      </div>
      <Recipe answer={answer} />
      <div class="answer">
        {answer && <Charts answer={answer} />}
        {answer?.front && <Layouts answer={answer} />}
        {answer && <Notes defaults={answer.defaults} warnings={answer.warnings} />}
      </div>
    </div>
  );
}

const SEQUENCES = doublings(512, 1048576);
const BATCHES = doublings(8, 16384);

function Recipe({ answer }: { readonly answer: TrainAnswer | undefined }) {
  const of = useMemo(() => taken(answer?.defaults), [answer]);
  return (
    <form class="inputs" aria-label="What is trained" onSubmit={(event) => event.preventDefault()}>
      <ModelField />
      <HardwareField name="train.on" />
      <fieldset>
        <legend>Run</legend>
        <TextField name="train.tokens" label="Tokens" hint="such as 1T" taken={of.get("tokens")} />
        <Slider name="train.sequence" label="Sequence" stops={SEQUENCES} taken={of.get("sequence")} marks={[512, 8192, 131072, 1048576]} />
        <Slider name="train.global_batch" label="Sequences of a step" stops={BATCHES} taken={of.get("global_batch")} marks={[8, 128, 2048, 16384]} />
        <TextField name="train.micro_batch" label="Micro-batch" taken={of.get("micro_batch")} />
      </fieldset>
      <fieldset>
        <legend>Recipe</legend>
        <TextField name="train.stack" label="Software" choices={wordsOf("stack")} taken={of.get("stack")} />
        <TextField name="train.precision" label="Precision" choices={wordsOf("precision")} taken={of.get("precision")} />
        <TextField name="train.optimizer" label="Optimizer" choices={wordsOf("optimizer")} taken={of.get("optimizer")} />
        <TextField name="train.recompute" label="Recompute" choices={wordsOf("recompute")} taken={of.get("recompute")} />
      </fieldset>
      <details>
        <summary>Layout</summary>
        {(["tp", "pp", "cp", "ep", "zero"] as const).map((rank) => (
          <TextField key={rank} name={`train.${rank}`} label={RANKS[rank]} taken={of.get(rank)} />
        ))}
      </details>
      <details>
        <summary>Price</summary>
        <TextField name="train.price" label="Price" hint="what all of it costs, such as $160/h" />
      </details>
      <label class="check">
        <input type="checkbox" checked={field("train.search") !== ""} onChange={(event) => set({ "train.search": event.currentTarget.checked ? "true" : "" })} />
        search every layout
      </label>
    </form>
  );
}

const RANKS = { tp: "Tensor parallel", pp: "Pipeline stages", cp: "Context parallel", ep: "Expert parallel", zero: "ZeRO stage" } as const;

function Verdict({ answer, body }: { readonly answer: TrainAnswer; readonly body: Body }) {
  const of = { command: "train", body };
  const { run, memory, layout } = answer;
  return (
    <section class={`verdict card ${answer.fits ? "holds" : "does_not_start"}`} aria-label="Verdict" aria-live="polite" aria-atomic="true">
      <p class="head">
        <span class="flag">{answer.fits ? "It fits" : "It does not fit"}</span> <strong>{answer.model}</strong> on {short(run.tokens)} tokens with {answer.stack.name}{" "}
        {answer.stack.version}: tp {layout.tp}, pp {layout.pp}, dp {layout.dp}
        {layout.cp > 1 && `, cp ${layout.cp}`}
        {layout.ep > 1 && `, ep ${layout.ep}`}, ZeRO {layout.zero}, recompute {layout.recompute}
      </p>
      <p>
        It takes <Num value={run.time_s} write={seconds} label="Time of the run" of={of} pointer="/run/time_s" />
        {run.usd != null && (
          <>
            {" "}
            and <Num value={run.usd} write={usd} label="Dollars of the run" of={of} pointer="/run/usd" />
          </>
        )}
        , at <Num value={answer.mfu} write={percent} label="Model FLOPs utilisation" of={of} pointer="/mfu" /> of the peak.
      </p>
      <dl class="tiles" aria-label="Key numbers">
        {(
          [
            ["a step", answer.step.time_s, seconds, "/step/time_s"],
            ["tokens", answer.tokens_per_s, (x: number) => rate(x, "tokens"), "/tokens_per_s"],
            ["each", answer.flops_per_s_per_accelerator, (x: number) => scaled(x, "FLOP/s"), "/flops_per_s_per_accelerator"],
            ["peak memory", memory.peak_bytes, bytes, "/memory/peak_bytes"],
            ["accelerator-hours", run.accelerator_hours, short, "/run/accelerator_hours"],
            ["energy", run.energy_kwh, (x: number) => `${short(x)} kWh`, "/run/energy_kwh"],
            ["failures", run.failures, digits, "/run/failures"],
          ] as const
        ).map(([name, value, write, pointer]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Num value={value} write={write} label={name} of={of} pointer={pointer} />
            </dd>
          </div>
        ))}
      </dl>
      <div class="actions">
        <Copy label="copy command" text={() => commandLine("train", body)} />
      </div>
    </section>
  );
}

function Charts({ answer }: { readonly answer: TrainAnswer }) {
  const memory = useCallback((theme: Theme) => charts.memory(answer, theme), [answer]);
  const step = useCallback((theme: Theme) => charts.step(answer, theme), [answer]);
  const { stages, capacity_bytes: capacity, peak_bytes: peak } = answer.memory;
  return (
    <>
      <Figure
        name="training-memory"
        title="Memory by stage and phase"
        summary={`${count(stages.length)} stages and phases; the peak is ${bytes(peak.value)} of ${bytes(capacity)}.`}
        height={120 + 30 * charts.drawn(stages).length}
        option={memory}
        sheet={charts.memorySheet(answer)}
      />
      <Figure name="training-step" title="Where the time of a step goes" summary={`A step takes ${seconds(answer.step.time_s.value)}.`} height={150} option={step} sheet={charts.stepSheet(answer)} />
    </>
  );
}

const AXES: fronts.Axes = { x: "peak memory", y: "time of a step", writeX: bytes, writeY: seconds };

function layoutOf(row: CandidateReport): string {
  const { tp, pp, dp, zero, recompute } = row.layout;
  return `tp${tp} pp${pp} dp${dp} z${zero} ${recompute}`;
}

function Layouts({ answer }: { readonly answer: TrainAnswer }) {
  const points = useMemo(
    () =>
      (answer.front ?? []).map((row, at) => ({
        x: row.peak_bytes.value,
        y: row.time_s.value,
        name: layoutOf(row),
        best: at === 0,
        lines: [
          ["step", seconds(row.time_s.value)],
          ["peak", bytes(row.peak_bytes.value)],
          ["MFU", percent(row.mfu.value)],
          ["tokens", rate(row.tokens_per_s.value, "tokens")],
        ] as const,
      })),
    [answer],
  );
  const chart = useCallback((theme: Theme) => fronts.option(points, AXES, theme), [points]);
  return (
    <Figure name="layouts" title="Layouts that no other beats in both" summary={`${points.length} layouts of ${count(answer.valid ?? 0)} that are valid.`} height={340} option={chart} sheet={fronts.sheet(points, AXES)}>
      <ul class="why">
        {(answer.neighbours ?? []).map((row) => (
          <li key={row.why}>{row.why}</li>
        ))}
      </ul>
    </Figure>
  );
}
