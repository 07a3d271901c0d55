import { useCallback, useMemo, useRef } from "preact/hooks";
import { useLive } from "../ask/live";
import * as curves from "../charts/curve";
import * as prices from "../charts/prices";
import * as roofs from "../charts/roofline";
import type { Theme } from "../charts/theme";
import { commandLine } from "../format/command";
import { usd } from "../format/number";
import { Copy } from "../parts/Copy";
import { Figure } from "../parts/Figure";
import { useNear } from "../parts/near";
import { Notes } from "../parts/Notes";
import { Refused } from "../parts/Refusal";
import { save } from "../parts/save";
import * as bodies from "../state/body";
import type { Body } from "../state/body";
import { fields, pin, pins, set } from "../state/store";
import { PINS } from "../state/link";
import type { BreakevenAnswer } from "../types/breakeven";
import type { CompareAnswer } from "../types/compare";
import type { EstimateAnswer } from "../types/estimate";
import { Breakeven } from "./Breakeven";
import { Inputs } from "./Inputs";
import { Fixes, Memory } from "./Memory";
import { Operators } from "./Operators";
import { Tiles, Verdict } from "./Verdict";

export function Estimate() {
  const now = fields.value;
  const body = useMemo(() => bodies.estimate(now), [now]);
  const live = useLive<EstimateAnswer>("estimate", body);
  const answer = live.answer?.document;
  const serves = answer?.latency != null;
  return (
    <div class="desk">
      <div class="top" aria-busy={live.busy}>
        <Refused refusal={live.refusal} stale={answer != null} />
        {answer && body && (
          <>
            <Verdict answer={answer} body={body} />
            <Tiles answer={answer} body={body} />
          </>
        )}
      </div>
      <Inputs defaults={answer?.defaults} />
      <div class="answer">
        {answer && body && <Taking body={body} text={live.answer?.text ?? ""} answer={answer} />}
        {answer?.advice && <Fixes advice={answer.advice} />}
        {answer && body && <Memory memory={answer.memory} body={body} />}
        {serves && <Curves answer={answer} />}
        {serves && <Roofline answer={answer} body={body} />}
        {serves && <Prices />}
        {answer && <Notes defaults={answer.defaults} warnings={answer.warnings} />}
      </div>
    </div>
  );
}

/** Ways to take the answer along. */
function Taking({ body, text, answer }: { readonly body: Body; readonly text: string; readonly answer: EstimateAnswer }) {
  const launch = answer.launch_serves ?? answer.launch;
  return (
    <section class="card taking" aria-label="Take it along">
      <div class="actions">
        <Copy label="copy command" text={() => commandLine("estimate", body)} />
        <Copy label="copy JSON" text={() => text} />
        <button type="button" class="action" onClick={() => save("estimate.json", "application/json", text)}>
          save JSON
        </button>
        <button type="button" class="action" disabled={pins.value.length >= PINS} onClick={pin}>
          pin to compare ({pins.value.length}/{PINS})
        </button>
      </div>
      {launch && (
        <div class="launch">
          <code>{launch}</code>
          <Copy label="copy launch command" text={() => launch} />
        </div>
      )}
    </section>
  );
}

function Curves({ answer }: { readonly answer: EstimateAnswer | undefined }) {
  const place = useRef<HTMLDivElement>(null);
  const near = useNear(place);
  const now = fields.value;
  const body = useMemo(() => bodies.curve(now), [now]);
  const live = useLive<CompareAnswer>("compare", body, near);
  const curve = live.answer?.document;
  const throughput = useCallback((theme: Theme) => (curve ? curves.throughput(curve, answer, theme) : {}), [curve, answer]);
  const latency = useCallback((theme: Theme) => (curve ? curves.latency(curve, answer, theme) : {}), [curve, answer]);
  const choose = (data: unknown) => {
    const [at] = (Array.isArray(data) ? data : []) as number[];
    if (at && !now["rate"]) set({ concurrency: String(at) });
  };
  const rows = curve ? curves.served(curve) : [];
  const said = rows.length ? `${rows.length} points from ${rows[0]?.concurrency} to ${rows.at(-1)?.concurrency} requests in flight.` : "";
  return (
    <div class="two" ref={place}>
      {curve && (
        <>
          <Figure name="throughput" title="Throughput against requests in flight" summary={said} option={throughput} sheet={curves.sheet(curve)} onPoint={choose} />
          <Figure name="latency" title="Latency against requests in flight" summary={said} option={latency} sheet={curves.sheet(curve)} onPoint={choose} />
        </>
      )}
    </div>
  );
}

function Roofline({ answer, body }: { readonly answer: EstimateAnswer | undefined; readonly body: Body | null }) {
  const chart = useCallback((theme: Theme, width: number) => (answer ? roofs.option(answer, theme, width) : {}), [answer]);
  if (!answer?.roofline) return null;
  const said = `Operators of one prompt and of one decode step. Most of the time goes into ${answer.bound ?? "several"}.`;
  return (
    <Figure name="roofline" title="Roofline" summary={said} height={360} option={chart} sheet={roofs.sheet(answer.roofline)}>
      <Operators answer={answer} body={body} />
    </Figure>
  );
}

function Prices() {
  const place = useRef<HTMLDivElement>(null);
  const near = useNear(place);
  const now = fields.value;
  const clouds = useLive<CompareAnswer>("compare", useMemo(() => bodies.clouds(now), [now]), near);
  const hostedBody = useMemo(() => bodies.breakeven(now), [now]);
  const hosted = useLive<BreakevenAnswer>("breakeven", hostedBody, near);
  const offered = useMemo(() => (clouds.answer ? prices.clouds(clouds.answer.document) : []), [clouds.answer]);
  const asked = useMemo(() => (hosted.answer ? prices.hosted(hosted.answer.document) : []), [hosted.answer]);
  const cloudChart = useCallback((theme: Theme) => prices.option(offered, "$ per million output tokens", theme), [offered]);
  const hostedChart = useCallback((theme: Theme) => prices.option(asked, "$ per million tokens of this mix", theme), [asked]);
  const cheapest = (rows: readonly prices.Price[]) => (rows[0] ? `Cheapest: ${rows[0].who} at ${usd(rows[0].usd)}.` : "");
  return (
    <div class="two" ref={place}>
      {offered.length > 0 && (
        <Figure name="clouds" title="Cost at every cloud that offers this" summary={cheapest(offered)} height={prices.height(offered)} option={cloudChart} sheet={prices.sheet(offered, "usd_per_million_output_tokens")} />
      )}
      {asked.length > 1 && (
        <Figure name="hosted" title="Your own against hosted prices" summary={cheapest(asked)} height={prices.height(asked)} option={hostedChart} sheet={prices.sheet(asked, "usd_per_million_tokens")}>
          {hosted.answer && hostedBody && <Breakeven answer={hosted.answer.document} body={hostedBody} />}
        </Figure>
      )}
      {hosted.refusal && <p class="hint">No hosted price to compare with: {hosted.refusal.message}</p>}
    </div>
  );
}
