import { useId } from "preact/hooks";
import { field, set } from "../state/store";

interface Props {
  readonly name: string;
  readonly label: string;
  readonly taken?: string | undefined;
  readonly hint?: string | undefined;
  /** What may be typed; other things may be typed too. */
  readonly choices?: readonly string[];
}

/** A box to type into, which suggests what is usual. */
export function TextField({ name, label, taken, hint, choices = [] }: Props) {
  const id = useId();
  return (
    <div class="control row">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="box"
        list={choices.length ? `${id}-choices` : undefined}
        value={field(name)}
        placeholder={taken ?? "auto"}
        title={hint}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => set({ [name]: event.currentTarget.value })}
      />
      {choices.length > 0 && (
        <datalist id={`${id}-choices`}>
          {choices.map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
    </div>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  /** What is written, and what is meant by it. */
  readonly choices: readonly (readonly [value: string, text: string])[];
}

/** What a link says before the list is there, or what is on none. */
function unlisted(choices: ChoiceProps["choices"], now: string): ChoiceProps["choices"] {
  return choices.some(([value]) => value === now) ? [] : [[now, now]];
}

/** One of a few. */
export function Choice({ name, label, choices }: ChoiceProps) {
  const id = useId();
  return (
    <div class="control row">
      <label for={id}>{label}</label>
      <select id={id} class="box" value={field(name)} onChange={(event) => set({ [name]: event.currentTarget.value })}>
        {[...choices, ...unlisted(choices, field(name))].map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
