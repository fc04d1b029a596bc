// `npm test`: installs what is missing, a browser included, then runs types, lint, unit, GPU, end-to-end and
// package tests. `npm test -- unit gpu` runs some of them. WEBRNN_GPU=hardware uses the machine's own GPU.

import { installBrowser } from "./browser.mjs";
import { root, setup } from "./setup.mjs";
import { check, playwright, runStages, vitest } from "./stages.mjs";

const tsc = "typescript/bin/tsc";
const stages = [
  check("types", [
    [tsc, "-p", root],
    [tsc, "-p", `${root}/src`, "--noEmit"],
  ]),
  check("lint", [["@biomejs/biome/bin/biome", "check", "--error-on-warnings"]]),
  vitest("unit"),
  vitest("gpu"),
  playwright("e2e", "test/e2e/playwright.config.ts"),
  vitest("package"),
];

const wanted = process.argv.slice(2);
const names = stages.map(({ name }) => name);
const unknown = wanted.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`npm test: there is no stage ${unknown}; name some of ${names.join(", ")}, or none for all.`);
  process.exit(1);
}
setup();
const chosen = stages.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.some(({ name }) => ["gpu", "e2e", "package"].includes(name))) {
  try {
    process.env.WEBRNN_BROWSER = installBrowser();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
  console.log(`Browser: ${process.env.WEBRNN_BROWSER}`);
}
runStages(chosen);
