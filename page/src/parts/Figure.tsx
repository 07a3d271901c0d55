import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { UNSEEN_MS } from "../ask/live";
import type { Chart } from "../charts/echarts";
import type { Option } from "../charts/parts";
import { theme, type Theme } from "../charts/theme";
import { inTurn } from "../charts/turns";
import { csv, type Sheet } from "../format/csv";
import { png, save } from "./save";
import { Table } from "./Table";
import { useNear } from "./near";

interface Props {
  readonly name: string;
  readonly title: string;
  /** The chart in a sentence, for who does not see it. */
  readonly summary: string;
  readonly height?: number;
  readonly option: (theme: Theme, width: number) => Option;
  readonly sheet: Sheet;
  /** What a click on a point means, by its data. */
  readonly onPoint?: (data: unknown) => void;
  readonly children?: ComponentChildren;
}

/** A chart with its data as a table one click away, and ways to take both along. */
export function Figure({ name, title, summary, height = 300, option, sheet, onPoint, children }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart>();
  const near = useNear(place);
  const open = useSignal(false);
  const colours = theme.value;
  const width = useRef(0);
  const drawn = useRef<Theme>();
  // An effect of the ordinary kind runs a frame later.
  useLayoutEffect(() => {
    let gone = false;
    const render = () => {
      if (gone || !chart.current) return;
      const next = placed(option(colours, width.current || (place.current?.clientWidth ?? 0)));
      // Where only numbers changed, what is drawn already is moved; new colours reach every part.
      chart.current.setOption(next, drawn.current === colours ? { replaceMerge: ["series"] } : { notMerge: true });
      drawn.current = colours;
    };
    // Answers that come before its turn are drawn once.
    const start = () => {
      inTurn(place, () => {
        if (chart.current) render();
        else if (!gone) void begin(place.current as HTMLDivElement, chart, () => gone).then(render);
      });
    };
    const timer = near ? void start() : setTimeout(start, UNSEEN_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [near, option, colours]);
  useEffect(() => {
    const sized = new ResizeObserver(([entry]) => {
      width.current = Math.round(entry?.contentRect.width ?? 0);
      chart.current?.resize();
    });
    if (place.current) sized.observe(place.current);
    return () => {
      sized.disconnect();
      chart.current?.dispose();
      chart.current = undefined;
    };
  }, []);
  const point = useRef(onPoint);
  point.current = onPoint;
  useEffect(() => {
    place.current?.addEventListener("point", ((event: CustomEvent) => point.current?.(event.detail)) as EventListener);
  }, []);
  const svg = () => chart.current?.renderToSVGString() ?? "";
  const pixels = async () => {
    const [width, tall] = [place.current?.clientWidth ?? 800, place.current?.clientHeight ?? height];
    save(`${name}.png`, "image/png", await png(svg(), width, tall));
  };
  return (
    <figure class="card chart" id={`figure-${name}`}>
      <figcaption>
        <h2 class="title">{title}</h2>
        <div class="actions">
          <button type="button" class="action" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
            table
          </button>
          <button type="button" class="action" onClick={() => save(`${name}.csv`, "text/csv", csv(sheet))}>
            CSV
          </button>
          <button type="button" class="action" onClick={() => save(`${name}.svg`, "image/svg+xml", svg())}>
            SVG
          </button>
          <button type="button" class="action" onClick={() => void pixels()}>
            PNG
          </button>
        </div>
      </figcaption>
      {children}
      <div ref={place} role="img" aria-label={`${title}. ${summary}`} class="canvas" style={`height:${height}px`} />
      {open.value && <Table sheet={sheet} caption={title} />}
    </figure>
  );
}

/** Series under names of their own, by which a chart knows them again. */
function placed(option: Option): Option {
  const series = (option["series"] ?? []) as readonly { readonly type?: string; readonly name?: string }[];
  return { ...option, series: series.map((one, at) => ({ id: `${at} ${one.type} ${one.name ?? ""}`, ...one })) };
}

async function begin(element: HTMLDivElement, chart: { current: Chart | undefined }, gone: () => boolean): Promise<void> {
  const { draw } = await import("../charts/echarts");
  if (gone() || chart.current) return;
  chart.current = draw(element);
  chart.current.on("click", (event) => element.dispatchEvent(new CustomEvent("point", { detail: event.data })));
}
