// The commands refuse what they do not know, and say so in the line that others count.

import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

function run(...args: string[]) {
  return runWith({}, ...args);
}

function runWith(variables: Readonly<Record<string, string>>, ...args: string[]) {
  const env = { ...process.env, ...variables };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env });
  return { code: status, last: stdout.trim().split("\n").at(-1), printed: stderr };
}

test("a folder of cases that is named and missing fails", () => {
  const { code, last, printed } = run("scripts/test_peers.mjs", "no/such/folder");
  expect(code).toBe(1);
  expect(last).toBe("0 passed, 1 failed");
  expect(printed).toContain("there is no folder no/such/folder");
});

test("a host that does not exist is an error; one that cannot be had is one where it is named", () => {
  const unknown = run("scripts/test_hosts.mjs", "nodes");
  expect(unknown).toMatchObject({ code: 1, last: "0 passed, 1 failed" });
  expect(unknown.printed).toContain("there is no host nodes");
  const lacking = { VK_DRIVER_FILES: "/no/such.json" };
  const named = runWith(lacking, "scripts/test_hosts.mjs", "deno");
  expect(named).toMatchObject({ code: 1, last: "0 passed, 1 failed" });
  expect(named.printed).toContain("not run on deno: VK_DRIVER_FILES names /no/such.json, which is not there");
  const all = runWith(lacking, "scripts/test_hosts.mjs");
  expect(all).toMatchObject({ code: 0, last: "0 passed, 0 failed" });
  expect(all.printed.match(/not run on/g)).toHaveLength(2);
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
