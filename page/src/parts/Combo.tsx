import { useId, useRef, useState } from "preact/hooks";

export interface Entry {
  readonly value: string;
  readonly title: string;
  readonly detail: string;
  /** Everything it may be found by, in small letters. */
  readonly words: string;
}

interface Props {
  readonly label: string;
  readonly value: string;
  readonly entries: readonly Entry[];
  readonly placeholder: string;
  readonly onPick: (value: string) => void;
}

const SHOWN = 60;

/** Entries that hold every word of a search, those that begin with it first. */
export function found(entries: readonly Entry[], search: string): readonly Entry[] {
  const words = search.toLowerCase().split(/[\s/_-]+/).filter((word) => word !== "");
  const hits = entries.filter((entry) => words.every((word) => entry.words.includes(word)));
  const first = (entry: Entry) => (entry.value.startsWith(search.toLowerCase()) ? 0 : 1);
  return [...hits].sort((a, b) => first(a) - first(b)).slice(0, SHOWN);
}

/** A box that searches a list; what is not on it may be typed too. */
export function Combo({ label, value, entries, placeholder, onPick }: Props) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState<string | null>(null);
  const [at, setAt] = useState(-1);
  const box = useRef<HTMLInputElement>(null);
  const hits = open ? found(entries, search ?? "") : [];
  const pick = (picked: string) => {
    setOpen(false);
    setSearch(null);
    setAt(-1);
    onPick(picked);
  };
  const move = (to: number) => {
    const next = (to + hits.length) % Math.max(1, hits.length);
    setAt(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
  };
  const onKey = (event: KeyboardEvent) => {
    const hit = hits[at];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (open) move(event.key === "ArrowDown" ? at + 1 : at - 1);
      else setOpen(true);
    } else if (event.key === "Enter") pick(hit ? hit.value : (search ?? value).trim());
    else if (event.key === "Escape" && open) {
      setOpen(false);
      setSearch(null);
    }
  };
  return (
    <div class="combo">
      <label class="hidden" for={id}>
        {label}
      </label>
      <input
        id={id}
        ref={box}
        class="box wide"
        role="combobox"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && at >= 0 ? `${id}-${at}` : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder}
        value={search ?? value}
        onFocus={(event) => event.currentTarget.select()}
        onClick={() => setOpen(true)}
        onInput={(event) => {
          setSearch(event.currentTarget.value);
          setAt(-1);
          setOpen(true);
        }}
        onKeyDown={onKey}
        onBlur={() => (search !== null && search !== value ? pick(search.trim()) : setOpen(false))}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={label} class="options" hidden={!open || hits.length === 0}>
        {hits.map((entry, index) => (
          <li
            key={entry.value}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => pick(entry.value)}
          >
            <span>{entry.title}</span>
            <small>{entry.detail}</small>
          </li>
        ))}
      </ul>
    </div>
  );
}
