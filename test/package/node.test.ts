// The installed package runs in node: on the CPU with nothing else, and on WebGPU with node's Dawn.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, inject, test } from "vitest";
import { softwareVulkan } from "../../scripts/browser.mjs";
import { expectLearning, program } from "./program.js";

const dawn = pathToFileURL("node_modules/webgpu/index.js").href;

/** Runs a module of the consumer's folder; gives the last line that it printed. */
function run(name: string, source: string): string {
  const path = join(inject("consumer"), name);
  writeFileSync(path, source);
  const printed = execFileSync(process.execPath, [path], {
    encoding: "utf8",
    env: { ...process.env, ...softwareVulkan() },
  });
  return printed.trim().split("\n").at(-1) ?? "";
}

test("it runs in node with Dawn", () => {
  const source = `
    import { create } from ${JSON.stringify(dawn)};
    ${program}
    globalThis.dawn = create(["enable-dawn-features=disable_workgroup_init"]); // collected, it would abort node
    const printed = JSON.stringify(await result(() => webgpu({ gpu: globalThis.dawn })));
    process.stdout.write(printed, () => process.exit(0));
  `;
  expectLearning(JSON.parse(run("dawn.mjs", source)));
});

test("in node without WebGPU the best backend is the CPU, and it says why", () => {
  const source = `
    import { bestBackend } from "webrnn";
    const { kind, reason } = await bestBackend();
    console.log(JSON.stringify([kind, reason]));
  `;
  const [kind, reason] = JSON.parse(run("best.mjs", source));
  expect(kind).toBe("cpu");
  expect(reason).toMatch(/WebGPU/);
});
