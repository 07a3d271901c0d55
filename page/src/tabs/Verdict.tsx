import type { EstimateAnswer } from "../types/estimate";
import { Num } from "../parts/Num";
import { bytes, count, percent, rate, seconds, usd } from "../format/number";
import type { Body } from "../state/body";

interface Props {
  readonly answer: EstimateAnswer;
  readonly body: Body;
}

const HEADS: Readonly<Record<string, string>> = {
  holds: "It fits",
  queues: "It starts, and some wait",
  saturated: "It falls behind",
  does_not_start: "It does not fit",
};

/** The answer in a sentence. */
export function Verdict({ answer, body }: Props) {
  const { memory } = answer;
  const chips = `${memory.accelerator.count} × ${memory.accelerator.id}`;
  return (
    <section class={`verdict card ${answer.verdict}`} aria-label="Verdict" aria-live="polite" aria-atomic="true">
      <p class="head">
        <span class="flag">{HEADS[answer.verdict] ?? answer.verdict}</span>
        <strong>{memory.model.name}</strong> as {memory.weights_format} on <strong>{chips}</strong> under {answer.engine.name}{" "}
        {answer.engine.version}
      </p>
      <Sentence answer={answer} body={body} />
    </section>
  );
}

function Sentence({ answer, body }: Props) {
  const of = { command: "estimate", body };
  const { memory, workload, latency, throughput, at_rate: atRate } = answer;
  if (!latency || !throughput) {
    return (
      <p>
        Each accelerator would need{" "}
        <Num value={memory.per_accelerator.total_bytes} write={bytes} label="Memory needed" of={of} pointer="/memory/per_accelerator/total_bytes" /> of its{" "}
        {bytes(memory.accelerator.capacity_bytes)}.
      </p>
    );
  }
  return (
    <p>
      {answer.verdict === "queues" && `Memory holds ${count(memory.max_concurrency)} of ${count(workload.concurrency)} requests at once; the others wait. `}
      {answer.verdict === "saturated" && atRate && (
        <>
          Of {rate(atRate.offered_requests_per_s, "requests")} it serves{" "}
          <Num value={atRate.sustained_requests_per_s} write={(x) => rate(x, "requests")} label="Requests it serves" of={of} pointer="/at_rate/sustained_requests_per_s" />
          {atRate.deployments != null && `; ${atRate.deployments} such deployments would hold them`}.{" "}
        </>
      )}
      With {count(workload.concurrency)} {workload.concurrency === 1 ? "request" : "requests"} in flight the first token comes after{" "}
      <Num value={latency.ttft_s} write={seconds} label="Time to first token" of={of} pointer="/latency/ttft_s" none="a wait without bound" />, then one every{" "}
      <Num value={latency.tpot_s} write={seconds} label="Time per output token" of={of} pointer="/latency/tpot_s" />; together{" "}
      <Num value={throughput.output_tokens_per_s} write={(x) => rate(x, "tokens")} label="Output tokens a second" of={of} pointer="/throughput/output_tokens_per_s" />
      {answer.cost && (
        <>
          , at{" "}
          <Num value={answer.cost.usd_per_million_output_tokens} write={usd} label="Dollars per million output tokens" of={of} pointer="/cost/usd_per_million_output_tokens" /> per million
        </>
      )}
      .
    </p>
  );
}

/** The numbers that people compare, large. */
export function Tiles({ answer, body }: Props) {
  const of = { command: "estimate", body };
  const { latency, throughput, cost, energy, memory } = answer;
  return (
    <dl class="tiles" aria-label="Key numbers">
      {latency && (
        <>
          <Tile name="first token">
            <Num value={latency.ttft_s} write={seconds} label="Time to first token" of={of} pointer="/latency/ttft_s" none="unbounded" />
          </Tile>
          <Tile name="per token">
            <Num value={latency.tpot_s} write={seconds} label="Time per output token" of={of} pointer="/latency/tpot_s" />
          </Tile>
        </>
      )}
      {throughput && (
        <Tile name="output">
          <Num value={throughput.output_tokens_per_s} write={(x) => rate(x, "tokens")} label="Output tokens a second" of={of} pointer="/throughput/output_tokens_per_s" />
        </Tile>
      )}
      {cost && (
        <Tile name="per million output">
          <Num value={cost.usd_per_million_output_tokens} write={usd} label="Dollars per million output tokens" of={of} pointer="/cost/usd_per_million_output_tokens" />
        </Tile>
      )}
      {energy && (
        <Tile name="energy of a token">
          <Num value={energy.per_output_token_j} write={(x) => `${x.toPrecision(3)} J`} label="Energy of an output token" of={of} pointer="/energy/per_output_token_j" />
        </Tile>
      )}
      <Tile name="free memory">
        <Num value={memory.per_accelerator.free_bytes} write={bytes} label="Free memory" of={of} pointer="/memory/per_accelerator/free_bytes" />
      </Tile>
      <Tile name="room for">
        <Num value={memory.max_concurrency} write={(x) => `${count(x)} requests`} label="Requests that memory holds" of={of} pointer="/memory/max_concurrency" />
      </Tile>
      {cost && (
        <Tile name="price">
          <Num value={cost.usd_per_hour} write={(x) => `${usd(x)}/h`} label="Dollars an hour" of={of} pointer="/cost/usd_per_hour" />
          <span class="band"> at {percent(cost.utilisation)} use</span>
        </Tile>
      )}
    </dl>
  );
}

function Tile({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
