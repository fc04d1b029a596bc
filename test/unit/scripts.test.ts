// The commands refuse what they do not know, and say so in the line that others count.

import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

function run(...args: string[]): { code: number | null; last: string | undefined; printed: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { code: status, last: stdout.trim().split("\n").at(-1), printed: stderr };
}

test("a folder of cases that is named and missing fails", () => {
  const { code, last, printed } = run("scripts/test_peers.mjs", "no/such/folder");
  expect(code).toBe(1);
  expect(last).toBe("0 passed, 1 failed");
  expect(printed).toContain("there is no folder no/such/folder");
});

test("a stage that does not exist is an error", () => {
  const { code, printed } = run("scripts/test.mjs", "units");
  expect(code).toBe(1);
  expect(printed).toContain("there is no stage units");
});

test("a stage that crashes counts as failed", () => {
  const source = `
    import { check, runStages, vitest } from "./scripts/stages.mjs";
    runStages([check("broken", [["no/such/tool"]]), vitest("no-such-project")]);
  `;
  const { code, last } = run("--input-type=module", "--eval", source);
  expect(code).toBe(1);
  expect(last).toBe("0 passed, 2 failed");
});
