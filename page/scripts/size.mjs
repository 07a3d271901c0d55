// How many bytes a visit loads, compressed as a server compresses them, against their limit.
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const LIMIT = 400_000;
const assets = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "crates", "slipstick-server", "assets");

let sum = 0;
for (const name of await readdir(assets)) {
  const bytes = gzipSync(await readFile(join(assets, name))).length;
  sum += bytes;
  console.log(`${String(bytes).padStart(8)}  ${name}`);
}
console.log(`${String(sum).padStart(8)}  in all, of ${LIMIT}`);
if (sum > LIMIT) process.exitCode = 1;
