import type { EstimateAnswer } from "../types/estimate";
import { digits, scaled, seconds } from "../format/number";
import { words } from "../format/names";
import { Num } from "../parts/Num";
import type { Body } from "../state/body";

/** What each operator takes; every number opens its explanation. */
export function Operators({ answer, body }: { readonly answer: EstimateAnswer; readonly body: Body | null }) {
  const of = body && { command: "estimate", body };
  const { intensity } = answer;
  return (
    <>
      {intensity && (
        <p class="hint">
          Bound by <strong>{answer.bound}</strong>. Decode does{" "}
          <Num value={intensity.decode_flops_per_byte} write={perByte} label="Intensity of decode" of={of} pointer="/intensity/decode_flops_per_byte" bands={false} />, a prompt{" "}
          <Num value={intensity.prefill_flops_per_byte} write={perByte} label="Intensity of prefill" of={of} pointer="/intensity/prefill_flops_per_byte" />; arithmetic binds above{" "}
          <Num value={intensity.ridge_flops_per_byte} write={perByte} label="Ridge of the roof" of={of} pointer="/intensity/ridge_flops_per_byte" />.
        </p>
      )}
      <details>
        <summary>Operators, one by one</summary>
        <div class="scroll" tabIndex={0} role="region" aria-label="Operators">
          <table>
            <thead>
              <tr>
                {["phase", "operator", "time", "FLOP", "bytes", "reaches", "bound by"].map((head, at) => (
                  <th key={head} scope="col" class={at > 1 && at < 6 ? "right" : ""}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {(answer.roofline ?? []).map((row, at) => {
                const cell = (field: string, value: number | null, write: (x: number) => string) => (
                  <td class="right">
                    <Num value={value} write={write} label={`${row.operator} ${field}`} of={of} pointer={`/roofline/${at}/${field}`} none="" />
                  </td>
                );
                return (
                  <tr key={`${row.phase} ${row.operator} ${row.bound}`}>
                    <td>{row.phase}</td>
                    <th scope="row">{words(row.operator)}</th>
                    {cell("time_s", row.time_s, seconds)}
                    {cell("flops", row.flops, (x) => scaled(x, "FLOP"))}
                    {cell("bytes", row.bytes, (x) => scaled(x, "B"))}
                    {cell("flops_per_s", row.flops_per_s, (x) => scaled(x, "FLOP/s"))}
                    <td>{row.bound}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

function perByte(x: number): string {
  return `${digits(x)} FLOP/B`;
}
