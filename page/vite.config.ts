import { existsSync, readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Whose work is in the bundle. */
const INSIDE = ["echarts", "zrender", "tslib", "preact", "@preact/signals", "@preact/signals-core", "temml"];

/** Their licences, beside the bundle. */
function licences(): Plugin {
  const text = (name: string) => {
    const folder = `${import.meta.dirname}/node_modules/${name}`;
    const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as { version: string; license: string };
    const file = ["LICENSE", "LICENSE.txt", "LICENSE.md"].map((one) => `${folder}/${one}`).find(existsSync);
    return `${name} ${version}, ${license}\n\n${file ? readFileSync(file, "utf8").trim() : ""}\n`;
  };
  return {
    name: "licences",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "licences.txt", source: INSIDE.map(text).join(`\n${"-".repeat(72)}\n\n`) });
    },
  };
}

// Names are fixed, so that the committed bundle changes only where its text does; the server tells browsers by its ETag.
export default defineConfig({
  base: "./",
  plugins: [licences()],
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    outDir: "../crates/slipstick-server/assets",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    rollupOptions: {
      output: {
        entryFileNames: "app.js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8177" } },
  test: { include: ["src/**/*.test.ts"] },
});
