import { AWAY, type Refusal } from "../ask/client";

/** What was refused, where, and what to do; what is shown beside it belongs to the last question that was understood. */
export function Refused({ refusal, stale = false }: { readonly refusal: Refusal | undefined; readonly stale?: boolean }) {
  if (!refusal) return null;
  return (
    <div class="refused" role="alert">
      <p>
        <strong>{refusal === AWAY ? "No answer" : refusal.at ? `${refusal.at}` : "Refused"}:</strong> {refusal.message}
      </p>
      {refusal.help && <p class="help">{refusal.help}</p>}
      {stale && refusal !== AWAY && <p class="hint">What stands below answers the last question that was understood.</p>}
    </div>
  );
}
