// A configuration is pasted, also a bad one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start, verdict } from "./browser.mjs";

let served;
before(async () => void (served = await start()));
after(() => served.stop());

const CONFIG = {
  model_type: "llama",
  architectures: ["LlamaForCausalLM"],
  torch_dtype: "bfloat16",
  hidden_size: 2048,
  intermediate_size: 8192,
  num_hidden_layers: 16,
  vocab_size: 128256,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 64,
  rms_norm_eps: 1e-5,
  max_position_embeddings: 131072,
  tie_word_embeddings: true,
};

async function paste(page, text) {
  await page.getByText("paste or drop a config.json").click();
  await page.getByLabel("config.json", { exact: true }).fill(text);
}

test("a pasted configuration is a model, in every question and in the link", async () => {
  const { page, seen } = await served.open("#model=llama-3.1-70b&on=h100");
  await paste(page, JSON.stringify(CONFIG, null, 2));
  await verdict(page).getByText("pasted-config").waitFor();
  await page.locator("#figure-throughput svg").waitFor();
  await page.waitForURL(/config=/);
  const { page: other } = await served.open(new URL(page.url()).hash);
  await verdict(other).getByText("pasted-config").waitFor();
  assert.deepEqual(seen.faults, []);
});

test("what is no JSON is told before it is asked", async () => {
  const { page } = await served.open("#model=llama-3.1-70b&on=h100");
  await paste(page, '{"model_type": "llama", ');
  await page.getByRole("alert").getByText("this is no JSON").waitFor();
});

test("a configuration of an unknown architecture is refused by name", async () => {
  const { page } = await served.open("#model=llama-3.1-70b&on=h100");
  await paste(page, JSON.stringify({ ...CONFIG, model_type: "perpetuum", architectures: ["PerpetuumForCausalLM"] }));
  const alert = page.getByRole("alert").getByText("perpetuum");
  await alert.first().waitFor();
});

test("an accelerator of one's own is begun with a known one, changed, and stands in the link", async () => {
  const { page, seen } = await served.open("#model=llama-3.1-70b&on=4xh100&quant=fp8&concurrency=8");
  await page.getByText("describe one of your own").click();
  await page.getByRole("button", { name: "begin with h100" }).click();
  await verdict(page).getByText("4 × my-nvidia-h100-sxm-80gb").waitFor();
  const box = page.getByLabel("An accelerator of your own, in TOML");
  await box.fill((await box.inputValue()).replace("my-nvidia-h100-sxm-80gb", "twice").replace(/memory = "[^"]*"/, 'memory = "160GiB"'));
  await verdict(page).getByText("4 × twice").waitFor();
  // An address follows 200 ms after the last change; until then it may hold the accelerator that this one began as.
  await page.waitForURL(/chip=[^&]*twice/);
  const { page: other } = await served.open(new URL(page.url()).hash);
  await verdict(other).getByText("4 × twice").waitFor();
  await box.fill("[broken");
  await page.getByRole("alert").first().waitFor();
  assert.deepEqual(seen.faults, []);
});

test("what flags take is what the catalogue lists", async () => {
  const { page } = await served.open("#model=llama-3.1-70b&on=h100&use_case=rag");
  const uses = page.getByLabel("Use", { exact: true });
  await page.waitForFunction(() => document.querySelectorAll("option[value=chatbot]").length > 0);
  assert.equal(await uses.inputValue(), "rag");
  const formats = await page.locator("datalist option[value=nvfp4]").count();
  assert.ok(formats > 0);
});
