// One headless browser, a page for each lane, and the server that they load from: the library as it is built, and
// the peers' files as they are installed.

import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { build, createServer, type Plugin, type ViteDevServer } from "vite";
import { type Name, workloads } from "../../../demo/measure/workloads.js";
import { browserArgs, findBrowser } from "../../../scripts/browser.mjs";
import { root } from "../../../scripts/setup.mjs";
import type { LaneName } from "./lanes/lane.js";
import type { Runner } from "./race.js";
import { type Kind, reference } from "./references.js";

export const folder = join(root, "test/bench/peers");
export const peers = join(folder, "node_modules");
const library = join(root, ".cache/bench/webrnn");
export const builtLibrary = join(library, "index.js");

export async function serve(): Promise<ViteDevServer> {
  const configFile = join(root, "vite.config.ts");
  await build({ configFile, mode: "production", logLevel: "error", build: { outDir: library } });
  const server = await createServer({
    ...{ configFile: false, root, publicDir: peers, logLevel: "error", plugins: [references()] },
    resolve: { alias: [{ find: /^webrnn$/, replacement: builtLibrary }] },
    optimizeDeps: { noDiscovery: true },
    server: {
      ...{ host: "127.0.0.1", hmr: false, ws: false },
      // an isolated page has a finer clock
      headers: {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      },
    },
  });
  return server.listen();
}

/** /reference/C_lstm/own: what must come out, as float64. */
function references(): Plugin {
  return {
    name: "references",
    configureServer({ middlewares }) {
      middlewares.use("/reference", (request, response) => {
        const [, name, kind] = request.url?.split("/") ?? [];
        const workload = workloads.find((candidate) => candidate.name === name);
        const sent = workload && reference(workload, kind as Kind); // the page asks by its own kinds
        sent?.then(({ buffer }) => response.end(Buffer.from(buffer as ArrayBuffer))); // a plain array's
      });
    },
  };
}

export function launch(): Promise<Browser> {
  const executablePath = findBrowser();
  if (!executablePath) {
    throw new Error(
      "bench: no Chrome or Chromium was found; install one, or name its executable in WEBRNN_BROWSER.",
    );
  }
  // workgroup memory is zeroed, as in every visitor's browser
  return chromium.launch({ executablePath, args: browserArgs({ workgroupInit: true }) });
}

export interface LanePage extends Runner {
  /** As far as the library tells it. */
  readonly device: string;
  /** The peers' files that it has loaded, by their paths under `peers`. */
  readonly files: ReadonlySet<string>;
}

export async function openPage(browser: Browser, server: ViteDevServer, name: LaneName): Promise<LanePage> {
  const [address] = server.resolvedUrls?.local ?? [];
  const context = await browser.newContext(); // a window of its own: none is in the background
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  const files = new Set<string>();
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (/^\/(onnxruntime-web|@)/.test(pathname) && !pathname.startsWith("/@vite")) files.add(pathname);
  });
  await page.goto(`${address}test/bench/peers/index.html`);
  // as text: what runs in the page is no code of this file
  const call = <T>(what: string): Promise<T> =>
    page.evaluate<T>(`import("/test/bench/peers/page.ts").then((bench) => bench.${what})`);
  return {
    device: await call(`start("${name}")`),
    files,
    prepare: (workload: Name) => call(`prepare("${workload}")`),
    run: (workload: Name, times: number) => call(`run("${workload}", ${times})`),
    close: () => context.close(),
  };
}
