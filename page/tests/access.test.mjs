// Usable without a mouse, without sight of colours, on a narrow screen, on paper, and without a network.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { start, verdict } from "./browser.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const TABS = ["estimate", "plan", "train", "compare", "methods", "catalogue"];
const STATE = "#model=llama-3.1-8b&on=h100&concurrency=8";

let served;
before(async () => void (served = await start()));
after(() => served.stop());

async function violations(page) {
  await page.addScriptTag({ path: AXE });
  const found = await page.evaluate(async () => (await globalThis.axe.run()).violations);
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
}

for (const colorScheme of ["light", "dark"]) {
  for (const tab of TABS) {
    test(`axe finds nothing in ${tab}, ${colorScheme}`, async () => {
      const { page } = await served.open(`${STATE}&tab=${tab}`, { bypassCSP: true, colorScheme });
      await page.locator("main table, main svg").first().waitFor({ state: "attached" });
      await page.waitForTimeout(500);
      assert.deepEqual(await violations(page), []);
    });
  }
}

test("axe finds nothing in an explanation or in a refusal", async () => {
  const { page } = await served.open(`${STATE}&oops=1`, { bypassCSP: true });
  await page.getByRole("alert").waitFor();
  await page.getByRole("button", { name: /^Time per output token/ }).first().click();
  await page.getByRole("dialog").locator("math").waitFor();
  assert.deepEqual(await violations(page), []);
});

for (const width of [360, 390, 768, 1280, 3840]) {
  test(`nothing is scrolled sideways at ${width} px`, async () => {
    const { page } = await served.open(STATE, { viewport: { width, height: 800 } });
    for (const tab of TABS) {
      await page.goto(`${served.address}${STATE}&tab=${tab}`);
      await page.locator("main .card").first().waitFor();
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await page.waitForTimeout(300);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${tab} is ${wide} px too wide`);
    }
  });
}

test("the keyboard alone asks, reads and explains", async () => {
  const { page } = await served.open(STATE);
  await verdict(page).getByText("With 8 requests").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "skip to the answer");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.match(await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? ""), /Explain$/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").locator("h2").waitFor();
  await page.keyboard.press("Escape");
  assert.match(await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? ""), /Explain$/);
});

test("no other host is asked for anything", async () => {
  const { page, seen } = await served.open(STATE);
  for (const tab of TABS) {
    await page.goto(`${served.address}${STATE}&tab=${tab}`);
    await page.locator("main table, main svg").first().waitFor({ state: "attached" });
  }
  const others = seen.requests.filter((url) => !url.startsWith(served.address) && !url.startsWith("data:") && !url.startsWith("blob:"));
  assert.deepEqual(others, []);
});

test("without the server the last answer stays, and that is said", async () => {
  const { page, context } = await served.open(STATE);
  await verdict(page).getByText("With 8 requests").waitFor();
  await context.setOffline(true);
  await page.getByRole("slider", { name: "Requests in flight" }).press("ArrowRight");
  await page.getByRole("alert").getByText("does not answer").waitFor();
  await verdict(page).getByText("With 8 requests").waitFor();
  await context.setOffline(false);
  await page.getByRole("slider", { name: "Requests in flight" }).press("ArrowRight");
  await page.getByRole("alert").waitFor({ state: "detached" });
});

test("on paper there is the answer without its controls, also what nobody has scrolled to", async () => {
  const { page } = await served.open(STATE);
  await page.locator("#figure-clouds svg").waitFor({ state: "attached" });
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("form.inputs").isVisible(), false);
  assert.equal(await verdict(page).isVisible(), true);
});
