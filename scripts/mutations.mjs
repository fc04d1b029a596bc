// `npm run test:mutations`: plants the faults of test/mutations.mjs one at a time in a copy of the project,
// runs the tests that should notice, and prints which did. Ends with 1 if a fault survives. `-- TEXT …` plants
// those alone whose names hold one of the texts.

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { mutations } from "../test/mutations.mjs";
import { root } from "./setup.mjs";

const copy = mkdtempSync(join(tmpdir(), "webrnn-mutations-"));
const left = ["node_modules", ".git", ".cache", "dist"];
const isWanted = (/** @type {string} */ path) => !left.includes(relative(root, path).split("/").at(-1) ?? "");
cpSync(root, copy, { recursive: true, filter: isWanted });
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "dir");

/**
 * Runs test files up to the first failure.
 * @param {readonly string[]} tests
 * @returns {string | undefined} the name of the test that failed; undefined if all passed
 */
function firstFailure(tests) {
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const args = [
    "run",
    "--project",
    "unit",
    "--bail=1",
    "--reporter=json",
    `--outputFile=${report}`,
    ...tests,
  ];
  const { status } = spawnSync(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), ...args], {
    cwd: copy,
    stdio: "ignore",
  });
  /** @type {{ testResults: { name: string, message: string, assertionResults: { status: string, fullName: string }[] }[] }} */
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  for (const { name, message, assertionResults } of testResults) {
    const failed = assertionResults.find((one) => one.status === "failed");
    if (failed || message) return `${relative(copy, name)}: ${(failed?.fullName ?? message).split("\n")[0]}`;
  }
  return status === 0 ? undefined : "the tests did not run";
}

/** @param {import("../test/mutations.mjs").Mutation} mutation */
function caughtBy({ file, text, becomes, tests }) {
  const path = join(copy, file);
  const before = readFileSync(path, "utf8");
  writeFileSync(
    path,
    before.replace(text, () => becomes),
  );
  try {
    return firstFailure(tests);
  } finally {
    writeFileSync(path, before);
  }
}

const wanted = process.argv.slice(2);
const isPlanted = (/** @type {string} */ fault) =>
  wanted.length === 0 || wanted.some((text) => fault.includes(text));
const planted = mutations.filter(({ fault }) => isPlanted(fault));
let survivors = 0;
try {
  const failure = firstFailure([...new Set(planted.flatMap(({ tests }) => tests))]);
  if (failure) throw new Error(`mutations: without a fault there is a failure: ${failure}`);
  console.log("| fault | where | noticed by |\n| --- | --- | --- |");
  for (const mutation of planted) {
    const test = caughtBy(mutation);
    if (test === undefined) survivors += 1;
    console.log(`| ${mutation.fault} | ${mutation.file} | ${test ?? "NOBODY"} |`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`${planted.length - survivors} passed, ${survivors} failed`);
process.exitCode = survivors > 0 || planted.length === 0 ? 1 : 0;
