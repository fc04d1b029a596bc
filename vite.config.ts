// How webrnn is built and tested. `vite build` makes the library, `vite build --mode demo` the page as static
// files, `vite` serves the page; `vitest --project NAME` runs one of the test projects below.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import type { Plugin, UserConfig } from "vite";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { texts } from "./demo/text/plugin.js";
import { assembly } from "./scripts/assembly.mjs";
import { browserArgs, findBrowser } from "./scripts/browser.mjs";
import { cutPrograms } from "./test/programs/cuts.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** In a build, takes comments, line breaks and needless spaces out of shaders, and what their kernels declare. */
function strippedShaders(): Plugin {
  return {
    name: "stripped-shaders",
    apply: "build",
    enforce: "pre",
    load(id) {
      if (!id.endsWith(".wgsl?raw")) {
        return null;
      }
      const text = readFileSync(id.slice(0, -"?raw".length), "utf8")
        .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
        .replace(/\s+/g, " ")
        .replace(/struct Params \{.*?\}|@group\(0\) @binding\(\d+\) var<.*?;/g, "")
        // beside a name, number or bracket a space parts nothing; between two operators it may
        .replace(/(?<=[\w)\]}]) (?=\W)|(?<=\W) (?=[\w([{])/g, "");
      return `export default ${JSON.stringify(text.trim())};`;
    },
  };
}

const resolve = {
  alias: [
    { find: /^webrnn$/, replacement: here("src/index.ts") },
    // its bare import throws in node, its types hang on the bare name
    { find: /^wgsl_reflect$/, replacement: here("node_modules/wgsl_reflect/wgsl_reflect.module.js") },
  ],
};

const library: UserConfig = {
  plugins: [strippedShaders(), assembly()],
  build: {
    target: "es2022",
    sourcemap: true,
    minify: false,
    copyPublicDir: false,
    lib: { entry: here("src/index.ts"), formats: ["es"], fileName: () => "index.js" },
  },
};

const pageTexts = texts(); // one for the page and its workers: it reads the languages once

const demo: UserConfig = {
  root: here("demo"),
  base: "./",
  resolve,
  plugins: [strippedShaders(), assembly(), pageTexts],
  worker: { format: "es", plugins: () => [strippedShaders(), assembly(), pageTexts] },
  server: { host: "127.0.0.1", fs: { allow: [here(".")] } },
  preview: { host: "127.0.0.1", port: 4173, strictPort: true },
  build: {
    target: "es2022",
    outDir: here("demo/dist"),
    emptyOutDir: true,
    chunkSizeWarningLimit: 8_000,
    rolldownOptions: { checks: { pluginTimings: false } }, // reading the texts takes seconds, and may
  },
};

/** A new one for each project: vitest writes names into it. */
const browser = () => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({
    launchOptions: { executablePath: findBrowser() ?? "chromium", args: browserArgs() },
  }),
  instances: [{ browser: "chromium" as const }],
});

const isAll = process.env.WEBRNN_HOSTS === "all";

/**
 * The GPU tests outside a browser: every text compiled, activations, random numbers, errors, and `more`; with
 * WEBRNN_HOSTS=all `most` too, for which a compiler of seconds a text takes many minutes, once: it keeps what it made.
 */
const elsewhere = (name: string, more: readonly string[], most: readonly string[]) => ({
  name,
  include: [
    "test/hosts/features.test.ts",
    ...["gpu/variants", "gpu/activations", "gpu/random", "gpu/errors", ...more, ...(isAll ? most : [])].map(
      (file) => `test/${file}.test.ts`,
    ),
  ],
  pool: "forks" as const, // in threads the environment does not reach the driver
  testTimeout: isAll ? 3_000_000 : 300_000,
});

const tests: ViteUserConfig = {
  resolve,
  plugins: [cutPrograms(), assembly()],
  test: {
    maxWorkers: "100%", // one less than the cores unless said: half of two
    projects: [
      { extends: true, test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: "gpu",
          include: ["test/gpu/**/*.test.ts", "test/programs/**/*.test.ts"],
          testTimeout: 60_000,
          fileParallelism: false,
          browser: browser(),
        },
      },
      // what scripts/test_hosts.mjs runs beside the browser: node's Dawn and deno's wgpu
      {
        extends: true,
        test: {
          ...elsewhere(
            "gpu_node",
            ["hosts/float16_arithmetic", "gpu/kernels", "gpu/strategies", "fuzz/streams"],
            ["hosts/float16_goldens", "gpu/float16", "gpu/goldens_recurrent"],
          ),
          setupFiles: ["test/hosts/node_gpu.ts"],
        },
      },
      { extends: true, test: elsewhere("gpu_deno", [], ["hosts/float16_arithmetic", "gpu/kernels"]) },
      {
        extends: true,
        test: { name: "sweep", include: ["test/fuzz/{differences,wirings}.test.ts"], testTimeout: 120_000 },
      },
      {
        extends: true,
        test: {
          name: "sweep_gpu",
          include: ["test/fuzz/{agreement,strategies,streams,ways}.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          browser: browser(),
        },
      },
      // the folder of cases arrives in WEBRNN_PEER_CASES
      { extends: true, test: { name: "peers", include: ["test/peers/**/*.test.ts"], testTimeout: 60_000 } },
      {
        extends: true,
        test: {
          name: "package",
          include: ["test/package/**/*.test.ts"],
          globalSetup: ["test/package/setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
};

export default defineConfig(({ mode, command }) => {
  if (process.env.VITEST) {
    return tests;
  }
  return command === "build" && mode !== "demo" ? library : demo;
});
