// `npm run bench:cpu [-- SECONDS]`: the CPU backend beside onnxruntime-web's wasm with one thread,
// interleaved in one Chromium page; training against plain loops, there and in node; a cell operation by
// operation against one function. Prints a table and writes it to test/bench/results/cpu_peers.md. SECONDS is
// how long a race takes (8). onnxruntime-web is this folder's own package, installed here by the first run.

import { existsSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";
import { assembly } from "../../../scripts/assembly.mjs";
import { browserArgs, findBrowser } from "../../../scripts/browser.mjs";
import { npm, root } from "../../../scripts/setup.mjs";
import type { Report } from "./page.js";
import { tableOf } from "./table.js";
import { trainingRows } from "./training.js";
import { fused, trainingLane } from "./webrnn_lanes.js";

const at = (path: string): string => join(root, "test/bench/cpu_peers", path);
/** onnxruntime-web's files, served as they are. */
const ortFiles = at("node_modules/onnxruntime-web/dist");

export async function main([seconds = "8"]: readonly string[]): Promise<void> {
  const length = Number(seconds);
  if (!(length > 0)) {
    throw new Error(`bench:cpu: the seconds of a race are "${seconds}"; give a number above 0, or nothing.`);
  }
  install();
  const server = await serve();
  try {
    const { rows, ort, browser } = await inBrowser(server, length);
    const inNode = await trainingRows("node", [await trainingLane(fused)], undefined, length);
    const text = page({ table: tableOf([...rows, ...inNode]), ort, browser });
    console.log(text);
    writeFileSync(at("../results/cpu_peers.md"), text);
  } finally {
    await server.close();
  }
}

function install(): void {
  if (existsSync(ortFiles)) return;
  console.log("Installing onnxruntime-web for this bench alone");
  if (!npm(["install", "--ignore-scripts", "--no-package-lock"], { cwd: at(".") })) {
    throw new Error("bench:cpu: npm install failed, see its output above; the bench needs onnxruntime-web.");
  }
}

function serve(): Promise<ViteDevServer> {
  return createServer({
    configFile: false,
    root,
    publicDir: ortFiles,
    plugins: [assembly()],
    resolve: { alias: [{ find: /^webrnn$/, replacement: at("../../../src/index.ts") }] },
    optimizeDeps: { noDiscovery: true },
    logLevel: "error",
    server: {
      host: "127.0.0.1",
      hmr: false,
      ws: false,
      // an isolated page has a finer clock
      headers: {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      },
    },
  });
}

async function inBrowser(server: ViteDevServer, seconds: number): Promise<Report & { browser: string }> {
  await server.listen();
  const [address] = server.resolvedUrls?.local ?? [];
  const executablePath = findBrowser();
  if (!executablePath) {
    throw new Error(
      "bench:cpu: no Chrome or Chromium was found; install one, or name its executable in WEBRNN_BROWSER.",
    );
  }
  const browser = await chromium.launch({ executablePath, args: browserArgs() });
  try {
    const page = await browser.newPage();
    await page.goto(`${address}test/bench/cpu_peers/index.html`);
    // as text: what runs in the page is no code of this file
    const report: Report = await page.evaluate(
      `import("/test/bench/cpu_peers/page.ts").then((bench) => bench.main(${seconds}))`,
    );
    return { ...report, browser: browser.version() };
  } finally {
    await browser.close();
  }
}

function page({ table, ort, browser }: { table: string; ort: string; browser: string }): string {
  const [{ model }, ...more] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  return `# The CPU backend beside onnxruntime-web

Printed by \`npm run bench:cpu\` on ${date}: ${model}, ${more.length + 1} cores, Chromium ${browser}, node ${process.versions.node},
onnxruntime-web ${ort} (wasm, one thread). Lanes take turns in one page (the last race: in node); the fastest run
of each counts. Ratios are what to read; milliseconds are of this machine, which others may have used meanwhile.

${table}
`;
}
