// What may stand in the state, and so in a link. A key is a flag's name with underscores, as in a scenario and over HTTP.

/** Values as they are typed; an empty one is not there. */
export type Fields = Readonly<Record<string, string>>;

/** Fields of one deployment under a load: the request of `estimate`. */
export const DEPLOYED = [
  "model",
  "config",
  "chip",
  "on",
  "engine",
  "quant",
  "kv_dtype",
  "use_case",
  "input",
  "output",
  "concurrency",
  "rate",
  "context",
  "prefix_hit",
  "shared_prefix",
  "tp",
  "pp",
  "dp",
  "ep",
  "memory_fraction",
  "max_sequences",
  "max_batched_tokens",
  "speculative",
  "price",
  "cloud",
  "region",
  "term",
  "utilisation",
] as const;

/** Fields of a plan beside model, format and lengths. */
export const PLANNED = [
  "plan.on",
  "plan.rate",
  "plan.concurrency",
  "plan.ttft",
  "plan.tpot",
  "plan.objective",
  "plan.max_gpus",
  "plan.budget",
  "plan.cloud",
  "plan.term",
] as const;

/** Fields of a training run beside the model. */
export const TRAINED = [
  "train.on",
  "train.tokens",
  "train.sequence",
  "train.global_batch",
  "train.micro_batch",
  "train.stack",
  "train.precision",
  "train.recompute",
  "train.optimizer",
  "train.zero",
  "train.tp",
  "train.pp",
  "train.cp",
  "train.ep",
  "train.price",
  "train.search",
] as const;

/** Fields that say what is looked at. */
export const VIEWED = ["tab", "list", "find"] as const;

export const KEYS: ReadonlySet<string> = new Set([...DEPLOYED, ...PLANNED, ...TRAINED, ...VIEWED]);

export const TABS = ["estimate", "plan", "train", "compare", "methods", "catalogue"] as const;
export type Tab = (typeof TABS)[number];

/** What a first visit shows. */
export const EXAMPLE: Fields = {
  model: "llama-3.1-70b",
  on: "4xh100",
  quant: "fp8",
  input: "1024",
  output: "256",
  concurrency: "32",
};

/** The same for fields of other tabs, which a link need not name. */
export const STARTING: Fields = {
  "plan.rate": "5/s",
  "plan.ttft": "1s",
  "plan.tpot": "40ms",
  "train.on": "8x8xh100",
  "train.tokens": "1T",
};
