// A stage of the tests is one tool with a report that a machine can read. This runs stages, counts what
// passed and failed, and ends with the line `N passed, N failed`.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";

const reports = ".cache/reports";

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Count
 * @typedef {{ name: string, run: () => Count }} Stage
 */

/**
 * Runs a script of a package, its output on the terminal.
 * @param {string} script a file under node_modules
 * @param {string[]} args
 * @param {Record<string, string>} [env] variables beside the present ones
 * @param {string[]} [runtime] what runs it: this node unless said
 * @returns {boolean} whether it ended with 0
 */
function tool(script, args, env = {}, [command, ...before] = [process.execPath]) {
  const { status } = spawnSync(command, [...before, `node_modules/${script}`, ...args], {
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  return status === 0;
}

/**
 * Reads a tool's report. A tool that failed without naming a test, that left no report or that ran no test
 * counts as one failure.
 * @param {string} path
 * @param {boolean} succeeded how the tool ended
 * @param {(report: any) => Count} count
 * @returns {Count}
 */
function readReport(path, succeeded, count) {
  const crashed = { passed: 0, failed: 1, skipped: 0 };
  if (!existsSync(path)) {
    return crashed;
  }
  const result = count(JSON.parse(readFileSync(path, "utf8")));
  const isExplained = succeeded ? result.passed > 0 : result.failed > 0;
  return isExplained ? result : { ...result, failed: result.failed + 1 };
}

/**
 * A path for a new report.
 * @param {string} name
 */
function freshReport(name) {
  const path = `${reports}/${name}.json`;
  mkdirSync(reports, { recursive: true });
  rmSync(path, { force: true });
  return path;
}

/**
 * A stage that passes or fails as a whole: every command must end with 0.
 * @param {string} name
 * @param {string[][]} commands each a script under node_modules and its arguments
 * @returns {Stage}
 */
export function check(name, commands) {
  return {
    name,
    run() {
      const succeeded = commands.map(([script, ...args]) => tool(script, args)).every(Boolean);
      return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 };
    },
  };
}

/**
 * A vitest project. A file that fails before its first test counts as one failure.
 * @param {string} project
 * @param {Record<string, string>} [env]
 * @param {string[]} [runtime]
 * @returns {Stage}
 */
export function vitest(project, env = {}, runtime = undefined) {
  return {
    name: project,
    run() {
      const path = freshReport(project);
      const args = ["run", "--project", project, "--reporter=default", "--reporter=json"];
      const succeeded = tool("vitest/vitest.mjs", [...args, `--outputFile.json=${path}`], env, runtime);
      return readReport(path, succeeded, (report) => {
        /** @type {{ status: string, assertionResults: { status: string }[] }[]} */
        const files = report.testResults;
        const isBroken = (/** @type {typeof files[number]} */ file) =>
          file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed");
        return {
          passed: report.numPassedTests,
          failed: report.numFailedTests + files.filter(isBroken).length,
          skipped: report.numPendingTests + report.numTodoTests,
        };
      });
    },
  };
}

/**
 * The page in a browser, with playwright.
 * @param {string} name
 * @param {string} config
 * @returns {Stage}
 */
export function playwright(name, config) {
  return {
    name,
    run() {
      const path = freshReport(name);
      const succeeded = tool("@playwright/test/cli.js", ["test", "--config", config], {
        PLAYWRIGHT_JSON_OUTPUT_FILE: path,
      });
      return readReport(path, succeeded, ({ stats, errors }) => ({
        passed: stats.expected,
        failed: stats.unexpected + stats.flaky + errors.length,
        skipped: stats.skipped,
      }));
    },
  };
}

/**
 * Runs stages one after the other, prints a table and the sum; the process will end with 1 if anything
 * failed.
 * @param {Stage[]} stages
 */
export function runStages(stages) {
  const table = [];
  const sum = { passed: 0, failed: 0 };
  for (const { name, run } of stages) {
    console.log(`\n== ${name}`);
    const start = performance.now();
    const { passed, failed, skipped } = run();
    sum.passed += passed;
    sum.failed += failed;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const extra = skipped > 0 ? `, ${skipped} skipped` : "";
    table.push(`${name.padEnd(8)} ${passed} passed, ${failed} failed${extra} (${seconds} s)`);
  }
  console.log(`\n${table.join("\n")}\n${sum.passed} passed, ${sum.failed} failed`);
  process.exitCode = sum.failed > 0 ? 1 : 0;
}
