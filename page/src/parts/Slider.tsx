import { useId } from "preact/hooks";
import { nearest, numberOf } from "../format/stops";
import { field, set } from "../state/store";

interface Props {
  readonly name: string;
  readonly label: string;
  readonly stops: readonly number[];
  /** What follows the number in the field, such as `/s`. */
  readonly unit?: string;
  readonly hint?: string | undefined;
  /** What the answer took where nothing is said. */
  readonly taken?: string | undefined;
  /** Labels under the scale. */
  readonly marks?: readonly number[];
}

/** A scale with a cursor, and the same as a box to type into. */
export function Slider({ name, label, stops, unit = "", hint, taken, marks = [] }: Props) {
  const id = useId();
  const text = field(name);
  const value = numberOf(text || taken || "") ?? stops[0] ?? 1;
  const at = nearest(stops, value);
  const last = Math.max(1, stops.length - 1);
  const spoken = text || (taken ? `${taken}, as the engine takes it` : "not set");
  return (
    <div class="control">
      <div class="row">
        <label for={id}>{label}</label>
        <input
          id={id}
          class="box"
          value={text}
          placeholder={taken ?? "auto"}
          inputMode="text"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => set({ [name]: event.currentTarget.value })}
        />
      </div>
      <div class="scale" style={`--at:${at / last}`}>
        <input
          type="range"
          aria-label={`${label}, slider`}
          aria-valuetext={spoken}
          min={0}
          max={last}
          step={1}
          value={at}
          onInput={(event) => set({ [name]: `${stops[Number(event.currentTarget.value)] ?? ""}${unit}` })}
        />
        <div class="ticks" aria-hidden="true">
          {marks.map((mark) => (
            <span key={mark} style={`--at:${nearest(stops, mark) / last}`}>
              {mark >= 1048576 ? `${mark / 1048576}Mi` : mark >= 1024 ? `${mark / 1024}Ki` : mark}
            </span>
          ))}
        </div>
      </div>
      {hint && <p class="hint">{hint}</p>}
    </div>
  );
}
