// Runs a bench of test/bench by its name: node scripts/bench.mjs train_text novel 1. Vite reads the
// TypeScript and the shaders.

import { createServer } from "vite";

const [name, ...args] = process.argv.slice(2);
const server = await createServer({
  server: { middlewareMode: true, hmr: false, ws: false },
  logLevel: "error",
});
try {
  const { main } = await server.ssrLoadModule(new URL(`../test/bench/${name}.ts`, import.meta.url).pathname);
  await main(args);
} finally {
  await server.close();
}
