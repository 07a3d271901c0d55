import type { BreakevenAnswer } from "../types/breakeven";
import { percent, short, usd } from "../format/number";
import { Num } from "../parts/Num";
import type { Body } from "../state/body";

const SHOWN = 10;

/** From which share of full load on one's own costs less than each that is hosted. */
export function Breakeven({ answer, body }: { readonly answer: BreakevenAnswer; readonly body: Body }) {
  const of = { command: "breakeven", body };
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Break-even with hosted prices">
      <table>
        <thead>
          <tr>
            <th scope="col">hosted by</th>
            <th scope="col" class="right">
              $/1M tokens
            </th>
            <th scope="col" class="right">
              own pays from use of
            </th>
            <th scope="col" class="right">
              tokens a month
            </th>
            <th scope="col">as of</th>
          </tr>
        </thead>
        <tbody>
          {answer.api.slice(0, SHOWN).map((row, at) => (
            <tr key={`${row.provider} ${row.model} ${row.batch}`}>
              <th scope="row">
                {row.provider}
                {row.batch && " (batch)"}
              </th>
              <td class="right">
                <Num value={row.usd_per_million_tokens} write={usd} label={`Price of ${row.provider}`} of={of} pointer={`/api/${at}/usd_per_million_tokens`} />
              </td>
              <td class="right">
                <Num value={row.breakeven_utilisation} write={percent} label={`Break-even share of full load against ${row.provider}`} of={of} pointer={`/api/${at}/breakeven_utilisation`} none="never" />
              </td>
              <td class="right">
                <Num value={row.breakeven_tokens_per_month} write={short} label={`Break-even tokens a month against ${row.provider}`} of={of} pointer={`/api/${at}/breakeven_tokens_per_month`} none="never" />
              </td>
              <td>{row.price_as_of}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
