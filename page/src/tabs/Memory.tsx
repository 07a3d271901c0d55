import { useCallback } from "preact/hooks";
import type { Advice, DeploymentMemory } from "../types/estimate";
import { option, parts, sheet } from "../charts/memory";
import type { Theme } from "../charts/theme";
import { bytes, count, usd } from "../format/number";
import { middle } from "../format/estimated";
import { Figure } from "../parts/Figure";
import { Num } from "../parts/Num";
import type { Body } from "../state/body";
import { set } from "../state/store";

interface Props {
  readonly memory: DeploymentMemory;
  readonly body: Body;
}

export function Memory({ memory, body }: Props) {
  const chart = useCallback((theme: Theme) => option(memory, theme), [memory]);
  const of = { command: "estimate", body };
  const rank = memory.per_accelerator;
  const said = parts(memory).map((part) => `${part.label} ${bytes(middle(part.size))}`).join(", ");
  return (
    <Figure
      name="memory"
      title="Memory of each accelerator"
      summary={`${said}, of ${bytes(memory.accelerator.capacity_bytes)}.`}
      height={110}
      option={chart}
      sheet={sheet(memory)}
    >
      <ul class="parts">
        {parts(memory).map((part, at) => (
          <li key={part.label}>
            <span class={`swatch s${at + 1}`} aria-hidden="true" /> {part.label}{" "}
            <Num value={part.size} write={bytes} label={part.label} of={of} pointer={part.pointer} bands={false} />
          </li>
        ))}
        <li>
          total <Num value={rank.total_bytes} write={bytes} label="Total memory" of={of} pointer="/memory/per_accelerator/total_bytes" />
        </li>
        {memory.host_bytes != null && (
          <li>
            in the host <Num value={memory.host_bytes} write={bytes} label="Memory of the host" of={of} pointer="/memory/host_bytes" />
          </li>
        )}
      </ul>
      {memory.verdict === "queues" && (
        <p class="hint">
          The cache shown is that of all {count(memory.workload.concurrency)} requests; {count(memory.max_concurrency)} run at once, and the others wait.
        </p>
      )}
    </Figure>
  );
}

/** Flags of an advice as fields: `--quant awq --on 8xh100`. */
export function fields(flags: string): Record<string, string> {
  const found = [...flags.matchAll(/--([\w-]+)\s+('[^']*'|\S+)/g)];
  return Object.fromEntries(found.map(([, flag, value]) => [(flag ?? "").replaceAll("-", "_"), (value ?? "").replace(/^'|'$/g, "")]));
}

/** What would make it fit, as buttons that do it. */
export function Fixes({ advice }: { readonly advice: Advice }) {
  const helpful = advice.changes.filter((change) => change.fits);
  if (helpful.length === 0) return null;
  return (
    <section class="card fixes" aria-label="What would make it fit">
      <h2 class="title">What would make it fit</h2>
      <ul>
        {helpful.map((change) => (
          <li key={change.flags}>
            <button type="button" class="fix" onClick={() => set(fields(change.flags))}>
              {change.change}
            </button>
            <small>
              {bytes(change.free_bytes)} free on each{change.usd_per_hour != null && `, ${usd(change.usd_per_hour)}/h`}
            </small>
          </li>
        ))}
      </ul>
    </section>
  );
}
