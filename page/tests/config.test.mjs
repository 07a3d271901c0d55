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
