// Runs a bench of test/bench by its name: node scripts/bench.mjs train_text novel 1. Vite bundles it first:
// what it serves to node unbundled reaches each import through a property, which makes inner loops two to
// three times slower.

import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "vite";
import { softwareVulkan } from "./browser.mjs";

const [name, ...args] = process.argv.slice(2);
const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const outDir = at(`../.cache/bench/${name}`);
await build({
  plugins: [scripts()],
  mode: "demo", // its plugins read texts, shaders and AssemblyScript
  logLevel: "error",
  build: {
    ssr: at(`../test/bench/${name}.ts`),
    outDir,
    emptyOutDir: true,
    minify: false,
    rolldownOptions: { output: { entryFileNames: "bench.js" } },
  },
});
/**
 * Scripts stay where they lie, since they look for files from there.
 * @returns {import("vite").Plugin}
 */
function scripts() {
  return {
    name: "scripts",
    enforce: "pre",
    resolveId(id, importer) {
      if (!importer || !id.includes("/scripts/")) return null;
      return { id: new URL(id, pathToFileURL(importer)).href, external: true };
    },
  };
}

const bench = JSON.stringify(pathToFileURL(`${outDir}/bench.js`).href);
const program = `const { main } = await import(${bench}); await main(${JSON.stringify(args)});`;
// a process of its own: node's Dawn finds its driver by variables that must be there from the start
const { status } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
  stdio: "inherit",
  env: { ...process.env, ...softwareVulkan() },
});
process.exitCode = status ?? 1;
