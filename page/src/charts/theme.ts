// Colours of charts, as the style sheet has them now.
import { signal } from "@preact/signals";

export interface Theme {
  readonly ink: string;
  readonly faint: string;
  readonly line: string;
  readonly paper: string;
  readonly accent: string;
  /** Told apart by all kinds of eyes (Okabe and Ito). */
  readonly series: readonly string[];
}

function present(): Theme {
  // A name has two colours; an element that wears it says which one holds.
  const worn = document.createElement("i");
  worn.hidden = true;
  document.body.append(worn);
  const colour = (name: string) => {
    worn.style.color = `var(--${name})`;
    return getComputedStyle(worn).color;
  };
  const found = {
    ink: colour("ink"),
    faint: colour("faint"),
    line: colour("line"),
    paper: colour("paper"),
    accent: colour("accent"),
    series: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => colour(`c${n}`)),
  };
  worn.remove();
  return found;
}

export const theme = signal<Theme>(present());

export function repaint(): void {
  theme.value = present();
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
