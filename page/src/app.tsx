import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { repaint } from "./charts/theme";
import { Copy } from "./parts/Copy";
import { Drawer } from "./parts/Drawer";
import type { Tab } from "./state/fields";
import { fragment } from "./state/link";
import { fields, link, odd, pins, show, tab } from "./state/store";
import { Catalogue } from "./tabs/Catalogue";
import { Compare } from "./tabs/Compare";
import { Estimate } from "./tabs/Estimate";
import { Methods } from "./tabs/Methods";
import { Plan } from "./tabs/Plan";
import { Train } from "./tabs/Train";

const PAGES: Readonly<Record<Tab, { readonly title: string; readonly view: () => preact.JSX.Element | null }>> = {
  estimate: { title: "Estimate", view: Estimate },
  plan: { title: "Plan", view: Plan },
  train: { title: "Train", view: Train },
  compare: { title: "Compare", view: Compare },
  methods: { title: "Methods", view: Methods },
  catalogue: { title: "Catalogue", view: Catalogue },
};

export function App() {
  const now = tab.value;
  const View = PAGES[now].view;
  useEffect(() => {
    document.title = `slipstick: ${PAGES[now].title.toLowerCase()}`;
  }, [now]);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        skip to the answer
      </a>
      <header class="bar">
        <h1>
          <span class="rule" aria-hidden="true" />
          slipstick
        </h1>
        <nav aria-label="Questions">
          {(Object.keys(PAGES) as Tab[]).map((name) => (
            <a key={name} href={fragment({ ...fields.value, tab: name }, pins.value)} aria-current={name === now ? "page" : undefined} onClick={(event) => go(event, name)}>
              {PAGES[name].title}
              {name === "compare" && pins.value.length > 0 && <small> {pins.value.length}</small>}
            </a>
          ))}
        </nav>
        <div class="actions">
          <Copy label="copy link" text={() => new URL(link(), location.href).href} />
          <Shade />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <Odd />
        <View />
      </main>
      <footer>
        Every number is an estimate of this machine's own <code>slipstick</code>, with a band that four of five measured runs fall into; choose one to see its formula and source. Nothing is sent
        anywhere else. <a href="./licences.txt">Whose work is in this page</a>
      </footer>
      <Drawer />
    </>
  );
}

function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function go(event: MouseEvent, name: Tab): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(name);
}

/** What of a link was not understood. */
function Odd() {
  if (odd.value.length === 0) return null;
  return (
    <div class="refused" role="alert">
      <p>
        <strong>This link holds what was not understood</strong>, and was left out:
      </p>
      <ul>
        {odd.value.map((line) => (
          <li key={line}>
            <code>{line.slice(0, 200)}</code>
          </li>
        ))}
      </ul>
      <button type="button" class="action" onClick={() => (odd.value = [])}>
        go on
      </button>
    </div>
  );
}

const SHADES = ["auto", "light", "dark"] as const;

/** Light, dark, or as the system is. */
function Shade() {
  const shade = useSignal(kept());
  useEffect(() => {
    if (shade.value === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = shade.value;
    repaint();
    try {
      localStorage.setItem("shade", shade.value);
    } catch {
      // A browser that keeps nothing shows the page as the system is.
    }
  }, [shade.value]);
  const next = SHADES[(SHADES.indexOf(shade.value) + 1) % SHADES.length] ?? "auto";
  return (
    <button type="button" class="action" aria-label={`Colours: ${shade.value}. Change to ${next}`} onClick={() => (shade.value = next)}>
      {shade.value === "dark" ? "☾ dark" : shade.value === "light" ? "☀ light" : "◐ auto"}
    </button>
  );
}

function kept(): (typeof SHADES)[number] {
  try {
    const found = localStorage.getItem("shade");
    return SHADES.find((shade) => shade === found) ?? "auto";
  } catch {
    return "auto";
  }
}
