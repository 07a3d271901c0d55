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
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour("ink"),
    faint: colour("faint"),
    line: colour("line"),
    paper: colour("paper"),
    accent: colour("accent"),
    series: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => colour(`c${n}`)),
  };
}

export const theme = signal<Theme>(present());

export function repaint(): void {
  theme.value = present();
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
