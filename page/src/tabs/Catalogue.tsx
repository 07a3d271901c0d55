import { useMemo, useState } from "preact/hooks";
import { useLive } from "../ask/live";
import { csv } from "../format/csv";
import { placed } from "../format/names";
import { Refused } from "../parts/Refusal";
import { save } from "../parts/save";
import type { Fields } from "../state/fields";
import { field, set } from "../state/store";
import { LISTS, matching, shown, sorted, type List, type Row } from "./catalogue";

const FEW = 60;
const NOTHING = {};

export function Catalogue() {
  const list = LISTS.find((one) => one.command === field("list")) ?? LISTS[0];
  if (!list) return null;
  return (
    <div class="wide">
      <h2>Catalogue</h2>
      <div class="steps" role="group" aria-label="Which list">
        {LISTS.map((one) => (
          <button key={one.command} type="button" aria-pressed={one === list} onClick={() => set({ list: one.command, find: "" })}>
            {one.title}
          </button>
        ))}
      </div>
      <Listed key={list.command} list={list} />
    </div>
  );
}

function Listed({ list }: { readonly list: List }) {
  const live = useLive<Record<string, unknown>>(list.command, NOTHING);
  const [by, setBy] = useState<readonly [string, boolean]>();
  const [all, setAll] = useState(false);
  const rows = (live.answer?.document[list.rows] ?? []) as readonly Row[];
  const search = field("find");
  const hits = useMemo(() => {
    const found = matching(rows, search);
    return by ? sorted(found, ...by) : found;
  }, [rows, search, by]);
  const warnings = (live.answer?.document["warnings"] ?? []) as readonly string[];
  const sheet = () => ({
    columns: list.columns.map((column) => column.field),
    rows: hits.map((row) => list.columns.map((column) => (Array.isArray(row[column.field]) ? shown(row, column) : (row[column.field] as string)))),
  });
  return (
    <section class="card" aria-label={list.title} aria-busy={live.busy}>
      <Refused refusal={live.refusal} />
      <p>{list.about}</p>
      {warnings.map((warning) => (
        <p key={warning} class="warning">
          {warning}
        </p>
      ))}
      <div class="row">
        <label for="find">Find</label>
        <input id="find" class="box wide" type="search" value={search} onInput={(event) => set({ find: event.currentTarget.value })} />
        <span role="status" class="hint">
          {hits.length} of {rows.length}
        </span>
        <button type="button" class="action" onClick={() => save(`${list.command}.csv`, "text/csv", csv(sheet()))}>
          CSV
        </button>
      </div>
      <div class="scroll tall" tabIndex={0} role="region" aria-label={`Table: ${list.title}`}>
        <table>
          <thead>
            <tr>
              {list.columns.map((column) => (
                <th key={column.field} scope="col" class={column.write ? "right" : ""} aria-sort={by?.[0] === column.field ? (by[1] ? "descending" : "ascending") : "none"}>
                  <button type="button" class="sort" onClick={() => setBy([column.field, by?.[0] === column.field ? !by[1] : column.write !== undefined])}>
                    {column.head}
                    <span aria-hidden="true">{by?.[0] === column.field ? (by[1] ? " ▾" : " ▴") : ""}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {hits.slice(0, all ? undefined : FEW).map((row, at) => (
              <tr key={at}>
                {list.columns.map((column, place) => (
                  <td key={column.field} class={column.write ? "right" : ""}>
                    {place === 0 ? <First row={row} list={list} text={shown(row, column)} /> : shown(row, column)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {hits.length > FEW && !all && (
        <button type="button" class="action" onClick={() => setAll(true)}>
          show all {hits.length}
        </button>
      )}
    </section>
  );
}

/** A model or an accelerator can be chosen here. */
function First({ row, list, text }: { readonly row: Row; readonly list: List; readonly text: string }) {
  const change: Fields | undefined =
    list.command === "models"
      ? { model: String(row["id"]), config: "", quant: "" }
      : list.command === "gpus"
        ? { on: placed({ count: "1", name: String(row["id"]) }) }
        : undefined;
  if (!change) return <>{text}</>;
  return (
    <button type="button" class="link" onClick={() => set({ ...change, tab: "estimate" })}>
      {text}
    </button>
  );
}
