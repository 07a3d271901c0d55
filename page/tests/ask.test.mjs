// A question is asked, changed, read, shared.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start, verdict } from "./browser.mjs";

let served;
before(async () => void (served = await start()));
after(() => served.stop());

const SHARED = "#model=llama-3.1-8b&on=h100&concurrency=8&input=2048&output=128";

test("a first visit shows an example with its answer", async () => {
  const { page, seen } = await served.open();
  await verdict(page).getByText("It fits").waitFor();
  await page.locator("#figure-memory svg").waitFor();
  assert.match(await verdict(page).textContent(), /Llama-3\.1-70B.*first token comes after.*tokens\/s/s);
  assert.match(await page.locator(".facts").textContent(), /70\.6B parameters, 80 layers/);
  assert.deepEqual(seen.faults, []);
});

test("a model is picked from a search", async () => {
  const { page } = await served.open();
  await verdict(page).getByText("It fits").waitFor();
  const box = page.getByRole("combobox", { name: "Model" });
  await box.click();
  await box.fill("qwen3 32b");
  await page.getByRole("option").first().waitFor();
  await box.press("ArrowDown");
  await box.press("Enter");
  await verdict(page).getByText("Qwen3-32B").first().waitFor();
  await page.waitForURL(/model=qwen3-32b/);
});

test("everything is computed again while a slider moves", async () => {
  const { page } = await served.open(SHARED);
  await verdict(page).getByText("With 8 requests").waitFor();
  const before = await page.locator(".tiles").textContent();
  const slider = page.getByRole("slider", { name: "Requests in flight" });
  await slider.focus();
  for (let step = 0; step < 8; step++) await slider.press("ArrowRight");
  await verdict(page).getByText("With 32 requests").waitFor();
  assert.notEqual(await page.locator(".tiles").textContent(), before);
  await page.waitForURL(/concurrency=32/);
});

test("a link is a shared answer", async () => {
  const { page } = await served.open(SHARED);
  await verdict(page).getByText("With 8 requests").waitFor();
  const said = await verdict(page).textContent();
  const { page: other } = await served.open(new URL(page.url()).hash);
  await verdict(other).getByText("With 8 requests").waitFor();
  assert.equal(await verdict(other).textContent(), said);
});

test("what a link holds that is not understood is told", async () => {
  const { page } = await served.open("#model=llama-3.1-8b&on=h100&wheels=4&tab=garage");
  const alert = page.getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.textContent(), /wheels=4: there is no such field.*tab=garage: there is no such tab/s);
  await verdict(page).waitFor();
});

test("what is refused says what, where, and what to do", async () => {
  const { page } = await served.open("#model=lama-3.1-8b&on=h100");
  const alert = page.getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.textContent(), /lama-3\.1-8b/);
});

test("what does not fit offers what would, and does it", async () => {
  const { page } = await served.open("#model=llama-3.1-70b&on=2xrtx-3090");
  await verdict(page).getByText("It does not fit").waitFor();
  await page.locator(".fix").first().click();
  await verdict(page).getByText("It fits").waitFor();
});

test("every number opens its formula, and its inputs open theirs", async () => {
  const { page } = await served.open(SHARED);
  await page.getByRole("button", { name: /^Time per output token.*Explain/ }).first().click();
  const drawer = page.getByRole("dialog");
  await drawer.locator("math").waitFor();
  assert.match(await drawer.textContent(), /Time between two tokens.*Source/s);
  await drawer.locator("button.link").first().click();
  await drawer.getByText("← back").waitFor();
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "hidden" });
});

test("the answer is taken along as a command and as JSON", async () => {
  const { page, context } = await served.open(SHARED);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = async (name) => {
    await page.getByRole("button", { name, exact: true }).click();
    await page.getByText("copied").first().waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  assert.equal(await copied("copy command"), "slipstick estimate llama-3.1-8b --on h100 --input 2048 --output 128 --concurrency 8");
  assert.equal(JSON.parse(await copied("copy JSON")).schema, "slipstick.estimate/1");
  assert.match(await copied("copy launch command"), /^vllm serve/);
});

test("a chart is a table one click away, and a file", async () => {
  const { page } = await served.open(SHARED);
  const figure = page.locator("#figure-throughput");
  await figure.locator("svg").waitFor();
  await figure.getByRole("button", { name: "table" }).click();
  assert.ok((await figure.locator("tbody tr").count()) > 8);
  for (const [kind, begins] of [["CSV", "concurrency,"], ["SVG", "<svg"], ["PNG", "\u0089PNG"]]) {
    const [download] = await Promise.all([page.waitForEvent("download"), figure.getByRole("button", { name: kind }).click()]);
    const stream = await download.createReadStream();
    const [chunk] = await stream.take(1).toArray();
    assert.ok(chunk.toString("latin1").startsWith(begins), kind);
  }
});

test("scenarios are pinned and stand side by side", async () => {
  const { page } = await served.open(SHARED);
  await verdict(page).getByText("With 8 requests").waitFor();
  await page.getByRole("button", { name: /^pin to compare/ }).click();
  await page.getByRole("combobox", { name: "Accelerator" }).fill("l40s");
  await page.getByRole("combobox", { name: "Accelerator" }).press("Enter");
  await verdict(page).getByText("l40s").waitFor();
  await page.getByRole("link", { name: /Compare/ }).click();
  await page.locator("tr.differs").first().waitFor();
  await page.waitForURL(/pin=/);
  assert.equal(await page.locator("table.compare thead th").count(), 2);
  await page.locator("table.compare button.num").first().click();
  await page.getByRole("dialog").locator("math").waitFor();
});

for (const [tab, shows] of [
  ["plan", "Best of"],
  ["train", "of the peak"],
  ["methods", "Side by side"],
  ["catalogue", "Models known by name"],
]) {
  test(`the ${tab} tab answers`, async () => {
    const { page, seen } = await served.open(`${SHARED}&tab=${tab}`);
    await page.getByText(shows).first().waitFor();
    await page.waitForTimeout(300);
    assert.equal(await page.getByRole("alert").count(), 0);
    assert.deepEqual(seen.faults, []);
  });
}
