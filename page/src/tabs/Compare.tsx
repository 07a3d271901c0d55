import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { ask, Refused, type Answered, type Refusal } from "../ask/client";
import * as fronts from "../charts/front";
import type { Theme } from "../charts/theme";
import { middle, type Quantity } from "../format/estimated";
import { bytes, count, rate, seconds, short, usd } from "../format/number";
import { Figure } from "../parts/Figure";
import { Num } from "../parts/Num";
import * as bodies from "../state/body";
import type { Fields } from "../state/fields";
import { fragment } from "../state/link";
import { fields, pins, unpin } from "../state/store";
import type { EstimateAnswer } from "../types/estimate";

interface Column {
  readonly fields: Fields;
  readonly body: bodies.Body | null;
  readonly answer?: Answered<EstimateAnswer>;
  readonly refusal?: Refusal;
}

/** The pinned scenarios and the present one, each asked as it is. */
function useColumns(scenarios: readonly Fields[]): readonly Column[] {
  const [columns, setColumns] = useState<readonly Column[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    void Promise.all(scenarios.map((scenario) => column(scenario, abort.signal))).then((all) => !abort.signal.aborted && setColumns(all));
    return () => abort.abort();
  }, [scenarios]);
  return columns;
}

async function column(scenario: Fields, signal: AbortSignal): Promise<Column> {
  const body = bodies.estimate(scenario);
  if (body === null) return { fields: scenario, body };
  try {
    return { fields: scenario, body, answer: await ask<EstimateAnswer>("estimate", body, signal) };
  } catch (error) {
    return error instanceof Refused ? { fields: scenario, body, refusal: error.refusal } : { fields: scenario, body };
  }
}

interface Line {
  readonly name: string;
  readonly pointer: string;
  readonly of: (answer: EstimateAnswer) => Quantity | null | undefined;
  readonly write: (x: number) => string;
}

const LINES: readonly Line[] = [
  { name: "first token", pointer: "/latency/ttft_s", of: (a) => a.latency?.ttft_s, write: seconds },
  { name: "per token", pointer: "/latency/tpot_s", of: (a) => a.latency?.tpot_s, write: seconds },
  { name: "a whole request", pointer: "/latency/e2e_s", of: (a) => a.latency?.e2e_s, write: seconds },
  { name: "output tokens", pointer: "/throughput/output_tokens_per_s", of: (a) => a.throughput?.output_tokens_per_s, write: (x) => rate(x, "tokens") },
  { name: "requests", pointer: "/throughput/requests_per_s", of: (a) => a.throughput?.requests_per_s, write: (x) => `${short(x)}/s` },
  { name: "price", pointer: "/cost/usd_per_hour", of: (a) => a.cost?.usd_per_hour, write: (x) => `${usd(x)}/h` },
  { name: "per million output", pointer: "/cost/usd_per_million_output_tokens", of: (a) => a.cost?.usd_per_million_output_tokens, write: usd },
  { name: "energy of a token", pointer: "/energy/per_output_token_j", of: (a) => a.energy?.per_output_token_j, write: (x) => `${x.toPrecision(3)} J` },
  { name: "memory of each", pointer: "/memory/per_accelerator/total_bytes", of: (a) => a.memory.per_accelerator.total_bytes, write: bytes },
  { name: "free of each", pointer: "/memory/per_accelerator/free_bytes", of: (a) => a.memory.per_accelerator.free_bytes, write: bytes },
  { name: "room for requests", pointer: "/memory/max_concurrency", of: (a) => a.memory.max_concurrency, write: count },
];

const AXES: fronts.Axes = { x: "output tokens/s of all", y: "$ per million output tokens", writeY: usd, apart: true };

export function Compare() {
  const kept = pins.value;
  const now = fields.value;
  const scenarios = useMemo(() => [...kept, now], [kept, now]);
  const columns = useColumns(scenarios);
  return (
    <div class="wide">
      <h2>Scenarios side by side</h2>
      <p class="hint">
        {kept.length === 0
          ? "Nothing is pinned yet: go to Estimate and choose “pin to compare”. What you ask at present stands in the last column."
          : "The last column is what you ask at present. A link to this page holds all of them."}
      </p>
      {columns.length > 0 && (
        <>
          <Columns columns={columns} />
          <Plot columns={columns} />
        </>
      )}
    </div>
  );
}

function names(column: Column): string {
  const { model, on, quant } = column.fields;
  return [column.answer?.document.memory.model.name ?? model, "on", on, quant && `as ${quant}`].filter(Boolean).join(" ");
}

function Columns({ columns }: { readonly columns: readonly Column[] }) {
  const asked = [...new Set(columns.flatMap((column) => Object.keys(column.fields)))].filter((key) => !/^(tab|list|find|config|plan\.|train\.)/.test(key));
  return (
    <section class="card" aria-label="Scenarios">
      <div class="scroll" tabIndex={0} role="region" aria-label="Scenarios side by side">
        <table class="compare">
          <thead>
            <tr>
              <td />
              {columns.map((column, at) => (
                <th key={at} scope="col">
                  <a href={fragment({ ...column.fields, tab: "estimate" }, pins.value)}>{names(column)}</a>
                  {at < columns.length - 1 ? (
                    <button type="button" class="action" onClick={() => unpin(at)}>
                      remove
                    </button>
                  ) : (
                    <small> (present)</small>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {asked.map((key) => (
              <Same key={key} name={key.replaceAll("_", " ")} cells={columns.map((column) => column.fields[key] ?? "")} />
            ))}
            <Same name="verdict" cells={columns.map((column) => column.refusal?.message ?? column.answer?.document.verdict.replaceAll("_", " ") ?? "")} />
            {LINES.map((line) => (
              <tr key={line.name} class={differ(columns.map((column) => value(column, line))) ? "differs" : ""}>
                <th scope="row">{line.name}</th>
                {columns.map((column, at) => (
                  <td key={at}>
                    {column.answer && column.body && (
                      <Num value={line.of(column.answer.document)} write={line.write} label={`${line.name} of ${names(column)}`} of={{ command: "estimate", body: column.body }} pointer={line.pointer} />
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function value(column: Column, line: Line): string {
  const found = column.answer && line.of(column.answer.document);
  return found == null ? "" : String(middle(found));
}

function differ(cells: readonly string[]): boolean {
  return new Set(cells).size > 1;
}

function Same({ name, cells }: { readonly name: string; readonly cells: readonly string[] }) {
  return (
    <tr class={differ(cells) ? "differs" : ""}>
      <th scope="row">{name}</th>
      {cells.map((cell, at) => (
        <td key={at}>{cell}</td>
      ))}
    </tr>
  );
}

function Plot({ columns }: { readonly columns: readonly Column[] }) {
  const points = useMemo(
    () =>
      columns.flatMap((column): fronts.Point[] => {
        const answer = column.answer?.document;
        if (!answer?.throughput || !answer.cost) return [];
        return [
          {
            x: answer.throughput.output_tokens_per_s.value,
            y: answer.cost.usd_per_million_output_tokens.value,
            name: names(column),
            best: column === columns.at(-1),
            lines: LINES.slice(0, 7).map((line) => [line.name, value(column, line) && line.write(Number(value(column, line)))] as const),
          },
        ];
      }),
    [columns],
  );
  const chart = useCallback((theme: Theme) => fronts.option(points, AXES, theme), [points]);
  if (points.length < 2) return null;
  return <Figure name="compare" title="Output against price" summary={`${points.length} scenarios.`} option={chart} sheet={fronts.sheet(points, AXES)} />;
}
