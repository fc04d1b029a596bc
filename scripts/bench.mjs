// Runs a bench of test/bench by its name: node scripts/bench.mjs train_text novel 1. Vite bundles it first:
// what it serves to node unbundled reaches each import through a property, which makes inner loops two to
// three times slower.

import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "vite";

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

const { main } = await import(pathToFileURL(`${outDir}/bench.js`).href);
await main(args);
