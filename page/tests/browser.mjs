// A served page in a browser, for the tests of this folder.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Chromium looks for its maker's hosts at every start unless it is told not to. */
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

function program() {
  const places = [process.env.SLIPSTICK, join(root, "target/release/slipstick"), join(root, "target/debug/slipstick")];
  const found = places.find((place) => place && existsSync(place));
  if (!found) throw new Error("there is no slipstick to serve the page: build it with `cargo build`, or name one in SLIPSTICK");
  return found;
}

/** Starts `slipstick serve` on a free port and returns its address. */
async function serve() {
  const server = spawn(program(), ["serve", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: server.stdout });
  for await (const line of lines) {
    const address = /http:\/\/\S+/.exec(line)?.[0];
    if (address) return { server, address: address.endsWith("/") ? address : `${address}/` };
  }
  throw new Error("slipstick serve ended before it said its address");
}

/** A server and a browser; `open` shows the page with a fragment. */
export async function start() {
  const { server, address } = await serve();
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  const pages = [];
  const open = async (fragment = "", options = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const seen = { requests: [], faults: [] };
    page.on("request", (request) => seen.requests.push(request.url()));
    page.on("pageerror", (error) => seen.faults.push(error.message));
    pages.push(context);
    await page.goto(address + fragment);
    return { page, context, seen };
  };
  const stop = async () => {
    await browser.close();
    server.kill();
  };
  return { address, open, stop, server };
}

/** The verdict, once there is one. */
export function verdict(page) {
  return page.locator("section.verdict");
}
