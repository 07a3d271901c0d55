// Words that are suggested where any word of the command line may be typed; what is wrong among them, the answer says.

export const COUNTS = ["1", "2", "4", "8", "2x8", "4x8"] as const;

export const WEIGHT_FORMATS = ["bf16", "fp8", "int8", "awq", "gptq-int8", "nvfp4", "mxfp4", "nf4", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "mlx-4bit"];

export const CACHE_FORMATS = ["bf16", "fp8", "int8", "q8_0", "q4_0"];

export const DRAFTS = ["none", "mtp=1", "ngram=4"];

export const USE_CASES = [
  ["", "own lengths"],
  ["chatbot", "chatbot"],
  ["rag", "documents (RAG)"],
  ["code-completion", "code completion"],
  ["agents", "agents"],
  ["summarisation", "summarisation"],
  ["reasoning", "reasoning"],
] as const;

export const TERMS = [
  ["", "auto"],
  ["on-demand", "on demand"],
  ["spot", "spot"],
  ["1y", "1 year"],
  ["3y", "3 years"],
] as const;

export const OBJECTIVES = [
  ["", "auto"],
  ["usd-per-hour", "dollars an hour"],
  ["usd-per-token", "dollars a token"],
  ["accelerators", "fewest accelerators"],
  ["tokens-per-accelerator", "output of each"],
  ["latency", "latency"],
  ["energy", "energy"],
] as const;

export const RECOMPUTES = ["none", "full", "selective", "norms,activation"];
export const PRECISIONS = ["bf16", "fp8", "mxfp8", "nvfp4", "fp16", "fp32"];
export const STACKS = ["megatron-core", "torchtitan", "deepspeed", "hf-trainer", "transformers"];
export const OPTIMIZERS = ["adamw", "adamw-8bit", "muon", "lion", "sgd", "adafactor"];
