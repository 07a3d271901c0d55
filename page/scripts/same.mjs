// Builds the page anew and says whether the bundle that is built into the program is that, byte for byte.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const page = dirname(dirname(fileURLToPath(import.meta.url)));
const committed = join(page, "..", "crates", "slipstick-server", "assets");
const fresh = await mkdtemp(join(tmpdir(), "slipstick-page-"));

async function files(folder) {
  const names = await readdir(folder);
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))])));
}

try {
  await build({ root: page, logLevel: "warn", build: { outDir: fresh, emptyOutDir: true } });
  const [is, should] = [await files(committed), await files(fresh)];
  const names = [...new Set([...is.keys(), ...should.keys()])].sort();
  const differ = names.filter((name) => !is.get(name)?.equals(should.get(name) ?? Buffer.alloc(0)));
  if (differ.length) {
    console.error(`crates/slipstick-server/assets is not what page/ builds (${differ.join(", ")}): run \`npm run bundle\` in page/`);
    process.exitCode = 1;
  } else {
    console.log(`the bundle is what page/ builds: ${names.join(", ")}`);
  }
} finally {
  await rm(fresh, { recursive: true, force: true });
}
