// Writes src/types from the schemas of answers in docs/schemas. They are not committed, so that no schema can leave them behind.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const page = dirname(dirname(fileURLToPath(import.meta.url)));
const schemas = join(page, "..", "docs", "schemas");
const folder = join(page, "src", "types");

/** Answers that the page reads; the file of an answer's types is called as its schema. */
const ANSWERS = [
  "breakeven",
  "compare",
  "engines",
  "estimate",
  "gpus",
  "instances",
  "methods.compare",
  "methods.show",
  "model",
  "models",
  "plan",
  "prices",
  "train",
  "words",
];

const HEAD = "// Written by `npm run types` from docs/schemas.\n";

/** Schemas say much that a type cannot hold; without it the types are short. */
function plain(schema) {
  if (Array.isArray(schema)) return schema.map(plain);
  if (typeof schema !== "object" || schema === null) return schema;
  const dropped = new Set(["title", "minimum", "maximum", "format", "minItems", "maxItems", "unit", "better"]);
  const kept = Object.entries(schema).filter(([key, value]) => !dropped.has(key) || typeof value === "object");
  return Object.fromEntries(kept.map(([key, value]) => [key, plain(value)]));
}

async function types(answer) {
  const schema = plain(JSON.parse(await readFile(join(schemas, `${answer}.json`), "utf8")));
  const root = `${answer[0].toUpperCase()}${answer.slice(1).replace(/\.(.)/g, (_, c) => c.toUpperCase())}Answer`;
  const text = await compile(schema, root, {
    additionalProperties: false,
    bannerComment: "",
    format: false,
    unreachableDefinitions: false,
  });
  return HEAD + text.replace(/^\s*\n/gm, "").replace(/[ \t]+$/gm, "");
}

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
for (const answer of ANSWERS) await writeFile(join(folder, `${answer}.ts`), await types(answer));
