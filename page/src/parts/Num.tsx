import type { ComponentChildren } from "preact";
import { BASES, band, isExact, middle, type Quantity } from "../format/estimated";
import type { Body } from "../state/body";
import { explain } from "../state/explain";

interface Props {
  readonly value: Quantity | null | undefined;
  readonly write: (x: number) => string;
  /** What the number is, for who cannot see where it stands. */
  readonly label: string;
  /** Where it stands in the answer of which question. */
  readonly of: { readonly command: string; readonly body: Body } | null;
  readonly pointer: string;
  readonly bands?: boolean;
  /** What stands for a number that there is none of. */
  readonly none?: ComponentChildren;
}

/** A number that opens its explanation, with its band. */
export function Num({ value, write, label, of, pointer, bands = true, none = "none" }: Props) {
  if (value == null) return <span class="none">{none}</span>;
  const range = bands ? band(value, write) : "";
  const basis = typeof value === "number" ? undefined : value.basis;
  const text = write(middle(value));
  const [number, ...units] = text.split(" ");
  const unit = units.join(" ");
  const title = [`${middle(value)}`, basis && `${basis}: ${BASES[basis] ?? ""}`, "click for its formula"];
  return (
    <span class="number">
      <button
        type="button"
        class={`num ${basis ?? ""}`}
        title={title.filter(Boolean).join("\n")}
        aria-label={`${label}: ${text}${range ? `, ${range}` : ""}. Explain`}
        disabled={of === null}
        onClick={() => of && explain({ ...of, pointer })}
      >
        {isExact(value) ? "" : "~"}
        {number}
        {unit && <span class="unit"> {unit}</span>}
      </button>
      {range && <> <span class="band">{range}</span></>}
    </span>
  );
}
