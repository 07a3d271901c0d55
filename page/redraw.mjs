import { start, verdict } from "./tests/browser.mjs";
const served = await start();
const { page, context } = await served.open("#model=llama-3.1-70b&on=4xh100&quant=fp8&input=1024&output=256&concurrency=1", { viewport: { width: 1280, height: 1600 } });
await verdict(page).getByText("With 1 request ").waitFor();
await page.locator("#figure-throughput svg").waitFor();
await page.waitForTimeout(1500);
const cdp = await context.newCDPSession(page);
await cdp.send("Profiler.enable");
await cdp.send("Profiler.setSamplingInterval", { interval: 200 });
await cdp.send("Profiler.start");
const times = await page.evaluate(async () => {
  const slider = document.querySelector('input[type="range"][aria-label^="Requests in flight"]');
  const said = document.querySelector("section.verdict");
  const chart = document.querySelector("#figure-throughput svg").parentElement;
  const found = { number: [], chart: [] };
  const seen = (place) => new Promise((done) => {
    const start = performance.now();
    const watch = new MutationObserver(() => { watch.disconnect(); requestAnimationFrame(() => done(performance.now() - start)); });
    watch.observe(place, { subtree: true, characterData: true, childList: true, attributes: true });
    setTimeout(() => done(NaN), 2000);
  });
  for (let change = 0; change < 60; change++) {
    const both = [seen(said), seen(chart)];
    slider.value = String(change % 2 ? Math.floor(change / 2) : 45 - Math.floor(change / 2));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    const [n, c] = await Promise.all(both);
    found.number.push(n); found.chart.push(c);
    await new Promise((done) => setTimeout(done, 60));
  }
  return found;
});
const { profile } = await cdp.send("Profiler.stop");
const q = (list, share) => { const s = list.filter((x) => !Number.isNaN(x)).sort((a, b) => a - b); return s[Math.floor(share * (s.length - 1))]?.toFixed(1); };
for (const [name, list] of Object.entries(times)) console.log(name, "p50", q(list, 0.5), "p95", q(list, 0.95), "n", list.length);
const self = new Map(); const node = new Map(profile.nodes.map((n) => [n.id, n]));
const dt = profile.timeDeltas; profile.samples.forEach((id, i) => { const n = node.get(id); const f = n.callFrame; const k = `${f.functionName || "(anon)"} ${f.url.split("/").pop()}:${f.lineNumber}:${f.columnNumber}`; self.set(k, (self.get(k) ?? 0) + dt[i] / 1000); });
const total = [...self].filter(([k]) => !k.startsWith("(idle)")).reduce((a, [, v]) => a + v, 0);
console.log("busy ms a change", (total / 60).toFixed(1));
for (const [k, v] of [...self].sort((a, b) => b[1] - a[1]).slice(0, 25)) console.log((v / 60).toFixed(2), k);
// inclusive by file
await served.stop();
